/**
 * What a swarm knows of one connection. Data and small derived questions only; the machines decide.
 *
 * Phases: connecting (we dial) → handshake (their 68 bytes are due) → open (messages) → closed.
 */
import type { Address } from '../../ground/address.ts';
import { Bitfield } from '../../ground/bitfield.ts';
import { RateMeter } from '../../ground/rate-meter.ts';
import type { ConnectionId, Instant } from '../../ground/units.ts';
import { MessageDecoder } from '../wire/decoder.ts';
import type { ExtendedHandshake } from '../wire/extensions.ts';
import { Outbox } from '../wire/messages.ts';
import { Conduct } from './conduct.ts';
import type { PickingPeer } from './picker.ts';
import { Pipeline } from './pipeline.ts';
import { RequestQueue } from './request-queue.ts';
export type PeerPhase = 'connecting' | 'handshake' | 'open' | 'closed';
/** What a peer said it has before we knew how many pieces there are. Bounded by the size of its messages. */
export interface EarlyHave {
    isAll: boolean;
    bits: Uint8Array | undefined;
    readonly pieces: Set<number>;
}
export interface UploadRequest {
    readonly piece: number;
    readonly begin: number;
    readonly length: number;
}
export declare class Peer implements PickingPeer {
    readonly id: ConnectionId;
    readonly address: Address;
    readonly isOutgoing: boolean;
    readonly openedAt: Instant;
    phase: PeerPhase;
    /** Where it listens, as far as known: the key under which it is remembered. */
    listenAddress: Address | undefined;
    peerId: Uint8Array | undefined;
    supportsFast: boolean;
    supportsExtensions: boolean;
    supportsV2: boolean;
    extensions: ExtendedHandshake;
    isUploadOnly: boolean;
    readonly decoder: MessageDecoder;
    /** Handshake bytes that came in pieces. */
    handshakeBytes: Uint8Array;
    readonly outbox: Outbox;
    isDirty: boolean;
    lastReceivedAt: Instant;
    lastSentAt: Instant;
    have: Bitfield;
    early: EarlyHave | undefined;
    /** Pieces that it has, and we want and lack. */
    interestingCount: number;
    amInterested: boolean;
    isChokingUs: boolean;
    /** Pieces that it lets us request while it chokes us (BEP 6). */
    readonly allowedFast: Set<number>;
    readonly requests: RequestQueue;
    readonly pipeline: Pipeline;
    readonly download: RateMeter;
    lastBlockAt: Instant | undefined;
    /** Blocks that came although nothing (any more) asked for them, less those that we cancelled or let time out. */
    unasked: number;
    forgiven: number;
    /** Requests that we cancelled and that it has not answered: with a reject, if it knows them (BEP 6). */
    readonly cancelled: Set<number>;
    /** Pieces that it offered and refused, and when to believe the offer again. */
    readonly refused: Map<number, Instant>;
    /** Pieces to which it contributed and which failed. */
    suspicion: number;
    isInterested: boolean;
    amChoking: boolean;
    readonly grantedFast: Set<number>;
    readonly uploads: UploadRequest[];
    /** Bytes of blocks handed to the driver that the socket has not taken. */
    bytesInFlight: number;
    readonly upload: RateMeter;
    unchokedAt: Instant | undefined;
    sentInSlot: number;
    metadataServed: number;
    readonly conduct: Conduct;
    /** Requests that were refused since we last choked it. */
    refusedRequests: number;
    constructor(id: ConnectionId, address: Address, isOutgoing: boolean, now: Instant);
    get isOpen(): boolean;
    get isSeed(): boolean;
    get onlyPieces(): ReadonlySet<number> | undefined;
    isAsked(piece: number, block: number): boolean;
    /** Bitfield bytes of another length or with spare bits set are refused. */
    static bitsFrom(early: EarlyHave, pieceCount: number): Bitfield | undefined;
}
