/**
 * Pieces in order of rarity: how many peers have each, and buckets of the pieces that may be started, keyed by
 * priority first and availability second. Moving a piece between buckets is O(1); order within a bucket is random.
 *
 * Invariant: a piece is in a bucket if and only if it is pickable: not started and of a priority above 0.
 */
import type { Prng } from '../../../../ground/ports.ts';
import type { Bitfield } from '../../../../ground/bitfield.ts';
import { shuffle } from '../../../../ground/prng.ts';

export const PRIORITY_NORMAL = 4;
export const PRIORITY_MAX = 7;
/** Availabilities from here up count as equally common. */
const AVAILABILITY_LEVELS = 256;

export class RarityIndex {
  readonly #prng: Prng;
  /** Peers that have a piece, seeds not counted. */
  readonly #availability: Uint16Array;
  readonly #priority: Uint8Array;
  readonly #started: Uint8Array;
  #seeds = 0;
  #unspread: number;
  /** Made as they are needed: few of the possible keys occur, and a peer may hold thousands of shares. */
  readonly #buckets = new Map<number, number[]>();
  /** The keys of `#buckets` in order. */
  readonly #keys: number[] = [];
  /** Where a piece stands in its bucket; -1 when in none. */
  readonly #position: Int32Array;
  readonly #bucketOf: Int32Array;
  #pickable = 0;
  /** After a bulk change the buckets are rebuilt at the next question. */
  #isStale = true;

  constructor(pieceCount: number, prng: Prng) {
    this.#prng = prng;
    this.#unspread = pieceCount;
    // One stretch of memory, the widest first: five would cost more than what they hold in a small share.
    const memory = new ArrayBuffer(pieceCount * 12);
    this.#position = new Int32Array(memory, 0, pieceCount).fill(-1);
    this.#bucketOf = new Int32Array(memory, pieceCount * 4, pieceCount).fill(-1);
    this.#availability = new Uint16Array(memory, pieceCount * 8, pieceCount);
    this.#priority = new Uint8Array(memory, pieceCount * 10, pieceCount).fill(PRIORITY_NORMAL);
    this.#started = new Uint8Array(memory, pieceCount * 11, pieceCount);
  }

  priority(piece: number): number {
    return this.#priority[piece]!;
  }

  /** Peers that have the piece. */
  availability(piece: number): number {
    return this.#availability[piece]! + this.#seeds;
  }

  addSeed(): void {
    this.#seeds++;
  }

  removeSeed(): void {
    this.#seeds--;
  }

  /** Pieces that no peer has, seeds not counted. */
  get unspread(): number {
    return this.#unspread;
  }

  addOne(piece: number): void {
    if (this.#availability[piece]!++ === 0) this.#unspread--;
    this.#refile(piece);
  }

  removeOne(piece: number): void {
    if (--this.#availability[piece]! === 0) this.#unspread++;
    this.#refile(piece);
  }

  addAll(bits: Bitfield): void {
    this.#bulk(bits, 1);
  }

  removeAll(bits: Bitfield): void {
    this.#bulk(bits, -1);
  }

  setPriority(piece: number, priority: number): void {
    this.#priority[piece] = priority;
    this.#refile(piece);
  }

  setStarted(piece: number, isStarted: boolean): void {
    this.#started[piece] = isStarted ? 1 : 0;
    this.#refile(piece);
  }

  isPickable(piece: number): boolean {
    return this.#started[piece] === 0 && this.#priority[piece]! > 0;
  }

  /** May any piece be started that somebody has? */
  hasPickable(): boolean {
    this.#rebuildIfStale();
    if (this.#pickable === 0 || this.#seeds > 0) return this.#pickable > 0;
    for (const key of this.#keys)
      if (key % AVAILABILITY_LEVELS !== 0 && this.#bucket(key).length > 0) return true;
    return false;
  }

  /** May a piece be started that seeds alone have? */
  hasSeedOnly(): boolean {
    this.#rebuildIfStale();
    if (this.#seeds === 0) return false;
    for (const key of this.#keys)
      if (key % AVAILABILITY_LEVELS === 0 && this.#bucket(key).length > 0) return true;
    return false;
  }

  /** Has any peer the piece that is no seed? */
  isSpread(piece: number): boolean {
    return this.#availability[piece]! > 0;
  }

  /** The first pickable piece, by priority, then rarity, then chance, that `fits`. */
  findRarest(fits: (piece: number) => boolean): number | undefined {
    this.#rebuildIfStale();
    if (this.#pickable === 0) return undefined;
    for (const key of this.#keys) {
      const bucket = this.#bucket(key);
      for (let i = bucket.length - 1; i >= 0; i--) if (fits(bucket[i]!)) return bucket[i];
    }
    return undefined;
  }

  /** Both may be started, and neither is to be preferred. */
  areAlike(piece: number, other: number): boolean {
    return this.#bucketOf[piece]! >= 0 && this.#bucketOf[piece] === this.#bucketOf[other];
  }

  #bulk(bits: Bitfield, step: number): void {
    for (let piece = 0; piece < bits.length; piece++) {
      if (!bits.has(piece)) continue;
      const before = this.#availability[piece]!;
      this.#availability[piece] = before + step;
      if (before === 0) this.#unspread--;
      else if (before + step === 0) this.#unspread++;
    }
    this.#isStale = true;
  }

  #key(piece: number): number {
    const level = Math.min(this.#availability[piece]!, AVAILABILITY_LEVELS - 1);
    return (PRIORITY_MAX - this.#priority[piece]!) * AVAILABILITY_LEVELS + level;
  }

  #bucket(key: number): number[] {
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      bucket = [];
      this.#buckets.set(key, bucket);
      const at = this.#keys.findIndex((other) => other > key);
      this.#keys.splice(at < 0 ? this.#keys.length : at, 0, key);
    }
    return bucket;
  }

  #refile(piece: number): void {
    if (this.#isStale) return;
    this.#unfile(piece);
    if (this.isPickable(piece)) this.#file(piece);
  }

  #file(piece: number): void {
    const key = this.#key(piece);
    const bucket = this.#bucket(key);
    const at = this.#prng.below(bucket.length + 1);
    if (at < bucket.length) {
      const displaced = bucket[at]!;
      this.#position[displaced] = bucket.length;
      bucket.push(displaced);
      bucket[at] = piece;
    } else bucket.push(piece);
    this.#position[piece] = at;
    this.#bucketOf[piece] = key;
    this.#pickable++;
  }

  #unfile(piece: number): void {
    const key = this.#bucketOf[piece]!;
    if (key < 0) return;
    const bucket = this.#bucket(key);
    const last = bucket.pop()!;
    if (last !== piece) {
      bucket[this.#position[piece]!] = last;
      this.#position[last] = this.#position[piece]!;
    }
    this.#bucketOf[piece] = -1;
    this.#position[piece] = -1;
    this.#pickable--;
  }

  #rebuildIfStale(): void {
    if (!this.#isStale) return;
    this.#isStale = false;
    this.#pickable = 0;
    for (const bucket of this.#buckets.values()) bucket.length = 0;
    this.#bucketOf.fill(-1);
    for (let piece = 0; piece < this.#availability.length; piece++) {
      if (!this.isPickable(piece)) continue;
      this.#bucket(this.#key(piece)).push(piece);
      this.#pickable++;
    }
    for (const key of this.#keys) {
      const bucket = this.#bucket(key);
      shuffle(bucket, this.#prng);
      for (const [at, piece] of bucket.entries()) {
        this.#position[piece] = at;
        this.#bucketOf[piece] = key;
      }
    }
  }
}
