import { type Instant } from '../../ground/units.ts';
import { type HashRange } from '../wire/messages.ts';
import type { Share, SwarmContext } from './context.ts';
import type { Peer } from './peer.ts';
export declare class HashExchange {
    #private;
    constructor(context: SwarmContext, onLayer: (piecesRoot: Uint8Array) => void, onLeaves: (piece: number, leaves: Uint8Array) => void);
    get missingLayers(): number;
    /** Learns the roots, and lists the layers that are not known. */
    start(share: Share): void;
    wantLeaves(piece: number): void;
    /** Sends requests to whoever may answer. */
    request(): void;
    handleHashes(peer: Peer, range: HashRange, payload: Uint8Array): void;
    handleReject(peer: Peer, range: HashRange): void;
    handleClosed(peer: Peer): void;
    handleTick(now: Instant): void;
    handleRequest(peer: Peer, range: HashRange): void;
    /** @param leaves of the whole piece, or undefined when it could not be read */
    handleLeaves(peer: Peer, range: HashRange, piece: number, leaves: Uint8Array | undefined): void;
}
