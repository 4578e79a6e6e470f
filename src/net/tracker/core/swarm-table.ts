/**
 * The swarms of a tracker: rows of 16 words in one array, found by info hash, in the order in which they were last announced to.
 *
 * A swarm costs 64 bytes and an entry of the buckets, and no object: a hundred thousand of them are one allocation, into which the
 * garbage collector never looks. Strangers pick the info hashes, so the buckets go by a keyed hash: nobody can fill one.
 *
 * Invariant: a row is in its bucket and in the order, or it is among the free ones. It keeps its number while it lives. Rows count
 * from 1; 0 is no row.
 */
import { assert } from '../../../ground/assert.ts';
import type { Bytes } from '../../../ground/bytes.ts';
import type { SipHash } from '../../../ground/siphash.ts';

/** Words of a row, behind the five of the info hash. */
export const Field = {
  /** The next row of the bucket, or the next free one. */
  next: 5,
  older: 6,
  newer: 7,
  /** How often a peer said that it has completed the share. */
  completed: 8,
  /** The peers of each family, in three words (`packed-peers.ts`). */
  peersV4: 9,
  peersV6: 12,
  /** The tick before which no peer was seen; 0 when the rules have changed since its peers were looked at. */
  oldest: 15,
} as const;
export const ROW_WORDS = 16;
const HASH_WORDS = 5;
const HASH_BYTES = 20;
const FIRST_ROWS = 64;
/** `oldest` of a free row. */
const FREE = 0xffff_ffff;

export class SwarmTable {
  readonly #maxRows: number;
  readonly #hasher: SipHash;
  /** As many as there may be rows, from the beginning: to lay them anew would take a pause. What is not used is not resident. */
  readonly #buckets: Uint32Array;
  /** The info hash that is looked for: its words are in the order of this machine's bytes, as those of the rows are. */
  readonly #key = new Uint8Array(HASH_BYTES);
  readonly #keyWords = new Uint32Array(this.#key.buffer);
  #bucket = 0;
  #words = new Uint32Array(FIRST_ROWS * ROW_WORDS);
  /** Rows below this one have been used. */
  #end = 1;
  #free = 0;
  #oldest = 0;
  #newest = 0;
  #size = 0;

  constructor(maxRows: number, hasher: SipHash) {
    assert(maxRows >= 1 && maxRows <= 1 << 24, 'a tracker has 1 to 2^24 swarms');
    this.#maxRows = maxRows;
    this.#hasher = hasher;
    this.#buckets = new Uint32Array(2 ** Math.ceil(Math.log2(maxRows)));
  }

  /** All rows: row `r` begins at `r * ROW_WORDS`. `add` may replace the array. */
  get words(): Uint32Array {
    return this.#words;
  }

  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size >= this.#maxRows;
  }

  /** One more than the last row that was ever used. */
  get end(): number {
    return this.#end;
  }

  /** The row that was not touched for longest; 0 when there is none. */
  get oldest(): number {
    return this.#oldest;
  }

  isUsed(row: number): boolean {
    return this.#words[row * ROW_WORDS + Field.oldest] !== FREE;
  }

  /** @param infoHash 20 bytes at `at`. Returns a row, or 0 */
  find(infoHash: Bytes, at: number): number {
    const key = this.#key;
    for (let i = 0; i < HASH_BYTES; i++) key[i] = infoHash[at + i]!;
    this.#bucket = this.#hasher.hash(key, 0, HASH_BYTES) & (this.#buckets.length - 1);
    const words = this.#words;
    const keyWords = this.#keyWords;
    let row = this.#buckets[this.#bucket]!;
    while (row !== 0) {
      const base = row * ROW_WORDS;
      if (
        words[base] === keyWords[0] &&
        words[base + 1] === keyWords[1] &&
        words[base + 2] === keyWords[2] &&
        words[base + 3] === keyWords[3] &&
        words[base + 4] === keyWords[4]
      )
        return row;
      row = words[base + Field.next]!;
    }
    return 0;
  }

  /** Adds what `find` has just not found. The caller has made room. */
  add(): number {
    assert(!this.isFull, 'the table of swarms is full');
    let row = this.#free;
    if (row === 0) {
      row = this.#end++;
      if (this.#end * ROW_WORDS > this.#words.length) {
        const grown = new Uint32Array(2 * this.#words.length);
        grown.set(this.#words);
        this.#words = grown;
      }
    } else this.#free = this.#words[row * ROW_WORDS + Field.next]!;
    const base = row * ROW_WORDS;
    const words = this.#words;
    words.fill(0, base, base + ROW_WORDS);
    for (let i = 0; i < HASH_WORDS; i++) words[base + i] = this.#keyWords[i]!;
    words[base + Field.next] = this.#buckets[this.#bucket]!;
    this.#buckets[this.#bucket] = row;
    this.#append(row);
    this.#size++;
    return row;
  }

  /** The row is now the last to go. */
  touch(row: number): void {
    if (row === this.#newest) return;
    this.#unlink(row);
    this.#append(row);
  }

  /** What the row says is lost; its peers must have been released. */
  remove(row: number): void {
    const words = this.#words;
    const base = row * ROW_WORDS;
    for (let i = 0; i < HASH_WORDS; i++) this.#keyWords[i] = words[base + i]!;
    const bucket = this.#hasher.hash(this.#key, 0, HASH_BYTES) & (this.#buckets.length - 1);
    const next = words[base + Field.next]!;
    if (this.#buckets[bucket] === row) this.#buckets[bucket] = next;
    else {
      let before = this.#buckets[bucket]!;
      while (words[before * ROW_WORDS + Field.next] !== row) before = words[before * ROW_WORDS + Field.next]!;
      words[before * ROW_WORDS + Field.next] = next;
    }
    this.#unlink(row);
    words[base + Field.oldest] = FREE;
    words[base + Field.next] = this.#free;
    this.#free = row;
    this.#size--;
  }

  #append(row: number): void {
    const words = this.#words;
    words[row * ROW_WORDS + Field.older] = this.#newest;
    words[row * ROW_WORDS + Field.newer] = 0;
    if (this.#newest === 0) this.#oldest = row;
    else words[this.#newest * ROW_WORDS + Field.newer] = row;
    this.#newest = row;
  }

  #unlink(row: number): void {
    const words = this.#words;
    const older = words[row * ROW_WORDS + Field.older]!;
    const newer = words[row * ROW_WORDS + Field.newer]!;
    if (older === 0) this.#oldest = newer;
    else words[older * ROW_WORDS + Field.newer] = newer;
    if (newer === 0) this.#newest = older;
    else words[newer * ROW_WORDS + Field.older] = older;
  }
}
