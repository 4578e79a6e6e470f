/**
 * The peers of swarms, of one address family, as they are sent: compact addresses (BEP 23, BEP 7) one after the other, those who
 * still fetch before the seeds, and behind them when each was seen. An answer copies bytes and builds nothing.
 *
 * A list is three words of a row of the swarm table: its block, how many peers it has, and how many of them fetch. What is asked
 * costs the same whatever the size of the list: up to 64 peers a look goes over the addresses, above it there is an index.
 *
 * A sample is a stretch of the list that begins at random, as if the list were a ring. Because seeds stand apart and the asker is
 * stepped over by counting, every other peer is in it with the same chance: none follows a gap.
 *
 * Invariant: an address is in a list once; positions 0 to `fetching` - 1 are peers that fetch, the rest are seeds.
 */
import { assert } from '../../../ground/assert.ts';
import type { Bytes } from '../../../ground/bytes.ts';
import type { Prng } from '../../../ground/ports.ts';
import type { SipHash } from '../../../ground/siphash.ts';
import { capacityFor, PeerBlocks, type Slab } from './peer-blocks.ts';

/** The words of a list. */
const [BLOCK, COUNT, FETCHING] = [0, 1, 2];
/** When a peer was seen takes two words of 16 bits. */
const SEEN_WORDS = 2;
/** A longer copy is one call, a shorter one a loop. */
const LOOP_BYTES = 96;

export class PackedPeers {
  /** Bytes of an address: 6 or 18. */
  readonly addressBytes: number;
  readonly #addressWords: number;
  readonly #blocks: PeerBlocks;
  readonly #hasher: SipHash;
  readonly #prng: Prng;
  /** The peer in question, in words of this machine's order as the blocks have them. */
  readonly #key: Uint8Array;
  readonly #keyWords: Uint16Array;
  #size = 0;

  constructor(addressBytes: 6 | 18, hasher: SipHash, prng: Prng) {
    this.addressBytes = addressBytes;
    this.#addressWords = addressBytes / 2;
    this.#blocks = new PeerBlocks(this.#addressWords + SEEN_WORDS);
    this.#hasher = hasher;
    this.#prng = prng;
    this.#key = new Uint8Array(addressBytes);
    this.#keyWords = new Uint16Array(this.#key.buffer);
  }

  /** Peers of all lists. */
  get size(): number {
    return this.#size;
  }

  /** Arrays that are held. */
  get slabCount(): number {
    return this.#blocks.slabCount;
  }

  countOf(rows: Uint32Array, list: number): number {
    return rows[list + COUNT]!;
  }

  /** Those of them that have not all. */
  fetchingOf(rows: Uint32Array, list: number): number {
    return rows[list + FETCHING]!;
  }

