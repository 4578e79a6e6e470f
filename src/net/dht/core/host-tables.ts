/**
 * Two tables about hosts, both of fixed size under any load: how many answers a host had of late, and which hosts
 * proved that they receive packets at their address. Hosts fall into cells by a hash with a secret seed, so that no
 * host can choose its neighbours in a cell.
 */
import type { Prng } from '../../../ground/ports.ts';
import type { Instant } from '../../../ground/units.ts';
import { networkOf } from '../../../ground/endpoint.ts';

/** Jenkins' one-at-a-time over a seed and the host; IPv6 hosts count by /64, which is what one line gets. */
export function hashHost(host: Uint8Array, seed: number): number {
  const length = host.length === 4 ? 4 : 8;
  let hash = seed;
  for (let i = 0; i < length; i++) {
    hash = (hash + host[i]!) | 0;
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
  readonly #limit: number;
  readonly #seed: number;
  #cells: Uint8Array | undefined;
  #windowEnd: Instant = 0;

  constructor(limit: number, secretPrng: Prng) {
    this.#limit = Math.min(limit, MAX_ANSWERS_PER_HOST);
    this.#seed = secretPrng.below(0x1_0000_0000);
  }

  /** False when the host had its share of this window. */
  allow(now: Instant, host: Uint8Array): boolean {
    this.#cells ??= new Uint8Array(COUNTER_CELLS);
    if (now >= this.#windowEnd) {
      this.#cells.fill(0);
      this.#windowEnd = now + WINDOW_MS;
    }
    const cell = hashHost(host, this.#seed) & (COUNTER_CELLS - 1);
    if (this.#cells[cell]! >= this.#limit) return false;
    this.#cells[cell]!++;
    return true;
  }
}

const PROOF_CELLS = 512;
/** A proof holds for one to two of these. */
const PROOF_EPOCH_MS = 10 * 60_000;

/** Hosts that answered us, or that came back with a token that we had sent to them. */
export class ProvedHosts {
  readonly #seed: number;
  #cells: Uint32Array | undefined;

  constructor(secretPrng: Prng) {
    this.#seed = secretPrng.below(0x1_0000_0000);
  }

  add(now: Instant, host: Uint8Array): void {
    this.#cells ??= new Uint32Array(PROOF_CELLS);
    const hash = hashHost(host, this.#seed);
    this.#cells[hash & (PROOF_CELLS - 1)] = fingerprint(hash, epochOf(now));
  }

  has(now: Instant, host: Uint8Array): boolean {
    if (this.#cells === undefined) return false;
    const hash = hashHost(host, this.#seed);
    const cell = this.#cells[hash & (PROOF_CELLS - 1)]!;
    const epoch = epochOf(now);
    return cell === fingerprint(hash, epoch) || cell === fingerprint(hash, epoch - 1);
  }
}

function epochOf(now: Instant): number {
  return Math.floor(now / PROOF_EPOCH_MS) + 1;
}

/** 23 bits of the hash that do not choose the cell, 8 of the epoch, and never 0. */
function fingerprint(hash: number, epoch: number): number {
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
  #votes: Map<number, string> | undefined;

  /** True when enough others say that the address is `seen`, which is not what we believe. */
  voteAgainst(voter: Uint8Array, seen: string): boolean {
    this.#votes ??= new Map();
    const network = networkOf(voter);
    this.#votes.delete(network);
    if (this.#votes.size >= MAX_VOTES) this.#votes.delete(this.#votes.keys().next().value!);
    this.#votes.set(network, seen);
    let same = 0;
    for (const other of this.#votes.values()) if (other === seen) same++;
    if (same < NEEDED_VOTES || 2 * same <= this.#votes.size) return false;
    this.#votes = undefined;
    return true;
  }

  voteFor(): void {
    if (this.#votes === undefined) return;
    this.#votes.delete(this.#votes.keys().next().value!);
    if (this.#votes.size === 0) this.#votes = undefined;
  }
}
