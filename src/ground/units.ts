/**
 * Branded numbers: a piece index is not a block index is not a byte offset. They cost nothing at run time.
 */
declare const brand: unique symbol;

/** Milliseconds on a monotonic clock whose zero means nothing. */
export type Instant = number & { readonly [brand]?: 'Instant' };
/** Index of a piece in a share, from 0. */
export type PieceIndex = number & { readonly [brand]?: 'PieceIndex' };
/** Index of a 16 KiB block within its piece, from 0. */
export type BlockIndex = number & { readonly [brand]?: 'BlockIndex' };
/** Index of a file in a share's file list, pad files included. */
export type FileIndex = number & { readonly [brand]?: 'FileIndex' };
/** A connection's number, unique within one swarm for the life of the process. */
export type ConnectionId = number & { readonly [brand]?: 'ConnectionId' };

/** The length of a request (BEP 3: "all current implementations use 2^14"); also a v2 leaf (BEP 52). */
export const BLOCK_LENGTH = 16_384;