  /** Where a peer is; -1 when it is not there. `address` becomes the peer in question. */
  find(rows: Uint32Array, list: number, address: Bytes): number {
    const key = this.#key;
    for (let i = 0; i < key.length; i++) key[i] = address[i]!;
    const slab = this.#blocks.slabOf(rows[list + BLOCK]!);
    if (slab.index !== undefined) return this.#findIndexed(slab, slab.index);
    const { words } = slab;
    const keyWords = this.#keyWords;
    const stride = this.#addressWords;
    // Ports and the ends of addresses differ most.
    const [last, before] = [stride - 1, stride - 2];
    const [lastWord, wordBefore] = [keyWords[last]!, keyWords[before]!];
    const start = this.#blocks.offsetOf(rows[list + BLOCK]!);
    const end = start + rows[list + COUNT]! * stride;
    for (let at = start; at < end; at += stride) {
      if (words[at + last] === lastWord && words[at + before] === wordBefore && this.#isKeyAt(words, at))
        return (at - start) / stride;
    }
    return -1;
  }

  /** Adds the peer that `find` has just not found. Returns its position. */
  add(rows: Uint32Array, list: number, tick: number, isSeed: boolean): number {
    const count = rows[list + COUNT]!;
    if (count === this.#blocks.slabOf(rows[list + BLOCK]!).capacity) this.#resize(rows, list, count + 1);
    const slab = this.#blocks.slabOf(rows[list + BLOCK]!);
    const offset = this.#blocks.offsetOf(rows[list + BLOCK]!);
    let at = count;
    if (!isSeed) {
      at = rows[list + FETCHING]!++;
      // The first seed makes room.
      if (at !== count) this.#move(slab, offset, at, count);
    }
    rows[list + COUNT] = count + 1;
    slab.words.set(this.#keyWords, offset + at * this.#addressWords);
    this.#setSeen(slab, offset, at, tick);
    if (slab.index !== undefined) this.#insert(slab, offset, at);
    this.#size++;
    return at;
  }

  /** The peer was seen again, and may have become a seed or stopped being one. Returns where it is now. */
  refresh(rows: Uint32Array, list: number, at: number, tick: number, isSeed: boolean): number {
    const slab = this.#blocks.slabOf(rows[list + BLOCK]!);
    const offset = this.#blocks.offsetOf(rows[list + BLOCK]!);
    const fetching = rows[list + FETCHING]!;
    let place = at;
    if (isSeed && at < fetching) {
      place = fetching - 1;
      rows[list + FETCHING] = fetching - 1;
    } else if (!isSeed && at >= fetching) {
      place = fetching;
      rows[list + FETCHING] = fetching + 1;
    }
    if (place !== at) this.#swap(slab, offset, at, place);
    this.#setSeen(slab, offset, place, tick);
    return place;
  }

  /** The last ones take its place. */
  removeAt(rows: Uint32Array, list: number, at: number): void {
    this.#take(rows, list, at, true);
    this.#shrink(rows, list);
  }

  /** Frees what the list takes. */
  release(rows: Uint32Array, list: number): void {
    this.#size -= rows[list + COUNT]!;
    this.#blocks.release(rows[list + BLOCK]!);
    rows.fill(0, list, list + 3);
  }

  /**
   * Removes peers that were not seen since `oldest`, and those that are denied.
   * @returns the tick before which none of the others was seen; 0xffffffff when there are none
   */
  sweep(rows: Uint32Array, list: number, oldest: number, isDenied?: (host: Bytes) => boolean): number {
    const slab = this.#blocks.slabOf(rows[list + BLOCK]!);
    const offset = this.#blocks.offsetOf(rows[list + BLOCK]!);
    const count = rows[list + COUNT]!;
    let gone = 0;
    for (let at = 0; at < count; at++) if (this.#seenAt(slab, offset, at) < oldest) gone++;
    // An index is made anew when much of it would change: that is several times faster.
    const isIndexed = slab.index !== undefined && gone * 4 < count;
    let found = 0xffff_ffff;
    for (let at = count - 1; at >= 0; at--) {
      const seen = this.#seenAt(slab, offset, at);
      if (seen < oldest || isDenied?.(this.#hostAt(slab, offset, at)) === true)
        this.#take(rows, list, at, isIndexed);
      else if (seen < found) found = seen;
    }
    const block = rows[list + BLOCK]!;
    this.#shrink(rows, list);
    // A block that the list moved to has its index.
    if (slab.index !== undefined && !isIndexed && rows[list + BLOCK] === block) this.#reindex(rows, list);
    return found;
  }

  /** How many peers a sample may be drawn from. @param asker its own position; -1 when it is not in this list */
  eligible(rows: Uint32Array, list: number, asker: number, isSeed: boolean): number {
    const all = rows[list + (isSeed ? FETCHING : COUNT)]!;
    return asker >= 0 && asker < all ? all - 1 : all;
  }

  /**
   * Writes up to `count` peers drawn at random: neither the asker, nor seeds for a seed (BEP 3 leaves it open; they need each other for
   * nothing). Returns where the next byte goes.
   */
  sample(
    rows: Uint32Array,
    list: number,
    asker: number,
    isSeed: boolean,
    count: number,
    out: Uint8Array,
    at: number,
  ): number {
    const ring = this.eligible(rows, list, asker, isSeed);
    const length = Math.min(count, ring);
    if (length === 0) return at;
    const start = length === ring ? 0 : this.#prng.below(ring);
    const { bytes } = this.#blocks.slabOf(rows[list + BLOCK]!);
    const base = 2 * this.#blocks.offsetOf(rows[list + BLOCK]!);
    const gap = asker < 0 ? ring : asker;
    const end = Math.min(start + length, ring);
    const next = this.#copyStretch(bytes, base, start, end, gap, out, at);
    return this.#copyStretch(bytes, base, 0, start + length - end, gap, out, next);
  }

  /** From the ring, in which the peer at `gap` is left out. */
  #copyStretch(
    bytes: Uint8Array,
    base: number,
    from: number,
    to: number,
    gap: number,
    out: Uint8Array,
    at: number,
  ): number {
    const { addressBytes } = this;
    const before = Math.min(to, Math.max(from, gap));
    const next = copy(bytes, base + from * addressBytes, base + before * addressBytes, out, at);
    return copy(bytes, base + (before + 1) * addressBytes, base + (to + 1) * addressBytes, out, next);
  }

  #isKeyAt(words: Uint16Array, at: number): boolean {
    const keyWords = this.#keyWords;
    for (let i = 0; i < keyWords.length; i++) if (words[at + i] !== keyWords[i]) return false;
    return true;
  }

  #hostAt(slab: Slab, offset: number, at: number): Bytes {
    const from = 2 * offset + at * this.addressBytes;
    return slab.bytes.subarray(from, from + this.addressBytes - 2);
  }

  #seenAt(slab: Slab, offset: number, at: number): number {
    const from = offset + slab.capacity * this.#addressWords + SEEN_WORDS * at;
    return slab.words[from]! + slab.words[from + 1]! * 0x1_0000;
  }

  #setSeen(slab: Slab, offset: number, at: number, tick: number): void {
    const from = offset + slab.capacity * this.#addressWords + SEEN_WORDS * at;
    slab.words[from] = tick;
    slab.words[from + 1] = tick >>> 16;
  }

  /** The place behind the peer stays as it is: it is another's now, or none's. */
  #take(rows: Uint32Array, list: number, at: number, isIndexed: boolean): void {
    const slab = this.#blocks.slabOf(rows[list + BLOCK]!);
    const offset = this.#blocks.offsetOf(rows[list + BLOCK]!);
    if (isIndexed && slab.index !== undefined) this.#deindex(slab, offset, at);
    let hole = at;
    if (at < rows[list + FETCHING]!) {
      const last = --rows[list + FETCHING]!;
      if (last !== hole) this.#move(slab, offset, last, hole, isIndexed);
      hole = last;
    }
    const last = --rows[list + COUNT]!;
    if (last !== hole) this.#move(slab, offset, last, hole, isIndexed);
    this.#size--;
  }

