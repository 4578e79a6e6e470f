/**
 * The downloading half of a swarm: keeps every peer's request pipeline full with what the picker chooses, takes the
 * blocks, has complete pieces proved, and finds out who sent bad ones.
 */
import { type Instant } from '../../ground/units.ts';
import type { SwarmContext } from './context.ts';
import type { Peer } from './peer.ts';
export interface ProofVerdict {
    readonly isRight: boolean;
    /** SHA-256 of each block, when the driver has them: on failure, and when `wantsBlockHashes` asked for them. */
    readonly blockHashes?: Uint8Array;
    /** The data was right but could not be stored. */
    readonly storageFailed?: boolean;
}
export declare class Downloads {
    #private;
    isPaused: boolean;
    /** Something was freed: peers with room in their pipelines may have something to ask for. */
    hasNews: boolean;
    /** @param onLeavesWanted a v2 piece failed and the right leaves would name the guilty */
    constructor(context: SwarmContext, onLeavesWanted: (piece: number) => void);
    /** The driver should compute block hashes of this piece even if it proves right. */
    wantsBlockHashes(piece: number): boolean;
    /** Asks a peer for as much as its pipeline takes. */
    fill(peer: Peer): void;
    fillAll(): void;
    handlePiece(peer: Peer, piece: number, begin: number, block: Uint8Array): void;
    /** Returns true when the piece is ours now. */
    handleVerdict(piece: number, verdict: ProofVerdict): boolean;
    /** The right leaves of a piece came from a peer, proved against the piece's root. */
    handleLeaves(piece: number, leaves: Uint8Array): void;
    /** The peer choked us. Without the fast extension that drops our requests (BEP 3); with it, rejects follow. */
    handleChoke(peer: Peer): void;
    /**
     * Returns true when the peer refused a piece that it offered: choked, rejects are how our requests end (BEP 6);
     * unchoked, or for an allowed fast piece, asking again would go on for ever.
     */
    handleReject(peer: Peer, piece: number, begin: number): boolean;
    /** The peer will not answer what we asked. */
    releaseAll(peer: Peer): void;
    /** To us it is as if the peer had not the piece; it may have been a moment's trouble, so not for ever. */
    handleRefused(peer: Peer, piece: number): void;
    /** Called about twice a second. @param believe what a peer that refused a piece said before */
    handleTick(now: Instant, believe: (peer: Peer, piece: number) => void): void;
}
