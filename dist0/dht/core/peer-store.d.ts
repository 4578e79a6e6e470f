/**
 * Peers that were announced to us (BEP 5), by info hash. Each list is kept as it is sent: bencoded strings one after
 * the other, so that answering copies bytes and builds nothing.
 *
 * Bounds: hashes in all, peers a hash, and age. When the hashes are full, fairness among sources decides (`fair-map.ts`);
 * a full list drops one of the network that has most entries in it.
 */
import { Endpoint } from '../../ground/endpoint.ts';
import type { Hasher, Prng } from '../../ground/ports.ts';
import type { Instant } from '../../ground/units.ts';
export declare const MAX_HASHES = 4000;
export declare const MAX_PEERS_PER_HASH = 400;
/** Announces are repeated every 15 minutes: two may be lost. */
export declare const PEER_LIFETIME_MS: number;
export declare class PeerStore {
    #private;
    constructor(family: 4 | 6, prng: Prng, hasher: Hasher);
    get hashCount(): number;
    get peerCount(): number;
    /** Bytes that one peer takes in an answer. */
    get entryLength(): number;
    add(now: Instant, infoHash: Uint8Array, host: Endpoint, port: number, isSeed: boolean): void;
    /** Up to `max` peers, a random stretch of them, as bencoded strings; undefined when there are none. */
    pick(now: Instant, infoHash: Uint8Array, max: number, wantsNoSeeds: boolean): Uint8Array | undefined;
    /** All peers of an info hash, for our own use. */
    list(now: Instant, infoHash: Uint8Array): Endpoint[];
    /** The filters of BEP 33: seeds and others. */
    blooms(now: Instant, infoHash: Uint8Array): {
        readonly seeds: Uint8Array;
        readonly peers: Uint8Array;
    } | undefined;
    /** Info hashes drawn at random, without repetition as far as possible (BEP 51): 20 bytes each. */
    sample(max: number): Uint8Array;
    /** Drops what is too old. Called now and then. */
    handleTick(now: Instant): void;
}
