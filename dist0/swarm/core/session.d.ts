import type { FrameReceiver } from '../wire/decoder.ts';
import { type HashRange, type MessageVisitor } from '../wire/messages.ts';
import type { SwarmContext } from './context.ts';
import type { Downloads } from './downloads.ts';
import type { HashExchange } from './hash-exchange.ts';
import type { Holdings } from './holdings.ts';
import type { MetadataExchange } from './metadata-exchange.ts';
import type { Peer } from './peer.ts';
import type { PeerExchange } from './pex.ts';
import type { Uploads } from './uploads.ts';
export interface SessionRoutes {
    readonly context: SwarmContext;
    readonly downloads: Downloads;
    readonly uploads: Uploads;
    readonly holdings: Holdings;
    readonly metadata: MetadataExchange;
    readonly hashes: HashExchange;
    readonly pex: PeerExchange;
    /** The peer told its extensions, its listening port, its client. */
    onExtensions(peer: Peer): void;
    /** The peer has a piece that it lacked. */
    onHave(peer: Peer, piece: number): void;
    onUploadOnly(peer: Peer): void;
    /** The peer runs a DHT node on that UDP port (BEP 5). */
    onDhtPort(peer: Peer, port: number): void;
}
export declare class Session implements FrameReceiver, MessageVisitor {
    #private;
    constructor(peer: Peer, routes: SessionRoutes);
    onFrame(id: number, payload: Uint8Array): boolean;
    onKeepAlive(): void;
    onPiece(piece: number, begin: number, block: Uint8Array): void;
    onRequest(piece: number, begin: number, length: number): void;
    onCancel(piece: number, begin: number, length: number): void;
    onReject(piece: number, begin: number): void;
    onChoke(): void;
    onUnchoke(): void;
    onInterested(): void;
    onNotInterested(): void;
    onHave(piece: number): void;
    onBitfield(bits: Uint8Array): void;
    onHaveAll(): void;
    onHaveNone(): void;
    onAllowedFast(piece: number): void;
    /** A hint about the sender's cache (BEP 6): rarity matters more to the swarm. */
    onSuggest(): void;
    onPort(port: number): void;
    onExtended(extendedId: number, payload: Uint8Array): void;
    onHashRequest(range: HashRange): void;
    onHashes(range: HashRange, hashes: Uint8Array): void;
    onHashReject(range: HashRange): void;
}
