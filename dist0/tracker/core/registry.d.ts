/**
 * What a tracker knows: for each info hash the peers that announced lately. Answers are random samples, so that no
 * peer is everybody's first choice. Everything is bounded; when full, the swarm that nobody asked for longest goes.
 */
import type { Address } from '../../ground/address.ts';
import type { Prng } from '../../ground/ports.ts';
import type { Instant } from '../../ground/units.ts';
import type { AnnounceRequest, AnnounceResponse, ScrapeEntry } from '../wire/announce.ts';
export interface RegistryOptions {
    readonly prng: Prng;
    readonly intervalSeconds?: number;
    readonly maxSwarms?: number;
    readonly maxPeersPerSwarm?: number;
}
export declare class Registry {
    #private;
    constructor(options: RegistryOptions);
    get swarmCount(): number;
    get peerCount(): number;
    /** @param address where the announce came from, with the port that it named */
    handleAnnounce(now: Instant, request: AnnounceRequest, address: Address): AnnounceResponse;
    handleScrape(infoHashes: readonly Uint8Array[]): ScrapeEntry[];
    /** Forgets peers that stopped announcing. Called every minute or so. */
    handleTick(now: Instant): void;
}
