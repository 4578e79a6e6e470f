/**
 * Pieces that are written and that the record does not claim yet, files that need a sync, and complete files that wait for
 * their names.
 */
import type { Geometry } from '../../content/geometry.ts';
import type { FileIndex, PieceIndex } from '../../../ground/units.ts';
import type { FileStates, WrittenSlice } from './sink.ts';

/** The content of one save. Pieces that are written later are for the next one. */
export interface Batch {
  /** With the number of the write. */
  readonly pieces: readonly (readonly [PieceIndex, number])[];
  readonly files: readonly FileIndex[];
  readonly complete: readonly FileIndex[];
}

export class Unsaved {
  readonly #geometry: Geometry;
  readonly #files: FileStates;
  /** By piece: which write it was. A piece may be lost and written again while a save is under way. */
  readonly #written = new Map<PieceIndex, number>();
  #writes = 0;
  readonly #unsynced = new Set<FileIndex>();
  readonly #complete = new Set<FileIndex>();
  /** Since the last save began. */
  #writtenBytes = 0;

  constructor(geometry: Geometry, files: FileStates) {
    this.#geometry = geometry;
    this.#files = files;
  }

  get isEmpty(): boolean {
    return this.#written.size === 0 && this.#complete.size === 0;
  }

  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  has(piece: PieceIndex): boolean {
    return this.#written.has(piece);
  }

  addWritten(piece: PieceIndex, slices: readonly WrittenSlice[]): void {
    for (const { file, fd } of slices) if (fd >= 0) this.#unsynced.add(file);
    this.#written.set(piece, ++this.#writes);
    this.#writtenBytes += this.#geometry.pieceLength(piece);
  }

  /** A piece that was found on the disk: right, but perhaps in the system's memory only. */
  addFound(piece: PieceIndex): void {
    this.#written.set(piece, ++this.#writes);
    this.#markUnsynced(piece);
  }

  addComplete(file: FileIndex): void {
    this.#complete.add(file);
  }

  /** No file that such a piece lies in is complete any more. */
  lose(piece: PieceIndex): void {
    this.#written.delete(piece);
    for (const { file } of this.#slices(piece)) this.#complete.delete(file);
  }

  /** The file is gone, or the bytes written to it are. Returns the pieces that are lost with it. */
  loseFile(file: FileIndex): PieceIndex[] {
    this.#unsynced.delete(file);
    this.#complete.delete(file);
    return [...this.#written.keys()].filter((piece) =>
      this.#slices(piece).some((slice) => slice.file === file),
    );
  }

  takeBatch(): Batch {
    this.#writtenBytes = 0;
    return { pieces: [...this.#written], files: [...this.#unsynced], complete: [...this.#complete] };
  }

  /** Pieces of a batch that were neither lost nor written again since. */
  unchanged({ pieces }: Batch): PieceIndex[] {
    return pieces.filter(([piece, write]) => this.#written.get(piece) === write).map(([piece]) => piece);
  }

  /** The record claims these pieces. Returns true when some are left for the next save. */
  settle({ files }: Batch, saved: readonly PieceIndex[]): boolean {
    for (const piece of saved) this.#written.delete(piece);
    for (const file of files) this.#unsynced.delete(file);
    for (const piece of this.#written.keys()) this.#markUnsynced(piece);
    return this.#written.size > 0;
  }

  isComplete(file: FileIndex): boolean {
    return this.#complete.has(file);
  }

  handleNamed(file: FileIndex): void {
    this.#complete.delete(file);
  }

  /** A piece of the file is not in the record. */
  reachesInto(file: FileIndex): boolean {
    const [first, last] = this.#geometry.filePieces(file) ?? [0, -1];
    for (const piece of this.#written.keys()) if (piece >= first && piece <= last) return true;
    return false;
  }

  #markUnsynced(piece: PieceIndex): void {
    for (const { file } of this.#slices(piece)) if (this.#files.isStored(file)) this.#unsynced.add(file);
  }

  #slices(piece: PieceIndex): readonly { readonly file: FileIndex }[] {
    return this.#geometry.slices(piece, 0, this.#geometry.pieceLength(piece));
  }
}
