import { type Metainfo } from '../../content/metainfo.ts';
import { type Address } from '../../ground/address.ts';
import type { Hasher, Prng } from '../../ground/ports.ts';
import { RateMeter } from '../../ground/rate-meter.ts';
import type { TokenBucket } from '../../ground/token-bucket.ts';
import type { ConnectionId, Instant } from '../../ground/units.ts';
import type { Handshake } from '../wire/handshake.ts';
import { type HashRange, type Outbox } from '../wire/messages.ts';
import type { Share, SwarmContext } from './context.ts';
import { Downloads, type ProofVerdict } from './downloads.ts';
import { HashExchange } from './hash-exchange.ts';
import { Holdings } from './holdings.ts';
import { type UnreadBlock } from './losses.ts';
import { MetadataExchange } from './metadata-exchange.ts';
import { Peer } from './peer.ts';
import { PeerExchange } from './pex.ts';
import { PeerPool, type PeerSource } from './peer-pool.ts';
import { type SessionRoutes } from './session.ts';
import type { Blame, SwarmSink } from './sink.ts';
import { Uploads } from './uploads.ts';
export interface SwarmOptions {
    readonly sink: SwarmSink;
    readonly prng: Prng;
    readonly hasher: Hasher;
    readonly peerId: Uint8Array;
    readonly clientName: string;
    /** 20 bytes; a hybrid share has both. */
    readonly infoHashV1?: Uint8Array | undefined;
    /** 32 bytes. */
    readonly infoHashV2?: Uint8Array | undefined;
    /** The info dictionary is to be fetched from peers (BEP 9); else the driver brings it. */
    readonly needsMetadata: boolean;
    readonly listenPort: number;
    /** UDP port of our DHT node, told to peers (BEP 5); undefined when there is none. */
    readonly dhtPort?: number | undefined;
    readonly downloadLimit: TokenBucket;
    readonly uploadLimit: TokenBucket;
    readonly maxPeers: number;
    readonly uploadSlots: number;
    /** Memory for pieces that are being fetched. */
    readonly pieceMemoryBytes: number;
    readonly isSequential?: boolean;
    readonly isSuperSeeding?: boolean;
}
export declare class Swarm implements SwarmContext, SessionRoutes {
    #private;
    readonly peers: Map<ConnectionId, Peer>;
    readonly pool: PeerPool;
    readonly downloads: Downloads;
    readonly uploads: Uploads;
    readonly holdings: Holdings;
    readonly metadata: MetadataExchange;
    readonly hashes: HashExchange;
    readonly pex: PeerExchange;
    readonly downloaded: RateMeter;
    readonly uploaded: RateMeter;
    now: Instant;
    share: Share | undefined;
    constructor(options: SwarmOptions);
    get context(): SwarmContext;
    get sink(): SwarmSink;
    get prng(): Prng;
    get hasher(): Hasher;
    get downloadLimit(): TokenBucket;
    get uploadLimit(): TokenBucket;
    /** Peers come from the trackers only (BEP 27); false while the metadata is unknown. */
    get isPrivate(): boolean;
    /** Every wanted piece is here. */
    get isComplete(): boolean;
    /** The number for an incoming connection. */
    nextId(): ConnectionId;
    /**
     * The metadata is known, from the start or since the `metadata` event, and there are files to fetch to.
     * `had` lists pieces that are on disk and proved.
     */
    handleShare(now: Instant, metainfo: Metainfo, had: Iterable<number>): void;
    /** Priorities of all pieces: 0 unwanted to 7 first. Pieces whose hash is not known yet wait in any case. */
    handlePriorities(now: Instant, priorityOf: (piece: number) => number): void;
    handleCandidates(now: Instant, addresses: readonly Address[], source: PeerSource): void;
    /** An outgoing connection stands. */
    handleConnected(now: Instant, id: ConnectionId): void;
    /** An incoming connection whose handshake named this swarm. */
    handleIncoming(now: Instant, id: ConnectionId, address: Address, handshake: Handshake): void;
    handleReceived(now: Instant, id: ConnectionId, chunk: Uint8Array): void;
    /** Block bytes that the socket has taken. */
    handleSent(now: Instant, id: ConnectionId, bytes: number): void;
    /** The connection is gone, or could not be made. */
    handleClosed(now: Instant, id: ConnectionId, blame: Blame): void;
    handleVerdict(now: Instant, piece: number, verdict: ProofVerdict): void;
    /** Pieces are not on the disk any more, or changed. @param isWanted fetch them again */
    handleLost(now: Instant, pieces: readonly number[], isWanted: boolean): void;
    /** Pieces that were lost are there again. */
    handleFound(now: Instant, pieces: readonly number[]): void;
    /** Blocks that were to be sent could not be read: none of them went out. */
    handleUnread(now: Instant, id: ConnectionId, blocks: readonly UnreadBlock[]): void;
    handleLeaves(now: Instant, id: ConnectionId, range: HashRange, piece: number, leaves: Uint8Array | undefined): void;
    /** Fetching rests (a full disk) or goes on. */
    handlePaused(now: Instant, isPaused: boolean): void;
    /** Closes every connection; nothing follows. */
    handleStop(now: Instant): void;
    handleTimeout(now: Instant): void;
    /** When `handleTimeout` is due; undefined for a swarm that waits for others only. */
    nextTimeout(): Instant | undefined;
    to(peer: Peer): Outbox;
    wakeIn(ms: number): void;
    close(peer: Peer, blame: Blame): void;
    onExtensions(peer: Peer): void;
    onHave(peer: Peer, piece: number): void;
    onUploadOnly(peer: Peer): void;
    onDhtPort(peer: Peer, port: number): void;
}
