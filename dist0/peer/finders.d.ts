/**
 * How a share finds peers without a tracker: the DHT and the local network. Neither ever hears of a private share
 * (BEP 27); from a bare link it is not known whether a share is private, so both stop as soon as it turns out to be.
 */
import type { Address } from '../ground/address.ts';
import type { DhtService } from '../dht/node/service.ts';
import type { LsdService } from '../lsd/node/service.ts';
export interface FinderOptions {
    /** 20 bytes each: v1, and v2 truncated (BEP 52). */
    readonly infoHashes: readonly Uint8Array[];
    /** The TCP port that we listen on. */
    readonly port: number;
    readonly isSeed: () => boolean;
    readonly isShortOfPeers: () => boolean;
    readonly onPeers: (peers: readonly Address[]) => void;
}
export interface DhtFinderStatus {
    /** Announces that ended. */
    readonly rounds: number;
    /** Nodes that keep our last announce. */
    readonly stored: number;
    /** Different peers heard of. */
    readonly found: number;
    /** Some DHT node has answered us. */
    readonly isReady: boolean;
}
export declare class DhtFinder {
    #private;
    constructor(dht: DhtService, options: FinderOptions);
    start(): void;
    get status(): DhtFinderStatus;
    /** We became a seed: those who look for peers should know. */
    handleCompleted(): void;
    stop(): void;
}
/** Both ways of finding peers, for one share. */
export declare class Finders {
    #private;
    constructor(dht: DhtService | undefined, lsd: LsdService | undefined, options: FinderOptions);
    start(): void;
    get status(): DhtFinderStatus | undefined;
    handleCompleted(): void;
    stop(): void;
}
