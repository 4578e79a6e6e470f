import { networkOf } from '../../ground/endpoint.js';
/** Jenkins' one-at-a-time over a seed and the host; IPv6 hosts count by /64, which is what one line gets. */
export function hashHost(host, seed) {
    const length = host.length === 4 ? 4 : 8;
    let hash = seed;
    for (let i = 0; i < length; i++) {
        hash = (hash + host[i]) | 0;
        hash = (hash + (hash << 10)) | 0;
        hash ^= hash >>> 6;
    }
    hash = (hash + (hash << 3)) | 0;
    hash ^= hash >>> 11;
    return (hash + (hash << 15)) >>> 0;
}
const COUNTER_CELLS = 1024;
const WINDOW_MS = 10_000;
export const MAX_ANSWERS_PER_HOST = 255;
/** Counts answers per host in windows of ten seconds. */
export class HostCounter {
    #limit;
    #seed;
    #cells;
    #windowEnd = 0;
    constructor(limit, secretPrng) {
        this.#limit = Math.min(limit, MAX_ANSWERS_PER_HOST);
        this.#seed = secretPrng.below(0x1_0000_0000);
    }
    /** False when the host had its share of this window. */
    allow(now, host) {
        this.#cells ??= new Uint8Array(COUNTER_CELLS);
        if (now >= this.#windowEnd) {
            this.#cells.fill(0);
            this.#windowEnd = now + WINDOW_MS;
        }
        const cell = hashHost(host, this.#seed) & (COUNTER_CELLS - 1);
        if (this.#cells[cell] >= this.#limit)
            return false;
        this.#cells[cell]++;
        return true;
    }
}
const PROOF_CELLS = 512;
/** A proof holds for one to two of these. */
const PROOF_EPOCH_MS = 10 * 60_000;
/** Hosts that answered us, or that came back with a token that we had sent to them. */
export class ProvedHosts {
    #seed;
    #cells;
    constructor(secretPrng) {
        this.#seed = secretPrng.below(0x1_0000_0000);
    }
    add(now, host) {
        this.#cells ??= new Uint32Array(PROOF_CELLS);
        const hash = hashHost(host, this.#seed);
        this.#cells[hash & (PROOF_CELLS - 1)] = fingerprint(hash, epochOf(now));
    }
    has(now, host) {
        if (this.#cells === undefined)
            return false;
        const hash = hashHost(host, this.#seed);
        const cell = this.#cells[hash & (PROOF_CELLS - 1)];
        const epoch = epochOf(now);
        return cell === fingerprint(hash, epoch) || cell === fingerprint(hash, epoch - 1);
    }
}
function epochOf(now) {
    return Math.floor(now / PROOF_EPOCH_MS) + 1;
}
/** 23 bits of the hash that do not choose the cell, 8 of the epoch, and never 0. */
function fingerprint(hash, epoch) {
    return (((hash >>> 9) << 9) | 0x100 | (epoch & 0xff)) >>> 0;
}
const MAX_VOTES = 20;
/** So many networks must agree on another address before we believe that ours has changed. */
const NEEDED_VOTES = 4;
/**
 * Our address as others see it (BEP 42, `ip`): one vote a network, so that one liar has one. Only votes against the
 * present belief are kept, and each vote for it takes one of them away.
 */
export class AddressVotes {
    #votes;
    /** True when enough others say that the address is `seen`, which is not what we believe. */
    voteAgainst(voter, seen) {
        this.#votes ??= new Map();
        const network = networkOf(voter);
        this.#votes.delete(network);
        if (this.#votes.size >= MAX_VOTES)
            this.#votes.delete(this.#votes.keys().next().value);
        this.#votes.set(network, seen);
        let same = 0;
        for (const other of this.#votes.values())
            if (other === seen)
                same++;
        if (same < NEEDED_VOTES || 2 * same <= this.#votes.size)
            return false;
        this.#votes = undefined;
        return true;
    }
    voteFor() {
        if (this.#votes === undefined)
            return;
        this.#votes.delete(this.#votes.keys().next().value);
        if (this.#votes.size === 0)
            this.#votes = undefined;
    }
}
