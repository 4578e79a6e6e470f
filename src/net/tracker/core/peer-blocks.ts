/**
 * Memory for lists of peers. A block has room for a given number of peers; small blocks of one size share slabs of 32 KiB, a large
 * one has an array of its own. A list that grows or shrinks moves to the next size, a third to a half away.
 *
 * A typed array costs some 300 bytes before its first element: one for each swarm would cost more than the peers of most swarms.
 *
 * Invariant: a slab has a block in use, or it is the only open slab of its size. What is released is used again or given back.
 */
import { assert } from '../../../ground/assert.ts';

/** Words of 16 bits in a slab. */
const SLAB_WORDS = 16_384;
/** A handle is the number of a slab, and below it that of a block. */
const BLOCK_BITS = 12;
const BLOCK_MASK = (1 << BLOCK_BITS) - 1;
const MAX_SLABS = 1 << (32 - BLOCK_BITS);
/** Lists above it have an array, and an index, of their own. */
export const MAX_SMALL_CAPACITY = 256;

/** A slab, or one large block. */
export interface Slab {
  readonly words: Uint16Array;
  /** The same memory. */
  readonly bytes: Uint8Array;
  /** Peers of a block. */
  readonly capacity: number;
  /** Words of 16 bits of a block. */
  readonly blockWords: number;
  /** Of a large block: where a peer is, by its hash; one more than the position, and 0 for none. Powers of two. */
  readonly index: Uint32Array | undefined;
  readonly blocks: number;
  inUse: number;
  /** Blocks from here on were never used. */
  fresh: number;
  /** One more than the first released block, whose first word names the next; 0 when there is none. */
  released: number;
  isOpen: boolean;
}

const EMPTY_WORDS = new Uint16Array(0);
const NO_SLAB: Slab = {
  words: EMPTY_WORDS,
  bytes: new Uint8Array(EMPTY_WORDS.buffer),
  capacity: 0,
  blockWords: 0,
  index: undefined,
  blocks: 0,
  inUse: 0,
  fresh: 0,
  released: 0,
  isOpen: false,
};

export class PeerBlocks {
  readonly #wordsPerPeer: number;
  /** By number. The first stands for "no block": handle 0. */
  readonly #slabs: Slab[] = [NO_SLAB];
  readonly #unusedNumbers: number[] = [];
  /** Numbers of slabs with a free block, by capacity. */
  readonly #open = new Map<number, number[]>();

  /** @param wordsPerPeer of 16 bits each */
  constructor(wordsPerPeer: number) {
    this.#wordsPerPeer = wordsPerPeer;
  }

  /** Slabs and large blocks that are held. */
  get slabCount(): number {
    return this.#slabs.length - 1 - this.#unusedNumbers.length;
  }

  slabOf(handle: number): Slab {
    return this.#slabs[handle >>> BLOCK_BITS]!;
  }

  /** Where in the slab's words the block begins. */
  offsetOf(handle: number): number {
    return (handle & BLOCK_MASK) * this.slabOf(handle).blockWords;
  }

  /** A block for at least `count` peers. What is in it is undefined, but the index of a large one is empty. */
  allocate(count: number): number {
    const capacity = capacityFor(count);
    if (capacity > MAX_SMALL_CAPACITY) {
      const index = new Uint32Array(2 ** Math.ceil(Math.log2(2 * capacity)));
      return (this.#create(capacity, 1, index) << BLOCK_BITS) >>> 0;
    }
    let open = this.#open.get(capacity);
    if (open === undefined) this.#open.set(capacity, (open = []));
    const number =
      open.at(-1) ?? this.#create(capacity, Math.floor(SLAB_WORDS / (capacity * this.#wordsPerPeer)));
    const slab = this.#slabs[number]!;
    if (!slab.isOpen) {
      slab.isOpen = true;
      open.push(number);
    }
    let block = slab.released - 1;
    if (block >= 0) slab.released = slab.words[block * slab.blockWords]!;
    else block = slab.fresh++;
    if (++slab.inUse === slab.blocks) {
      slab.isOpen = false;
      open.pop();
    }
    return ((number << BLOCK_BITS) | block) >>> 0;
  }

  release(handle: number): void {
    if (handle === 0) return;
    const number = handle >>> BLOCK_BITS;
    const slab = this.#slabs[number]!;
    if (slab.blocks === 1) return this.#drop(number);
    const block = handle & BLOCK_MASK;
    slab.words[block * slab.blockWords] = slab.released;
    slab.released = block + 1;
    slab.inUse--;
    const open = this.#open.get(slab.capacity)!;
    if (!slab.isOpen) {
      slab.isOpen = true;
      open.push(number);
    }
    if (slab.inUse > 0 || open.length === 1) return;
    open.splice(open.indexOf(number), 1);
    this.#drop(number);
  }

  #create(capacity: number, blocks: number, index?: Uint32Array): number {
    const number = this.#unusedNumbers.pop() ?? this.#slabs.length;
    assert(number < MAX_SLABS, 'more slabs of peers than handles can name');
    const blockWords = capacity * this.#wordsPerPeer;
    const words = new Uint16Array(blocks * blockWords);
    this.#slabs[number] = {
      words,
      bytes: new Uint8Array(words.buffer),
      capacity,
      blockWords,
      index,
      blocks,
      inUse: 0,
      fresh: 0,
      released: 0,
      isOpen: false,
    };
    return number;
  }

  #drop(number: number): void {
    this.#slabs[number] = NO_SLAB;
    this.#unusedNumbers.push(number);
  }
}

/** The next larger of 1, 2, 3, 4, 6, 8, 12, 16, 24 and so on. */
export function capacityFor(count: number): number {
  if (count <= 4) return Math.max(1, count);
  const power = 2 ** Math.floor(Math.log2(count - 1));
  const between = power + power / 2;
  return count <= between ? between : 2 * power;
}
