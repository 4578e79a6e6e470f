/**
 * The parts of a new version of a share that an older version has: whole files by the root of their Merkle tree
 * (v2, under any name and with any piece length), and pieces by their hash, in any place.
 */
import { toHex } from '../../ground/bytes.ts';
import type { FileIndex, PieceIndex } from '../../ground/units.ts';
import { Geometry, v1PieceHash, v2PieceHash } from './geometry.ts';
import type { Metainfo } from './model.ts';

export interface ReusePlan {
  readonly files: readonly { readonly from: FileIndex; readonly to: FileIndex }[];
  readonly pieces: readonly { readonly from: PieceIndex; readonly to: PieceIndex }[];
}

export function planReuse(before: Metainfo, now: Metainfo): ReusePlan {
  const files: { from: FileIndex; to: FileIndex }[] = [];
  const byRoot = new Map<string, FileIndex>();
  for (const [index, file] of before.info.files.entries()) {
    if (file.piecesRoot !== undefined) byRoot.set(`${toHex(file.piecesRoot)} ${file.lengthBytes}`, index);
  }
  const whole = new Set<FileIndex>();
  for (const [index, file] of now.info.files.entries()) {
    if (file.piecesRoot === undefined) continue;
    const from = byRoot.get(`${toHex(file.piecesRoot)} ${file.lengthBytes}`);
    if (from === undefined) continue;
    files.push({ from, to: index });
    whole.add(index);
  }
  return { files, pieces: matchPieces(before, now, whole) };
}

function matchPieces(
  before: Metainfo,
  now: Metainfo,
  whole: ReadonlySet<FileIndex>,
): { from: PieceIndex; to: PieceIndex }[] {
  if (before.info.pieceLength !== now.info.pieceLength) return [];
  const [older, newer] = [new Geometry(before.info), new Geometry(now.info)];
  const byHash = new Map<string, PieceIndex>();
  for (let piece = 0; piece < older.pieceCount; piece++) {
    for (const key of keysOf(before, older, piece)) byHash.set(key, piece);
  }
  const pieces: { from: PieceIndex; to: PieceIndex }[] = [];
  for (let piece = 0; piece < newer.pieceCount; piece++) {
    const slices = newer.slices(piece, 0, newer.pieceLength(piece));
    if (slices.every(({ file }) => whole.has(file))) continue;
    const from = keysOf(now, newer, piece)
      .map((key) => byHash.get(key))
      .find((found) => found !== undefined);
    if (from !== undefined) pieces.push({ from, to: piece });
  }
  return pieces;
}

function keysOf(metainfo: Metainfo, geometry: Geometry, piece: PieceIndex): string[] {
  const keys: string[] = [];
  const v1 = v1PieceHash(metainfo, piece);
  if (v1 !== undefined) keys.push(`1 ${toHex(v1)}`);
  const v2 = v2PieceHash(metainfo, geometry, piece);
  if (v2 !== undefined) keys.push(`2 ${toHex(v2)}`);
  return keys;
}
