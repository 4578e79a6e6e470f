/**
 * A token bucket: bytes flow at `rate` a second with bursts of at most `burst`. Buckets chain, so that one share's
 * limit sits under the limit of the whole peer. Time is handed in; a bucket without a rate lets everything pass.
 */
import type { Instant } from './units.ts';
export declare class TokenBucket {
    #private;
    /** `rate` in bytes a second; Infinity for no limit. */
    constructor(rate?: number, parent?: TokenBucket);
    get rate(): number;
    setRate(rate: number): void;
    get isUnlimited(): boolean;
    /** Bytes that may pass now. */
    available(now: Instant): number;
    /** Takes `bytes`; the bucket may go below zero, which delays what follows. */
    take(now: Instant, bytes: number): void;
    /** Milliseconds until `bytes` are available; 0 when they are. */
    delayMs(now: Instant, bytes: number): number;
}
