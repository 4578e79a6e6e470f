/**
 * Two tables about hosts, both of fixed size, whoever asks and however often: how many answers a host had of late, and
 * which hosts proved that they receive what is sent to them. Hosts fall into cells by a hash with a secret seed, so
 * that nobody can choose whom he shares a cell with.
 */
import type { Prng } from '../../ground/ports.ts';
import type { Instant } from '../../ground/units.ts';
/** Jenkins' one-at-a-time over a seed and the host; IPv6 hosts count by /64, which is what one line gets. */
export declare function hashHost(host: Uint8Array, seed: number): number;
export declare const MAX_ANSWERS_PER_HOST = 255;
/** Counts answers per host in windows of ten seconds. */
export declare class HostCounter {
    #private;
    constructor(limit: number, secretPrng: Prng);
    /** False when the host had its share of this window. */
    allow(now: Instant, host: Uint8Array): boolean;
}
/** Hosts that answered us, or that came back with a token that we had sent to them. */
export declare class ProvedHosts {
    #private;
    constructor(secretPrng: Prng);
    add(now: Instant, host: Uint8Array): void;
    has(now: Instant, host: Uint8Array): boolean;
}
/**
 * Our address as others see it (BEP 42, `ip`): one vote a network, so that one liar has one. Only votes against the
 * present belief are kept, and each vote for it takes one of them away.
 */
export declare class AddressVotes {
    #private;
    /** True when enough others say that the address is `seen`, which is not what we believe. */
    voteAgainst(voter: Uint8Array, seen: string): boolean;
    voteFor(): void;
}
