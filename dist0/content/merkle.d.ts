/**
 * SHA-256 Merkle trees as BEP 52 builds them: leaves are the hashes of 16 KiB blocks (the last one short, never
 * zero-filled), the tree is completed to a power of two with all-zero leaves, and a file's `pieces root` is the top.
 * A layer is a flat byte array of 32-byte hashes.
 */
import { type Bytes } from '../ground/bytes.ts';
import type { Hasher } from '../ground/ports.ts';
export declare const HASH_LENGTH = 32;
/** The smallest power of two that is at least `count`; 1 for 0. */
export declare function completeWidth(count: number): number;
export declare function log2(powerOfTwo: number): number;
/** The root of a subtree of 2^height all-zero leaves. */
export declare function padHash(height: number, hasher: Hasher): Uint8Array;
export declare function hashPair(left: Bytes, right: Bytes, hasher: Hasher): Uint8Array;
/**
 * The root over `layer`, completed to `width` nodes with pads.
 * @param layer flat hashes, n × 32 bytes
 * @param width a power of two, at least n
 * @param layerHeight how high above the leaves the layer lies (0 = the leaves)
 */
export declare function merkleRoot(layer: Bytes, width: number, layerHeight: number, hasher: Hasher): Uint8Array;
/** Leaves that the tree under one piece of a file has: a file no longer than a piece has a smaller tree. */
export declare function pieceTreeWidth(fileLength: number, pieceLength: number): number;
/** How many hashes the piece layer of a file has; 0 when the `pieces root` itself is the only piece's hash. */
export declare function pieceLayerLength(fileLength: number, pieceLength: number): number;
/** Does a piece layer, as a torrent or peers hand it to us, hash up to the file's root? */
export declare function isPieceLayerOf(root: Bytes, layer: Bytes, fileLength: number, pieceLength: number, hasher: Hasher): boolean;
/**
 * Climbs from a node to the root with its uncles.
 * @param index the node's index within its layer
 * @param uncles flat hashes, lowest first
 */
export declare function climb(node: Bytes, index: number, uncles: Bytes, hasher: Hasher): Uint8Array;
