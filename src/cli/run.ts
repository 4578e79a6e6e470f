/** What every command does around its work: Ctrl-C, errors, exit statuses. */
import { ShoalError } from '../ground/errors.ts';
import type { Output } from './output.ts';

export const EXIT = { done: 0, failed: 1, usage: 2, nothingFound: 3, interrupted: 130 } as const;

export function exitStatusOf(error: unknown): number {
  if (!(error instanceof ShoalError)) return EXIT.failed;
  if (error.code === 'bad-argument' || error.code === 'bad-link') return EXIT.usage;
  if (error.code === 'nothing-found') return EXIT.nothingFound;
  return error.code === 'aborted' ? EXIT.interrupted : EXIT.failed;
}

/**
 * Runs a command. The first Ctrl-C (or SIGTERM, SIGHUP) aborts `signal`, and the command stops cleanly; a second one
 * ends the process at once.
 * @param hint said after an interruption: how to go on
 */
export async function runCommand(
  output: Output,
  work: (signal: AbortSignal) => Promise<number>,
  hint?: () => string | undefined,
  /** A service is stopped by SIGTERM: that is no failure. */
  isService = false,
): Promise<void> {
  const abort = new AbortController();
  let isTermination = false;
  const onSignal = (name: NodeJS.Signals): void => {
    if (abort.signal.aborted) process.exit(EXIT.interrupted);
    isTermination = name === 'SIGTERM';
    abort.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  // A reader that goes away (`shoal … | head`) is no reason for a stack trace.
  process.stdout.on('error', () => process.exit(EXIT.failed));
  // Sockets and timers of the network hold no process; a command that works does.
  const hold = setInterval(() => {}, 0x7fffffff);
  let status: number;
  try {
    status = await work(abort.signal);
  } catch (error) {
    status = abort.signal.aborted ? EXIT.interrupted : exitStatusOf(error);
    if (status !== EXIT.interrupted) reportError(output, error);
  } finally {
    clearInterval(hold);
  }
  if (abort.signal.aborted && isService && isTermination) status = EXIT.done;
  else if (abort.signal.aborted) {
    output.error('aborted', hint?.() ?? 'interrupted');
    status = EXIT.interrupted;
  }
  process.exitCode = status;
  // Sockets that linger (a dead tracker, a peer that never reads) must not hold the prompt.
  setTimeout(() => process.exit(status), 500).unref();
}

function reportError(output: Output, error: unknown): void {
  if (error instanceof ShoalError) output.error(error.code, error.message, error.detail);
  else {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    output.error('bug', `this is a bug in Shoal, please report it: ${detail}`);
  }
}

/** For the end of a command's help. */
export function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n`;
}
