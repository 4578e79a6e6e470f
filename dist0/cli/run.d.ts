import type { Output } from './output.ts';
export declare const EXIT: {
    readonly done: 0;
    readonly failed: 1;
    readonly usage: 2;
    readonly nothingFound: 3;
    readonly interrupted: 130;
};
export declare function exitStatusOf(error: unknown): number;
/**
 * Runs a command. The first Ctrl-C (or SIGTERM, SIGHUP) aborts `signal`, and the command stops cleanly; a second one
 * ends the process at once.
 * @param hint said after an interruption: how to go on
 */
export declare function runCommand(output: Output, work: (signal: AbortSignal) => Promise<number>, hint?: () => string | undefined): Promise<void>;
/** For the end of a command's help. */
export declare function examples(lines: readonly string[]): string;
