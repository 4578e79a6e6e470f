import { type Instant } from '../../ground/units.ts';
import type { SwarmContext } from './context.ts';
import type { Peer } from './peer.ts';
/** `reqq` that we tell peers; a few more are taken, since a peer may count differently. */
export declare const OUR_REQUEST_QUEUE = 2000;
export declare class Uploads {
    #private;
    /** Super-seeding hides pieces from peers: only revealed ones may be requested. */
    mayServe: (peer: Peer, piece: number) => boolean;
    onServed: (peer: Peer, piece: number) => void;
    constructor(context: SwarmContext, slots: number);
    handleRequest(peer: Peer, piece: number, begin: number, length: number): void;
    /** Returns false when nothing was there to cancel. */
    handleCancel(peer: Peer, piece: number, begin: number, length: number): boolean;
    handleSent(peer: Peer, bytes: number): void;
    /** Hands out blocks while windows and limits have room: one per peer and turn when a limit makes them compete. */
    serve(): void;
    handleClosed(peer: Peer): void;
    /** A peer became interested or lost interest: a slot may be free, and need not idle until the next round. */
    handleInterest(): void;
    handleTick(now: Instant): void;
    /**
     * BEP 6: a few pieces for a newcomer that has nothing to trade. Not in a crowd: there the slots are the scarce thing,
     * and what choked peers take is missing where the choker wants it (a flash crowd took twice as long).
     */
    grantFastPieces(peer: Peer, infoHash: Uint8Array): void;
}
