/**
 * Pieces in order of rarity: how many peers have each, and buckets of the pieces that may be started, keyed by
 * priority first and availability second. Moving a piece between buckets is O(1); order within a bucket is random.
 *
 * Invariant: a piece is in a bucket if and only if it is pickable: not started and of a priority above 0.
 */
import type { Prng } from '../../ground/ports.ts';
import type { Bitfield } from '../../ground/bitfield.ts';
export declare const PRIORITY_NORMAL = 4;
export declare const PRIORITY_MAX = 7;
export declare class RarityIndex {
    #private;
    constructor(pieceCount: number, prng: Prng);
    priority(piece: number): number;
    /** Peers that have the piece. */
    availability(piece: number): number;
    addSeed(): void;
    removeSeed(): void;
    addOne(piece: number): void;
    removeOne(piece: number): void;
    addAll(bits: Bitfield): void;
    removeAll(bits: Bitfield): void;
    setPriority(piece: number, priority: number): void;
    setStarted(piece: number, isStarted: boolean): void;
    isPickable(piece: number): boolean;
    /** May any piece be started that somebody has? */
    hasPickable(): boolean;
    /** May a piece be started that seeds alone have? */
    hasSeedOnly(): boolean;
    /** Has any peer the piece that is no seed? */
    isSpread(piece: number): boolean;
    /** The first pickable piece, by priority, then rarity, then chance, that `fits`. */
    findRarest(fits: (piece: number) => boolean): number | undefined;
}
