/**
 * Measures a flow: a ring of one-second slots gives a rate over the last few seconds, and a total. Adding is O(1)
 * and allocates nothing.
 */
import type { Instant } from './units.ts';
export declare class RateMeter {
    #private;
    total: number;
    add(now: Instant, bytes: number): void;
    /** Bytes a second over the window, or over the meter's life while that is shorter. */
    rate(now: Instant): number;
}
