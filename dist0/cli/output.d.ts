/**
 * Where a command's words go. Three faces: `--json` prints one object a line on standard output and nothing else;
 * on a terminal there is a live view; elsewhere plain lines now and then. `--quiet` leaves results and errors.
 */
import type { Bitfield } from '../ground/bitfield.ts';
import type { ShareStatus } from '../peer/status.ts';
import { type Palette } from './terminal/draw.ts';
export interface OutputOptions {
    readonly json: boolean;
    readonly quiet: boolean;
    readonly verbose: boolean;
}
export declare class Output {
    #private;
    readonly options: OutputOptions;
    readonly palette: Palette;
    constructor(options: OutputOptions);
    get isJson(): boolean;
    /** How often progress is wanted. */
    get intervalMs(): number;
    /** A line of JSON; only with --json. */
    event(event: string, fields?: object): void;
    /** A result for people: standard output, also when quiet. */
    result(line: string): void;
    /** News for people: standard error, not when quiet. */
    info(line: string): void;
    /** Details that -v asks for. */
    detail(line: string): void;
    /** A bar while something is read and hashed. */
    hashing(what: string, doneBytes: number, totalBytes: number): void;
    share(status: ShareStatus, have: Bitfield | undefined): void;
    error(code: string, message: string): void;
}
