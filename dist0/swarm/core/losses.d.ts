import type { Share, SwarmContext } from './context.ts';
import type { Peer } from './peer.ts';
/**
 * Tells peers that we have them no more (BEP 54). Who cannot be told is let go: it may come back and hear the new
 * bitfield, instead of asking again and again for what it will not get.
 */
export declare function losePieces(context: SwarmContext, share: Share, pieces: readonly number[], isWanted: boolean): void;
/** Pieces that were lost are there again: those that are news. */
export declare function findPieces({ picker }: Share, pieces: readonly number[]): number[];
export interface UnreadBlock {
    readonly piece: number;
    readonly begin: number;
    readonly length: number;
}
/** A peer that knows no rejects would wait for ever: it may come again. */
export declare function refuseUnread(context: SwarmContext, peer: Peer | undefined, blocks: readonly UnreadBlock[]): void;
