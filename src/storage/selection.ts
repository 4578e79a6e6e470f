/** Which pieces a choice of files needs: exactly those that hold a byte of them. */
import type { Geometry } from '../content/geometry.ts';
import type { FileIndex } from '../ground/units.ts';
import { Bitfield } from '../ground/bitfield.ts';

export function piecesOf(geometry: Geometry, files: ReadonlySet<FileIndex>): Bitfield {
  const pieces = new Bitfield(geometry.pieceCount);
  for (const file of files) {
    const range = geometry.filePieces(file);
    if (range === undefined) continue;
    for (let piece = range[0]; piece <= range[1]; piece++) pieces.add(piece);
  }
  return pieces;
}
