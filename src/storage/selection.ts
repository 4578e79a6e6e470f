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

const NORMAL = 4;

/** Of a piece with bytes of several files, the highest of their priorities counts. @param priorities normal when absent */
export function piecePriorities(
  geometry: Geometry,
  wanted: ReadonlySet<FileIndex>,
  priorities: ReadonlyMap<FileIndex, number>,
): (piece: number) => number {
  const levels = new Uint8Array(geometry.pieceCount);
  for (const file of wanted) {
    const range = geometry.filePieces(file);
    if (range === undefined) continue;
    const priority = priorities.get(file) ?? NORMAL;
    for (let piece = range[0]; piece <= range[1]; piece++) levels[piece] = Math.max(levels[piece]!, priority);
  }
  return (piece) => levels[piece]!;
}
