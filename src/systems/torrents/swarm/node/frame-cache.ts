/**
 * Blocks as they go out: frames of up to 64 piece messages, headers and all, read from the files once and written to as
 * many sockets as ask for them while they are here. The least recently used frames go first; those on their way to a
 * socket stay. One cache serves all shares of a process.
 *
 * What lies here was proved when it was read (`read-guard.ts`), so a file that changes later cannot spoil it.
 */
import { BLOCK_LENGTH } from '../../../../ground/units.ts';
import { PIECE_HEADER_LENGTH, writePieceHeader } from '../wire/messages.ts';

export const FRAME_BLOCKS = 64;
/** Who asks for little gets a small frame. */
const FRAME_SIZES: readonly number[] = [4, 16, FRAME_BLOCKS];
const STRIDE = PIECE_HEADER_LENGTH + BLOCK_LENGTH;
const CACHE_BYTES = 8 * 1024 * 1024;
/** Blocks a piece, at most: makes one number of a piece and a block. */
const BLOCKS_PER_PIECE = 32_768;

export interface Block {
  readonly piece: number;
  readonly begin: number;
  readonly length: number;
}

/** Where a block lies: its header begins at `at`. */
export interface Spot {
  readonly frame: Frame;
  readonly at: number;
  readonly length: number;
}

export class Frame {
  readonly buffer: Uint8Array<ArrayBuffer>;
  /** How many blocks fit. */
  readonly size: number;
  /** Pending while it is being read; resolves and rejects as the reading does. */
  loading: Promise<void> | undefined;
  /** How many are about to write of it. */
  pins = 0;
  index: Map<number, Spot> | undefined;
  readonly keys: number[] = [];
  readonly #places: Uint8Array[] = [];

  constructor(size: number) {
    this.size = size;
    this.buffer = new Uint8Array(size * STRIDE);
  }

  /** Where the data of the block whose header begins at `at` goes. */
  place(at: number, length: number): Uint8Array {
    const from = at + PIECE_HEADER_LENGTH;
    const nth = at / STRIDE;
    if (length !== BLOCK_LENGTH || !Number.isInteger(nth)) return this.buffer.subarray(from, from + length);
    // Almost always the same places: they need not be made anew.
    this.#places[nth] ??= this.buffer.subarray(from, from + BLOCK_LENGTH);
    return this.#places[nth];
  }
}

export class FrameCache {
  #limit: number;
  /** In order of last use; nobody writes of them. */
  readonly #idle = new Set<Frame>();
  #bytes = 0;

  constructor(limit: number = CACHE_BYTES) {
    this.#limit = limit;
  }

  setLimit(bytes: number): void {
    this.#limit = bytes;
    for (const frame of this.#idle) {
      if (this.#bytes <= bytes) return;
      this.#evict(frame);
    }
  }

  /** An empty frame with room for so many blocks, pinned. */
  take(blocks: number): Frame {
    const size = FRAME_SIZES.find((fits) => fits >= blocks)!;
    for (const frame of this.#idle) {
      if (this.#bytes + size * STRIDE <= this.#limit) break;
      this.#evict(frame);
      if (frame.size !== size) continue;
      this.#bytes += frame.buffer.length;
      frame.pins = 1;
      return frame;
    }
    const frame = new Frame(size);
    this.#bytes += frame.buffer.length;
    frame.pins = 1;
    return frame;
  }

  pin(frame: Frame): void {
    if (frame.pins++ === 0) this.#idle.delete(frame);
  }

  unpin(frame: Frame): void {
    if (--frame.pins > 0) return;
    this.#idle.add(frame);
    for (const oldest of this.#idle) {
      if (this.#bytes <= this.#limit) break;
      this.#evict(oldest);
    }
  }

  #evict(frame: Frame): void {
    this.#idle.delete(frame);
    this.#bytes -= frame.buffer.length;
    clear(frame);
  }
}

function clear(frame: Frame): void {
  for (const key of frame.keys) if (frame.index!.get(key)?.frame === frame) frame.index!.delete(key);
  frame.keys.length = 0;
  frame.index = undefined;
  frame.loading = undefined;
}

/** The blocks of one share that are in the cache. */
export class ShareFrames {
  readonly cache: FrameCache;
  readonly #spots = new Map<number, Spot>();
  #losses = 0;

  constructor(cache: FrameCache) {
    this.cache = cache;
  }

  /** Something was lost on the disk: what was read of it may be what was wrong with it. */
  forget(): void {
    this.#losses++;
    this.#spots.clear();
  }

  /** How often something was lost: what was being read at an earlier count is not to be sent. */
  get losses(): number {
    return this.#losses;
  }

  /** Pinned, if it is here or on its way. */
  find({ piece, begin, length }: Block): Spot | undefined {
    if (begin % BLOCK_LENGTH !== 0) return undefined;
    const spot = this.#spots.get(keyOf(piece, begin));
    if (spot === undefined || spot.length !== length) return undefined;
    this.cache.pin(spot.frame);
    return spot;
  }

  /**
   * Room for blocks that are not here, with their headers written; each is pinned, as by `find`.
   * @param read puts the data in its places
   */
  load(blocks: readonly Block[], read: (spots: readonly Spot[]) => Promise<void>): Spot[] {
    const frame = this.cache.take(blocks.length);
    frame.index = this.#spots;
    let at = 0;
    const spots = blocks.map(({ piece, begin, length }) => {
      const spot = { frame, at, length };
      writePieceHeader(frame.buffer, at, piece, begin, length);
      at += PIECE_HEADER_LENGTH + length;
      if (begin % BLOCK_LENGTH === 0) {
        const key = keyOf(piece, begin);
        frame.keys.push(key);
        this.#spots.set(key, spot);
      }
      return spot;
    });
    frame.pins = spots.length;
    frame.loading = read(spots).then(
      () => {
        frame.loading = undefined;
      },
      (error: unknown) => {
        const failed = frame.loading;
        clear(frame);
        frame.loading = failed;
        throw error;
      },
    );
    // Who waits for it hears of it.
    frame.loading.catch(() => {});
    return spots;
  }
}

function keyOf(piece: number, begin: number): number {
  return piece * BLOCKS_PER_PIECE + begin / BLOCK_LENGTH;
}

/** What goes out for these spots, neighbours in one piece. */
export function segmentsOf(spots: readonly Spot[]): Uint8Array[] {
  const segments: Uint8Array[] = [];
  for (let i = 0; i < spots.length; ) {
    const { frame, at } = spots[i]!;
    let end = at;
    while (i < spots.length && spots[i]!.frame === frame && spots[i]!.at === end) {
      end += PIECE_HEADER_LENGTH + spots[i]!.length;
      i++;
    }
    segments.push(frame.buffer.subarray(at, end));
  }
  return segments;
}
