/**
 * The addresses that a swarm knows: whom to connect to next, when to try again, whom never. Failures back off
 * exponentially; who broke the protocol or sent bad data is banned for the run. Ties are broken by the canonical
 * peer priority (BEP 40) when our own address is known.
 */
import { type Address } from '../../ground/address.ts';
import type { Prng } from '../../ground/ports.ts';
import type { Instant } from '../../ground/units.ts';
export type PeerSource = 'dht' | 'incoming' | 'link' | 'local' | 'memory' | 'person' | 'pex' | 'tracker';
export declare class PeerPool {
    #private;
    constructor(prng: Prng);
    get size(): number;
    get bannedCount(): number;
    /** Our address as others see it: peer priority needs it. */
    setOwnAddress(host: Uint8Array, port: number): void;
    /** True when the address is new and worth keeping. */
    add(now: Instant, address: Address, source: PeerSource): boolean;
    /** The best address to connect to now; it counts as connected until `handleClosed`. */
    take(now: Instant): {
        readonly address: Address;
        readonly failures: number;
    } | undefined;
    /** There is something to fetch again: peers that were of no use for a while may be. */
    hurry(now: Instant): void;
    /** When `take` may next have something; undefined while every address is connected or none is known. */
    nextRetryAt(): Instant | undefined;
    /** An incoming peer told where it listens: no second connection to it. */
    markConnected(now: Instant, address: Address): void;
    /** @param worth useful: it got past the handshake; useless: neither side needs this connection, for now */
    handleClosed(now: Instant, address: Address, worth: 'useful' | 'useless' | 'failed'): void;
    /**
     * Never again in this run. Who sent bad data is banned with every port: a liar that comes back from another is the same
     * liar. So is a host of which several ports were banned for lesser things.
     */
    ban(address: Address, reason: string, everyPort: boolean): void;
    isBanned(address: Address): boolean;
}
