/**
 * Peers that were announced to us (BEP 5), by info hash. Each list is kept as it is sent: bencoded strings one after
 * the other, so that answering copies bytes and builds nothing.
 *
 * Bounds: hashes in all, peers a hash, and age. When the hashes are full, fairness among sources decides (`fair-map.ts`);
 * a full list drops one of the network that has most entries in it.
 */
import { Endpoint, networkOf } from '../../../ground/endpoint.ts';
import { concatBytes, fromByteString, toByteString, writeUint16 } from '../../../ground/bytes.ts';
import type { Hasher, Prng } from '../../../ground/ports.ts';
import type { Instant } from '../../../ground/units.ts';
import { addToBloom, BLOOM_BYTES } from '../wire/bloom.ts';
import { FairMap } from './fair-map.ts';

export const MAX_HASHES = 4000;
export const MAX_PEERS_PER_HASH = 400;
/** Announces are repeated every 15 minutes: two may be lost. */
export const PEER_LIFETIME_MS: number = 45 * 60_000;
const START_CAPACITY = 4;

interface PeerList {
  /** `count` strings of `stride` bytes: "6:" + address, or "18:" + address. */
  packed: Uint8Array;
  expiresAt: Float64Array;
  isSeed: Uint8Array;
  count: number;
}

export class PeerStore {
  readonly #prng: Prng;
  readonly #hasher: Hasher;
  readonly #prefix: Uint8Array;
  readonly #stride: number;
  readonly #lists: FairMap<PeerList>;
  #peers = 0;

  constructor(family: 4 | 6, prng: Prng, hasher: Hasher) {
    this.#prng = prng;
    this.#hasher = hasher;
    this.#prefix = Uint8Array.from(family === 4 ? '6:' : '18:', (character) => character.charCodeAt(0));
    this.#stride = this.#prefix.length + (family === 4 ? 6 : 18);
    this.#lists = new FairMap(MAX_HASHES, prng, (_, list) => (this.#peers -= list.count));
  }

  get hashCount(): number {
    return this.#lists.size;
  }

  get peerCount(): number {
    return this.#peers;
  }

  /** Bytes that one peer takes in an answer. */
  get entryLength(): number {
    return this.#stride;
  }

