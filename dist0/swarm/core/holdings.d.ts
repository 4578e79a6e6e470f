import type { Share, SwarmContext } from './context.ts';
import { Peer } from './peer.ts';
export declare class Holdings {
    #private;
    constructor(context: SwarmContext);
    /**
     * HAVE ALL, HAVE NONE or BITFIELD. BEP 3 allows one, at the start; aria2 and Transmission send theirs later or
     * again, so the last one counts.
     */
    handleAll(peer: Peer, what: 'all' | 'none' | Uint8Array): void;
    handleHave(peer: Peer, piece: number): void;
    handleDontHave(peer: Peer, piece: number): void;
    /** The metadata has come: what peers said before means something now. */
    handleMetadata(share: Share): void;
    /** A new peer, when the number of pieces is known already. */
    handleOpened(share: Share, peer: Peer): void;
    handleClosed(share: Share, peer: Peer): void;
    /** We have a piece more: tell those who lack it, and lose interest where nothing is left. */
    handleGained(piece: number, isTold: (peer: Peer) => boolean): void;
    /** Peers that came before the share was open have heard that we have nothing. */
    tellHad({ picker: { have } }: Share): void;
    /** After wishes changed, or pieces were lost. */
    recount(share: Share): void;
    updateInterest(peer: Peer): void;
}
