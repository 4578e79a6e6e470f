/** Which pieces a choice of files needs: exactly those that hold a byte of them. */
import type { Geometry } from '../content/geometry.ts';
import type { FileIndex } from '../../ground/units.ts';
import { Bitfield } from '../../ground/bitfield.ts';

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

/** Above all priorities of files: the highest that the picker knows. */
const ENDS = 7;
/** So much at each end of a file: media keep their tables there. */
const END_PART = 0.01;

/**
 * Of a piece with bytes of several files, the highest of their priorities counts.
 * @param priorities normal when absent
 * @param isEndsFirst the first and the last pieces of each file come before all others
 */
export function piecePriorities(
  geometry: Geometry,
  wanted: ReadonlySet<FileIndex>,
  priorities: ReadonlyMap<FileIndex, number>,
  isEndsFirst = false,
): (piece: number) => number {
  const levels = new Uint8Array(geometry.pieceCount);
  for (const file of wanted) {
    const range = geometry.filePieces(file);
    if (range === undefined) continue;
    const priority = priorities.get(file) ?? NORMAL;
    for (let piece = range[0]; piece <= range[1]; piece++) levels[piece] = Math.max(levels[piece]!, priority);
    if (!isEndsFirst) continue;
    const end = Math.ceil((geometry.files[file]!.lengthBytes * END_PART) / geometry.nominalPieceLength);
    for (let at = 0; at < end; at++) {
      levels[Math.min(range[0] + at, range[1])] = ENDS;
      levels[Math.max(range[1] - at, range[0])] = ENDS;
    }
  }
  return (piece) => levels[piece]!;
}
