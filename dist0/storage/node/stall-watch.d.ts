/** Notices when a disk does not answer: operations that run are listed, and one look now and then is enough. */
import { ShoalError } from '../../ground/errors.ts';
/** Time as storage needs it; the simulated world has its own. */
export interface Clock {
    /** Milliseconds, of any beginning. */
    now(): number;
    after(ms: number, action: () => void): ClockTimer;
}
export interface ClockTimer {
    cancel(): void;
}
export declare const systemClock: Clock;
/** Slow disks under load take seconds; so long takes only one that hangs. */
export declare const STALL_MS = 10000;
export interface StallEvents {
    /** @param what the path that does not answer */
    onStalled(what: string): void;
    /** Everything that hung has answered. */
    onMoving(): void;
}
export declare class StallWatch {
    #private;
    constructor(clock: Clock, events: StallEvents);
    get isStalled(): boolean;
    begin(what: string | (() => string)): {
        end(): void;
    };
    run<T>(what: string, action: () => Promise<T>): Promise<T>;
    close(): void;
}
/** For people. */
export declare function stalled(what: string): ShoalError;
