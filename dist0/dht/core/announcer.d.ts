/**
 * When a share looks for peers in the DHT and announces itself: at once, often while it is short of peers, and so often
 * otherwise that no node forgets it (BEP 5 knows no time; nodes keep peers for half an hour and more).
 */
import type { Prng } from '../../ground/ports.ts';
import type { Instant } from '../../ground/units.ts';
export declare class DhtAnnouncer {
    #private;
    constructor(prng: Prng);
    isDue(now: Instant): boolean;
    /** Undefined while an announce runs. */
    nextTimeout(): Instant | undefined;
    handleStarted(): void;
    /** @param isShort more peers would help, or no node stored us */
    handleDone(now: Instant, isShort: boolean): void;
    /** The share changed what it is (a leecher became a seed) or the DHT came to life. */
    hurry(now: Instant): void;
}
