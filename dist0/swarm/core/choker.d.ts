/**
 * The choker: whom we send data to. While downloading, tit for tat (BEP 3): the peers that send us most, plus one
 * optimistic unchoke that rotates, new peers three times as likely. While seeding there is nothing to return, so
 * slots go round: a peer keeps one until it has had its quantum, then the one that waited longest follows, which
 * spreads pieces over the swarm instead of feeding the fastest.
 */
import type { Prng } from '../../ground/ports.ts';
import type { ConnectionId, Instant } from '../../ground/units.ts';
export interface ChokerPeer {
    readonly id: ConnectionId;
    readonly isInterested: boolean;
    readonly isUnchoked: boolean;
    /** We are asking it for data and it lets us wait. */
    readonly isSnubbing: boolean;
    readonly connectedAt: Instant;
    /** When its present or last slot began; undefined before the first. */
    readonly unchokedAt: Instant | undefined;
    /** Bytes sent to it in its present slot. */
    readonly sentInSlot: number;
    /** Bytes a second that it sends us. */
    readonly downloadRate: number;
}
export declare const CHOKE_INTERVAL_MS = 10000;
export declare class Choker {
    #private;
    constructor(prng: Prng);
    get optimistic(): ConnectionId | undefined;
    /** The peers that should be unchoked now, at most `slots`. */
    decide(now: Instant, peers: readonly ChokerPeer[], slots: number, isSeeding: boolean): Set<ConnectionId>;
}
