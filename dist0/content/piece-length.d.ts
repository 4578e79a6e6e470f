export declare const MIN_PIECE_LENGTH: number;
export declare const MAX_PIECE_LENGTH: number;
export declare function choosePieceLength(totalBytes: number): number;
/** BEP 52 wants a power of two from 16 KiB; we ask the same of v1, as most clients do. */
export declare function isPieceLength(length: number): boolean;
