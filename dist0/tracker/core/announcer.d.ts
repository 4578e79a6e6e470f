/**
 * When to announce to which tracker, and with which event (BEP 3, 12, 31).
 *
 * Trackers come in tiers. Of a tier one tracker is used at a time: the first that answers moves to the front; the next
 * is tried when it fails (BEP 12). All tiers are used side by side, as most clients do: a dead first tier must not
 * delay finding peers. A driver calls `due`, runs the announces and reports each with `handleResponse` or
 * `handleFailure`.
 */
import type { Prng } from '../../ground/ports.ts';
import type { Instant } from '../../ground/units.ts';
import { type AnnounceEvent, type AnnounceFailure, type AnnounceResponse } from '../wire/announce.ts';
export interface DueAnnounce {
    readonly url: string;
    readonly event: AnnounceEvent;
    readonly trackerId?: string;
}
export interface TrackerStatus {
    readonly url: string;
    readonly tier: number;
    readonly state: 'waiting' | 'asking' | 'working' | 'failed';
    readonly message?: string;
    readonly seeders?: number;
    readonly leechers?: number;
}
export declare class Announcer {
    #private;
    constructor(tiers: readonly (readonly string[])[], prng: Prng);
    get isEmpty(): boolean;
    /** The announces to send now; each counts as running until its outcome is reported. */
    due(now: Instant): DueAnnounce[];
    nextTimeout(): Instant | undefined;
    handleResponse(now: Instant, url: string, event: AnnounceEvent, response: AnnounceResponse): void;
    handleFailure(now: Instant, url: string, failure: AnnounceFailure): void;
    /** The download is complete: every tracker that knows us hears of it, once (BEP 3). */
    handleCompleted(now: Instant): void;
    /** Too few peers are known: ask again as soon as it is polite. */
    handleShortage(now: Instant): void;
    /** The share stops: who heard `started` must hear `stopped`. Nothing is due afterwards. */
    handleStop(): DueAnnounce[];
    status(): TrackerStatus[];
}