  add(now: Instant, infoHash: Uint8Array, host: Endpoint, port: number, isSeed: boolean): void {
    const key = toByteString(infoHash);
    let list = this.#lists.get(key);
    if (list === undefined) {
      list = this.#createList(START_CAPACITY);
      this.#lists.set(key, list, networkOf(host.hostBytes));
    }
    const entry = host.compact.slice();
    writeUint16(entry, entry.length - 2, port);
    let at = this.#find(list, entry);
    if (at < 0) at = this.#makeRoom(list);
    const from = at * this.#stride;
    list.packed.set(this.#prefix, from);
    list.packed.set(entry, from + this.#prefix.length);
    list.expiresAt[at] = now + PEER_LIFETIME_MS;
    list.isSeed[at] = isSeed ? 1 : 0;
  }

  /** Up to `max` peers, a random stretch of them, as bencoded strings; undefined when there are none. */
  pick(now: Instant, infoHash: Uint8Array, max: number, wantsNoSeeds: boolean): Uint8Array | undefined {
    const list = this.#lists.get(toByteString(infoHash));
    if (list === undefined || max <= 0) return undefined;
    this.#expire(now, list);
    if (list.count === 0) {
      this.#lists.delete(toByteString(infoHash));
      return undefined;
    }
    if (wantsNoSeeds) return this.#pickLeechers(list, max);
    const count = Math.min(max, list.count);
    const start = list.count > count ? this.#prng.below(list.count) : 0;
    if (start + count <= list.count) {
      return list.packed.subarray(start * this.#stride, (start + count) * this.#stride);
    }
    const out = new Uint8Array(count * this.#stride);
    const tail = list.packed.subarray(start * this.#stride, list.count * this.#stride);
    out.set(tail);
    out.set(list.packed.subarray(0, out.length - tail.length), tail.length);
    return out;
  }

  /** All peers of an info hash, for our own use. */
  list(now: Instant, infoHash: Uint8Array): Endpoint[] {
    const list = this.#lists.get(toByteString(infoHash));
    const found: Endpoint[] = [];
    if (list === undefined) return found;
    this.#expire(now, list);
    for (let at = 0; at < list.count; at++) {
      const from = at * this.#stride + this.#prefix.length;
      const endpoint = Endpoint.fromCompact(list.packed.subarray(from, (at + 1) * this.#stride));
      if (endpoint !== undefined) found.push(endpoint);
    }
    return found;
  }

  /** The filters of BEP 33: seeds and others. */
  blooms(
    now: Instant,
    infoHash: Uint8Array,
  ): { readonly seeds: Uint8Array; readonly peers: Uint8Array } | undefined {
    const list = this.#lists.get(toByteString(infoHash));
    if (list === undefined) return undefined;
    this.#expire(now, list);
    const blooms = { seeds: new Uint8Array(BLOOM_BYTES), peers: new Uint8Array(BLOOM_BYTES) };
    for (let at = 0; at < list.count; at++) {
      const from = at * this.#stride + this.#prefix.length;
      const host = list.packed.subarray(from, (at + 1) * this.#stride - 2);
      addToBloom(list.isSeed[at] === 1 ? blooms.seeds : blooms.peers, host, this.#hasher);
    }
    return blooms;
  }

  /** Peers of an info hash that is not to be known any more. */
  forget(infoHash: Uint8Array): void {
    const key = toByteString(infoHash);
    const list = this.#lists.get(key);
    if (list === undefined) return;
    this.#peers -= list.count;
    this.#lists.delete(key);
  }

  /** Info hashes drawn at random, without repetition as far as possible (BEP 51): 20 bytes each. */
  sample(max: number, isTold: (infoHash: Uint8Array) => boolean = () => true): Uint8Array {
    const drawn = new Set<string>();
    for (let i = 0; i < 4 * max && drawn.size < Math.min(max, this.#lists.size); i++)
      drawn.add(this.#lists.draw()![0]);
    return concatBytes([...drawn].map(fromByteString).filter(isTold));
  }

  /** Drops what is too old. Called now and then. */
  handleTick(now: Instant): void {
    for (const key of [...this.#lists.keys()]) {
      const list = this.#lists.get(key)!;
      this.#expire(now, list);
      if (list.count === 0) this.#lists.delete(key);
    }
  }

  #createList(capacity: number): PeerList {
    return {
      packed: new Uint8Array(capacity * this.#stride),
      expiresAt: new Float64Array(capacity),
      isSeed: new Uint8Array(capacity),
      count: 0,
    };
  }

  #find(list: PeerList, entry: Uint8Array): number {
    const offset = this.#prefix.length;
    for (let at = 0; at < list.count; at++) {
      const from = at * this.#stride + offset;
      let i = 0;
      while (i < entry.length && list.packed[from + i] === entry[i]) i++;
      if (i === entry.length) return at;
    }
    return -1;
  }

  #makeRoom(list: PeerList): number {
    if (list.count >= MAX_PEERS_PER_HASH) return this.#heaviest(list);
    if (list.count === list.expiresAt.length) {
      const grown = this.#createList(Math.min(MAX_PEERS_PER_HASH, 2 * list.count));
      grown.packed.set(list.packed);
      grown.expiresAt.set(list.expiresAt);
      grown.isSeed.set(list.isSeed);
      list.packed = grown.packed;
      list.expiresAt = grown.expiresAt;
      list.isSeed = grown.isSeed;
    }
    this.#peers++;
    return list.count++;
  }

  /** An entry of the network that has most of them in this list; the oldest of it. */
  #heaviest(list: PeerList): number {
    const networks = new Map<number, number>();
    const networkAt = (at: number): number =>
      networkOf(list.packed.subarray(at * this.#stride + this.#prefix.length, (at + 1) * this.#stride - 2));
    let heaviest = 0;
    for (let at = 0; at < list.count; at++) {
      const network = networkAt(at);
      const held = (networks.get(network) ?? 0) + 1;
      networks.set(network, held);
      if (held > (networks.get(heaviest) ?? 0)) heaviest = network;
    }
    let oldest = -1;
    for (let at = 0; at < list.count; at++) {
      if (networkAt(at) !== heaviest) continue;
      if (oldest < 0 || list.expiresAt[at]! < list.expiresAt[oldest]!) oldest = at;
    }
    return Math.max(0, oldest);
  }

  #expire(now: Instant, list: PeerList): void {
    for (let at = list.count - 1; at >= 0; at--) {
      if (list.expiresAt[at]! > now) continue;
      const last = --list.count;
      this.#peers--;
      list.packed.copyWithin(at * this.#stride, last * this.#stride, (last + 1) * this.#stride);
      list.expiresAt[at] = list.expiresAt[last]!;
      list.isSeed[at] = list.isSeed[last]!;
    }
  }

  #pickLeechers(list: PeerList, max: number): Uint8Array | undefined {
    const picked: Uint8Array[] = [];
    for (let at = 0; at < list.count && picked.length < max; at++) {
      if (list.isSeed[at] === 0)
        picked.push(list.packed.subarray(at * this.#stride, (at + 1) * this.#stride));
    }
    if (picked.length === 0) return undefined;
    const out = new Uint8Array(picked.length * this.#stride);
    for (const [i, entry] of picked.entries()) out.set(entry, i * this.#stride);
    return out;
  }
}
