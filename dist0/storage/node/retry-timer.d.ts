/** Tries again later, and each time somewhat later than the last. */
import type { Clock } from './stall-watch.ts';
export declare class RetryTimer {
    #private;
    constructor(clock: Clock, action: () => void);
    get isWaiting(): boolean;
    /** Unless it waits already. */
    start(): void;
    /** Waits for nothing any more; the next wait is short again. */
    reset(): void;
}
