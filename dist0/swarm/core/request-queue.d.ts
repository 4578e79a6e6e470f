/**
 * The requests that one peer owes us, in the order sent. Peers mostly answer in that order, so removing looks at the
 * front first. No object is made per request.
 */
import type { Instant } from '../../ground/units.ts';
export declare class RequestQueue {
    #private;
    get length(): number;
    add(piece: number, block: number, now: Instant): void;
    has(piece: number, block: number): boolean;
    /** When the request was sent, or undefined when there was none. */
    remove(piece: number, block: number): Instant | undefined;
    oldestSentAt(): Instant | undefined;
    /** Empties the queue, calling back for each. */
    drain(visit: (piece: number, block: number) => void): void;
}
