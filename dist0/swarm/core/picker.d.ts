import { Bitfield } from '../../ground/bitfield.ts';
import type { Prng } from '../../ground/ports.ts';
import type { ConnectionId } from '../../ground/units.ts';
import { RarityIndex } from './rarity-index.ts';
export interface PickerOptions {
    readonly pieceCount: number;
    readonly blockCount: (piece: number) => number;
    readonly prng: Prng;
    /** Pieces that may be active or proving at once: bounds the memory for their data. */
    readonly maxActivePieces: number;
    readonly isSequential?: boolean;
}
/** Asks for a block; called by `pick` for each choice. */
export type Ask = (piece: number, block: number) => void;
/** What the picker needs to know of the peer that it picks for. */
export interface PickingPeer {
    readonly id: ConnectionId;
    readonly have: Bitfield;
    /** While the peer chokes us, only these may be asked for (BEP 6). */
    readonly onlyPieces?: ReadonlySet<number> | undefined;
    isAsked(piece: number, block: number): boolean;
}
export declare class ActivePiece {
    readonly piece: number;
    readonly states: Uint8Array;
    /** How many peers owe us each block. */
    readonly asked: Uint8Array;
    /** Who sent each block; -1 for nobody yet. */
    readonly sources: Int32Array;
    /** After a failed hash a piece comes from one peer alone, so that the next verdict names the guilty. */
    exclusiveTo: ConnectionId | undefined;
    readonly isExclusive: boolean;
    here: number;
    free: number;
    constructor(piece: number, blockCount: number, isExclusive: boolean);
    get isComplete(): boolean;
}
export declare class Picker {
    #private;
    readonly have: Bitfield;
    readonly rarity: RarityIndex;
    constructor(options: PickerOptions);
    /** Wanted pieces that are not had. */
    get wantedLeft(): number;
    get activeCount(): number;
    isWanted(piece: number): boolean;
    active(piece: number): ActivePiece | undefined;
    activePieces(): IterableIterator<ActivePiece>;
    /** 0 unwanted, 1 low … 4 normal … 7 first. An active piece that becomes unwanted is finished all the same. */
    setPriority(piece: number, priority: number): void;
    /** The piece is on disk, proved: at start, or by `handleVerdict`. */
    markHad(piece: number): void;
    /** The piece is no longer on disk. */
    markLost(piece: number): void;
    /** Asks for up to `count` blocks; returns how many were asked for. */
    pick(peer: PickingPeer, count: number, ask: Ask): number;
    /** A block came. `unwanted` when its piece is not being fetched or the block is here already. */
    handleBlock(piece: number, block: number, from: ConnectionId): 'taken' | 'unwanted';
    /** The peer will not answer: it choked, rejected, timed out or went. */
    release(piece: number, block: number): void;
    /** A peer went or is distrusted: pieces that only it might fetch are open to all again. */
    releaseExclusive(id: ConnectionId): void;
    handleVerdict(piece: number, isRight: boolean): void;
    /** Forgets the blocks of an active piece, for instance when they could not be stored. */
    abandon(piece: number): void;
    failures(piece: number): number;
}
