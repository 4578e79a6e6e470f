/**
 * Memory for pieces that are being fetched, shared with the worker threads. Slots of one piece each lie in arenas of a
 * few mebibytes; the picker bounds how many are in use.
 */
import type { Geometry } from '../../../../data/content/geometry.ts';
import { BLOCK_LENGTH } from '../../../../ground/units.ts';

const ARENA_BYTES = 4 * 1024 * 1024;

export interface PieceSlot {
  readonly arena: number;
  readonly offset: number;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
}

/** Memory that is shared with what proves pieces. */
export interface PieceArenas {
  /** Memory that jobs refer to by the returned number. */
  createArena(lengthBytes: number): { readonly id: number; readonly bytes: Uint8Array<SharedArrayBuffer> };
  dropArena(id: number): void;
}

export class PieceMemory {
  readonly #pool: PieceArenas;
  readonly #slotLength: number;
  /** Of one arena: a small share needs no large one. */
  readonly #slots: number;
  readonly #free: PieceSlot[] = [];
  readonly #arenas: number[] = [];
  readonly #used = new Map<number, PieceSlot>();

  constructor(pool: PieceArenas, { nominalPieceLength, pieceCount }: Geometry) {
    this.#pool = pool;
    this.#slotLength = Math.ceil(nominalPieceLength / BLOCK_LENGTH) * BLOCK_LENGTH;
    this.#slots = Math.max(1, Math.min(Math.floor(ARENA_BYTES / this.#slotLength), pieceCount));
  }

  store(piece: number, begin: number, block: Uint8Array): void {
    // `set` copies to shared memory word by word, for fear of races that we rule out: a ninth of the speed of `copy`.
    Buffer.prototype.copy.call(block, this.slot(piece).bytes, begin);
  }

  slot(piece: number): PieceSlot {
    let slot = this.#used.get(piece);
    if (slot === undefined) {
      if (this.#free.length === 0) this.#addArena();
      slot = this.#free.pop()!;
      this.#used.set(piece, slot);
    }
    return slot;
  }

  release(piece: number): void {
    const slot = this.#used.get(piece);
    if (slot === undefined) return;
    this.#used.delete(piece);
    this.#free.push(slot);
  }

  /** Gives all memory back. */
  close(): void {
    for (const arena of this.#arenas) this.#pool.dropArena(arena);
    this.#arenas.length = 0;
    this.#free.length = 0;
    this.#used.clear();
  }

  #addArena(): void {
    const { id, bytes } = this.#pool.createArena(this.#slots * this.#slotLength);
    this.#arenas.push(id);
    for (let i = 0; i < this.#slots; i++) {
      const offset = i * this.#slotLength;
      this.#free.push({ arena: id, offset, bytes: bytes.subarray(offset, offset + this.#slotLength) });
    }
  }
}
