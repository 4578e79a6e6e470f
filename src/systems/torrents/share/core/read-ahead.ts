/**
 * What to fetch for those who read a share while it loads: first what each waits for, then what each needs next, in turns,
 * so that one reader does not keep the others waiting.
 */
import type { Geometry } from '../../../../data/content/geometry.ts';

/** Positions in piece space. */
export interface ReaderPosition {
  readonly at: number;
  readonly end: number;
  /** It can go on only when its piece is here. */
  readonly isWaiting: boolean;
}

export interface ReadPlan {
  /** In order. */
  readonly pieces: readonly number[];
  /** So many of them are waited for. */
  readonly awaited: number;
}

/** Fetched ahead of a reader: some ten seconds of a film in high definition. */
const AHEAD_BYTES = 16 * 1024 * 1024;
/** All of them together are looked through for every request. */
const MAX_AHEAD_PIECES = 512;
/** A player shows nothing before it has so much. */
const AWAITED_BYTES = 128 * 1024;

export function planReading(
  readers: Iterable<ReaderPosition>,
  { nominalPieceLength }: Pick<Geometry, 'nominalPieceLength'>,
  isHere: (piece: number) => boolean,
): ReadPlan {
  const positions = [...readers];
  const ahead = Math.max(2, Math.min(MAX_AHEAD_PIECES, Math.ceil(AHEAD_BYTES / nominalPieceLength)));
  const pieces = new Set<number>();
  for (const { at, end, isWaiting } of positions) {
    if (!isWaiting) continue;
    const last = Math.min(end, at + AWAITED_BYTES) - 1;
    for (let piece = Math.floor(at / nominalPieceLength); piece * nominalPieceLength <= last; piece++)
      if (!isHere(piece)) pieces.add(piece);
  }
  const awaited = pieces.size;
  for (let step = 0; step < ahead && pieces.size < MAX_AHEAD_PIECES; step++) {
    for (const { at, end } of positions) {
      const piece = Math.floor(at / nominalPieceLength) + step;
      if (piece * nominalPieceLength < end && !isHere(piece)) pieces.add(piece);
    }
  }
  return { pieces: [...pieces], awaited };
}
