/**
 * Memory for pieces that are being fetched, shared with the worker threads. Slots of one piece each lie in arenas of a
 * few mebibytes; the picker bounds how many are in use.
 */
import type { PiecePool } from '../../content/node/piece-pool.ts';
export interface PieceSlot {
    readonly arena: number;
    readonly offset: number;
    readonly bytes: Uint8Array<SharedArrayBuffer>;
}
export declare class PieceMemory {
    #private;
    constructor(pool: PiecePool, pieceLength: number);
    store(piece: number, begin: number, block: Uint8Array): void;
    slot(piece: number): PieceSlot;
    release(piece: number): void;
    /** Gives all memory back. */
    close(): void;
}