  #shrink(rows: Uint32Array, list: number): void {
    const count = rows[list + COUNT]!;
    const { capacity } = this.#blocks.slabOf(rows[list + BLOCK]!);
    if (count === 0) this.release(rows, list);
    else if (capacity > 2 && 2 * count <= capacity) this.#resize(rows, list, count + 1);
  }

  #resize(rows: Uint32Array, list: number, atLeast: number): void {
    const count = rows[list + COUNT]!;
    const block = rows[list + BLOCK]!;
    const [from, offset] = [this.#blocks.slabOf(block), this.#blocks.offsetOf(block)];
    const grown = this.#blocks.allocate(capacityFor(atLeast));
    const [to, start] = [this.#blocks.slabOf(grown), this.#blocks.offsetOf(grown)];
    const addressWords = this.#addressWords;
    to.words.set(from.words.subarray(offset, offset + count * addressWords), start);
    const [seen, seenTo] = [offset + from.capacity * addressWords, start + to.capacity * addressWords];
    to.words.set(from.words.subarray(seen, seen + count * SEEN_WORDS), seenTo);
    rows[list + BLOCK] = grown;
    this.#blocks.release(block);
    if (to.index !== undefined) this.#reindex(rows, list);
  }

  #move(slab: Slab, offset: number, from: number, to: number, isIndexed = true): void {
    if (isIndexed && slab.index !== undefined)
      slab.index[this.#slotOf(slab, slab.index, offset, from)] = to + 1;
    const { words } = slab;
    const stride = this.#addressWords;
    const [source, target] = [offset + from * stride, offset + to * stride];
    for (let i = 0; i < stride; i++) words[target + i] = words[source + i]!;
    this.#setSeen(slab, offset, to, this.#seenAt(slab, offset, from));
  }

  #swap(slab: Slab, offset: number, a: number, b: number): void {
    const { index, words } = slab;
    if (index !== undefined) {
      const [slotA, slotB] = [this.#slotOf(slab, index, offset, a), this.#slotOf(slab, index, offset, b)];
      index[slotA] = b + 1;
      index[slotB] = a + 1;
    }
    const stride = this.#addressWords;
    for (let i = 0; i < stride; i++) {
      const word = words[offset + a * stride + i]!;
      words[offset + a * stride + i] = words[offset + b * stride + i]!;
      words[offset + b * stride + i] = word;
    }
    const seen = this.#seenAt(slab, offset, a);
    this.#setSeen(slab, offset, a, this.#seenAt(slab, offset, b));
    this.#setSeen(slab, offset, b, seen);
  }

  #findIndexed(slab: Slab, index: Uint32Array): number {
    const mask = index.length - 1;
    let slot = this.#hasher.hash(this.#key, 0, this.#key.length) & mask;
    for (; index[slot] !== 0; slot = (slot + 1) & mask) {
      // A large block begins at the beginning of its array.
      const at = index[slot]! - 1;
      if (this.#isKeyAt(slab.words, at * this.#addressWords)) return at;
    }
    return -1;
  }

  #hashAt(slab: Slab, offset: number, at: number): number {
    const from = 2 * offset + at * this.addressBytes;
    return this.#hasher.hash(slab.bytes, from, from + this.addressBytes);
  }

  #slotOf(slab: Slab, index: Uint32Array, offset: number, at: number): number {
    const mask = index.length - 1;
    let slot = this.#hashAt(slab, offset, at) & mask;
    while (index[slot] !== at + 1) {
      assert(index[slot] !== 0, 'every peer of a large list is in its index');
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #insert(slab: Slab, offset: number, at: number): void {
    const index = slab.index!;
    const mask = index.length - 1;
    let slot = this.#hashAt(slab, offset, at) & mask;
    while (index[slot] !== 0) slot = (slot + 1) & mask;
    index[slot] = at + 1;
  }

  /** Linear probing without tombstones (Knuth 6.4, algorithm R): what follows moves up, where its hash allows it. */
  #deindex(slab: Slab, offset: number, at: number): void {
    const index = slab.index!;
    const mask = index.length - 1;
    let hole = this.#slotOf(slab, index, offset, at);
    for (let slot = (hole + 1) & mask; index[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#hashAt(slab, offset, index[slot]! - 1) & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      index[hole] = index[slot]!;
      hole = slot;
    }
    index[hole] = 0;
  }

  #reindex(rows: Uint32Array, list: number): void {
    const slab = this.#blocks.slabOf(rows[list + BLOCK]!);
    slab.index!.fill(0);
    for (let at = 0; at < rows[list + COUNT]!; at++) this.#insert(slab, 0, at);
  }
}

/** Returns where the next byte goes. */
function copy(bytes: Uint8Array, from: number, to: number, out: Uint8Array, at: number): number {
  const length = to - from;
  if (length <= 0) return at;
  if (length > LOOP_BYTES) out.set(bytes.subarray(from, to), at);
  else for (let i = 0; i < length; i++) out[at + i] = bytes[from + i]!;
  return at + length;
}
