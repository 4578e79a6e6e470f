/**
 * Chooses a piece length. Small pieces let a peer pass data on sooner and waste less on a bad block; large ones keep
 * metadata small. About 1,500 pieces is where common clients aim; past 16 MiB some refuse.
 */
import { BLOCK_LENGTH } from '../../ground/units.ts';

export const MIN_PIECE_LENGTH: number = BLOCK_LENGTH;
export const MAX_PIECE_LENGTH: number = 64 * 1024 * 1024;
const LARGEST_CHOSEN = 16 * 1024 * 1024;
const AIMED_PIECES = 1500;

export function choosePieceLength(totalBytes: number): number {
  let length = BLOCK_LENGTH;
  while (length < LARGEST_CHOSEN && totalBytes / length > AIMED_PIECES) length *= 2;
  return length;
}

/** BEP 52 wants a power of two from 16 KiB; we ask the same of v1, as most clients do. */
export function isPieceLength(length: number): boolean {
  return (
    Number.isInteger(length) &&
    length >= MIN_PIECE_LENGTH &&
    length <= MAX_PIECE_LENGTH &&
    Number.isInteger(Math.log2(length))
  );
}
