/** Counts the wanted bytes of a share and reports files that become complete. */
import type { Geometry } from '../../../../data/content/geometry.ts';
import type { Bitfield } from '../../../../ground/bitfield.ts';
import type { FileIndex } from '../../../../ground/units.ts';

export class ProgressCounter {
  readonly #geometry: Geometry;
  readonly #wantedPieces: Bitfield;
  /** Pieces that each wanted file lacks. */
  readonly #missing = new Map<FileIndex, number>();
  totalBytes = 0;
  doneBytes = 0;

  constructor(
    geometry: Geometry,
    wantedFiles: ReadonlySet<FileIndex>,
    wantedPieces: Bitfield,
    had: Bitfield,
  ) {
    this.#geometry = geometry;
    this.#wantedPieces = wantedPieces;
    for (let piece = 0; piece < geometry.pieceCount; piece++) {
      if (!wantedPieces.has(piece)) continue;
      this.totalBytes += geometry.pieceLength(piece);
      if (had.has(piece)) this.doneBytes += geometry.pieceLength(piece);
    }
    for (const file of wantedFiles) {
      const range = geometry.filePieces(file);
      let missing = 0;
      if (range !== undefined)
        for (let piece = range[0]; piece <= range[1]; piece++) if (!had.has(piece)) missing++;
      this.#missing.set(file, missing);
    }
  }

  /** Wanted files that are complete. */
  wholeFiles(): FileIndex[] {
    return [...this.#missing].filter(([, missing]) => missing === 0).map(([file]) => file);
  }

  /** A piece has arrived. @returns the wanted files that it completes */
  handlePiece(piece: number): FileIndex[] {
    if (this.#wantedPieces.has(piece)) this.doneBytes += this.#geometry.pieceLength(piece);
    const whole: FileIndex[] = [];
    const seen = new Set<FileIndex>();
    for (const { file } of this.#geometry.slices(piece, 0, this.#geometry.pieceLength(piece))) {
      const missing = this.#missing.get(file);
      if (missing === undefined || seen.has(file)) continue;
      seen.add(file);
      this.#missing.set(file, missing - 1);
      if (missing === 1) whole.push(file);
    }
    return whole;
  }

  /** A piece was lost. */
  handleLost(piece: number): void {
    if (this.#wantedPieces.has(piece)) this.doneBytes -= this.#geometry.pieceLength(piece);
    const seen = new Set<FileIndex>();
    for (const { file } of this.#geometry.slices(piece, 0, this.#geometry.pieceLength(piece))) {
      const missing = this.#missing.get(file);
      if (missing === undefined || seen.has(file)) continue;
      seen.add(file);
      this.#missing.set(file, missing + 1);
    }
  }
}
