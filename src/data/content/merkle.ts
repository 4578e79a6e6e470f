/**
 * SHA-256 Merkle trees as BEP 52 builds them: leaves are the hashes of 16 KiB blocks (the last one short, never
 * zero-filled), the tree is completed to a power of two with all-zero leaves, and a file's `pieces root` is the top.
 * A layer is a flat byte array of 32-byte hashes.
 */
import { type Bytes, equalBytes } from '../../ground/bytes.ts';
import type { Hasher } from '../../ground/ports.ts';
import { BLOCK_LENGTH } from '../../ground/units.ts';

export const HASH_LENGTH = 32;
const NODE = new Uint8Array(2 * HASH_LENGTH);

/** The smallest power of two that is at least `count`; 1 for 0. */
export function completeWidth(count: number): number {
  let width = 1;
  while (width < count) width *= 2;
  return width;
}

export function log2(powerOfTwo: number): number {
  return Math.round(Math.log2(powerOfTwo));
}

const padHashes: Uint8Array[] = [new Uint8Array(HASH_LENGTH)];

/** The root of a subtree of 2^height all-zero leaves. */
export function padHash(height: number, hasher: Hasher): Uint8Array {
  while (padHashes.length <= height) {
    const below = padHashes[padHashes.length - 1]!;
    padHashes.push(hashPair(below, below, hasher));
  }
  return padHashes[height]!;
}

export function hashPair(left: Bytes, right: Bytes, hasher: Hasher): Uint8Array {
  NODE.set(left, 0);
  NODE.set(right, HASH_LENGTH);
  return hasher.sha256(NODE);
}

/**
 * The root over `layer`, completed to `width` nodes with pads.
 * @param layer flat hashes, n × 32 bytes
 * @param width a power of two, at least n
 * @param layerHeight how high above the leaves the layer lies (0 = the leaves)
 */
export function merkleRoot(layer: Bytes, width: number, layerHeight: number, hasher: Hasher): Uint8Array {
  let count = layer.length / HASH_LENGTH;
  if (count === 0) return padHash(layerHeight + log2(width), hasher);
  const nodes = new Uint8Array((count + 1) * HASH_LENGTH);
  nodes.set(layer);
  let height = layerHeight;
  for (let remaining = width; remaining > 1; remaining /= 2) {
    if (count % 2 === 1) nodes.set(padHash(height, hasher), count++ * HASH_LENGTH);
    for (let i = 0; i < count; i += 2) {
      nodes.set(hasher.sha256(nodes.subarray(i * HASH_LENGTH, (i + 2) * HASH_LENGTH)), (i / 2) * HASH_LENGTH);
    }
    count /= 2;
    height++;
  }
  return nodes.slice(0, HASH_LENGTH);
}

/** Leaves that the tree under one piece of a file has: a file no longer than a piece has a smaller tree. */
export function pieceTreeWidth(fileLength: number, pieceLength: number): number {
  const blocksPerPiece = pieceLength / BLOCK_LENGTH;
  if (fileLength > pieceLength) return blocksPerPiece;
  return completeWidth(Math.ceil(fileLength / BLOCK_LENGTH));
}

/** How many hashes the piece layer of a file has; 0 when the `pieces root` itself is the only piece's hash. */
export function pieceLayerLength(fileLength: number, pieceLength: number): number {
  return fileLength <= pieceLength ? 0 : Math.ceil(fileLength / pieceLength);
}

/** Does a piece layer, as a torrent or peers hand it to us, hash up to the file's root? */
export function isPieceLayerOf(
  root: Bytes,
  layer: Bytes,
  fileLength: number,
  pieceLength: number,
  hasher: Hasher,
): boolean {
  const count = pieceLayerLength(fileLength, pieceLength);
  if (count === 0 || layer.length !== count * HASH_LENGTH) return false;
  const height = log2(pieceLength / BLOCK_LENGTH);
  return equalBytes(merkleRoot(layer, completeWidth(count), height, hasher), root);
}

/**
 * Climbs from a node to the root with its uncles.
 * @param index the node's index within its layer
 * @param uncles flat hashes, lowest first
 */
export function climb(node: Bytes, index: number, uncles: Bytes, hasher: Hasher): Uint8Array {
  let current: Uint8Array = new Uint8Array(node);
  let at = index;
  for (let i = 0; i < uncles.length; i += HASH_LENGTH) {
    const uncle = uncles.subarray(i, i + HASH_LENGTH);
    current = at % 2 === 0 ? hashPair(current, uncle, hasher) : hashPair(uncle, current, hasher);
    at = Math.floor(at / 2);
  }
  return current;
}
