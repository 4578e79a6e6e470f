/**
 * The verdict of hashing on the files of a share. A piece is *right*, *wrong*, or *not judged*: some of its bytes are missing
 * or cannot be read. A wrong piece that lies in several files says that one of them is wrong, not which; so it judges
 * none of them.
 */
import type { Geometry } from '../content/geometry.ts';
import type { Bitfield } from '../../ground/bitfield.ts';
import type { FileIndex, PieceIndex } from '../../ground/units.ts';

export interface PieceVerdicts {
  readonly right: Bitfield;
  readonly wrong: Bitfield;
  /** Some piece of each is wrong, and it is not known which: the torrent has no piece layer of it. */
  readonly wrongFiles: ReadonlySet<FileIndex>;
}

export interface FileVerdict {
  /** Pieces by what is known of them; together all pieces of the file. */
  readonly right: number;
  /** They lie in this file alone. */
  readonly wrong: number;
  /** Wrong, and they lie in other files as well. */
  readonly wrongShared: number;
  readonly unjudged: number;
}

export function judgeFile(geometry: Geometry, file: FileIndex, { right, wrong }: PieceVerdicts): FileVerdict {
  const count = { right: 0, wrong: 0, wrongShared: 0, unjudged: 0 };
  const [first, last] = geometry.filePieces(file) ?? [0, -1];
  for (let piece = first; piece <= last; piece++) {
    if (right.has(piece)) count.right++;
    else if (!wrong.has(piece)) count.unjudged++;
    else if (isShared(geometry, piece)) count.wrongShared++;
    else count.wrong++;
  }
  return count;
}

/** Bytes of several files lie in the piece. Pads do not count: they are zeros. */
export function isShared(geometry: Geometry, piece: PieceIndex): boolean {
  const slices = geometry.slices(piece, 0, geometry.pieceLength(piece));
  return slices.filter(({ file }) => !geometry.files[file]!.isPad).length > 1;
}

/**
 * `missing`: nothing has its name. `short`: its end is missing, and what there is is not wrong. `wrong`: it has bytes
 * that the torrent does not. `unjudged`: no piece says that it is wrong, and not all say that it is right.
 */
export type FileState = 'right' | 'wrong' | 'missing' | 'short' | 'unjudged';

/** @param size bytes on the disk; -1 when nothing has the name */
export function stateOf(
  geometry: Geometry,
  file: FileIndex,
  verdicts: PieceVerdicts,
  size: number,
): FileState {
  const verdict = judgeFile(geometry, file, verdicts);
  const { lengthBytes } = geometry.files[file]!;
  if (size < 0) return 'missing';
  if (verdict.wrong > 0 || size > lengthBytes || verdicts.wrongFiles.has(file)) return 'wrong';
  if (size < lengthBytes) return 'short';
  return verdict.wrongShared + verdict.unjudged > 0 ? 'unjudged' : 'right';
}
