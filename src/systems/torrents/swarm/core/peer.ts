/**
 * What a swarm knows of one connection. Data and small derived questions only; the machines decide.
 *
 * Phases: connecting (we dial) → handshake (their 68 bytes are due) → open (messages) → closed.
 */
import type { PeerAddress } from '../../../../ground/address.ts';
import { Bitfield } from '../../../../ground/bitfield.ts';
import type { Carrier } from '../../../../ground/ports.ts';
import { RateMeter } from '../../../../ground/rate-meter.ts';
import type { ConnectionId, Instant } from '../../../../ground/units.ts';
import { type FrameReceiver, MessageDecoder } from '../wire/decoder.ts';
import type { ExtendedHandshake } from '../wire/extensions.ts';
import { Outbox } from '../wire/messages.ts';
import { Conduct } from './conduct.ts';
import type { PickingPeer } from './picker.ts';
import { Pipeline } from './pipeline.ts';
import { RequestQueue } from './request-queue.ts';
import { Trial } from './trial.ts';

/**
 * In the end game a peer is asked for what others owe us only when it owes us little itself: among peers of one speed
 * most of what is asked twice comes twice (8 % of all blocks from four fast seeds).
 */
const END_GAME_REQUESTS = 4;

/** More advice than that is stale. */
const MAX_SUGGESTED = 32;

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
  readonly at: Instant;
}

const NO_BYTES = new Uint8Array(0);

export class Peer implements PickingPeer {
  readonly id: ConnectionId;
  readonly address: PeerAddress;
  readonly isOutgoing: boolean;
  /** It began with an encrypted handshake. */
  readonly isEncrypted: boolean;
  readonly openedAt: Instant;
  phase: PeerPhase;

  /** What carries it; found out when the first block goes to it. */
  carrier: Carrier | undefined;
  /** Where it listens, as far as known: the key under which it is remembered. */
  listenAddress: PeerAddress | undefined;
  /** In hex: a third of what an array of 20 bytes costs. */
  peerId: string | undefined;
  /** The info hash that an outgoing connection greets with. */
  greetsWith: Uint8Array | undefined;
  supportsFast = false;
  supportsExtensions = false;
  supportsV2 = false;
  extensions: ExtendedHandshake = {};
  isUploadOnly = false;

  readonly decoder: MessageDecoder = new MessageDecoder();
  /** Where its messages go, once it is open. */
  receiver: FrameReceiver | undefined;
  /** Handshake bytes that came in pieces. */
  handshakeBytes: Uint8Array = NO_BYTES;
  readonly outbox: Outbox = new Outbox();
  isDirty = false;
  lastReceivedAt: Instant;
  lastSentAt: Instant;

  have: Bitfield = new Bitfield(0);
  early: EarlyHave | undefined = { isAll: false, bits: undefined, pieces: new Set() };
  /** Pieces that it has, and we want and lack. */
  interestingCount = 0;
  amInterested = false;
  isChokingUs = true;
  #allowedFast: Set<number> | undefined;
  /** Pieces that it advised us to take (BEP 6), the latest last. */
  suggested: Set<number> | undefined;
  readonly requests: RequestQueue = new RequestQueue();
  readonly pipeline: Pipeline = new Pipeline();
  readonly download: RateMeter = new RateMeter();
  lastBlockAt: Instant | undefined;
  /** When it last took over requests from others. */
  relievedAt: Instant = Number.NEGATIVE_INFINITY;
  /** Blocks that came although nothing (any more) asked for them, less those that we cancelled or let time out. */
  unasked = 0;
  forgiven = 0;
  #cancelled: Set<number> | undefined;
  /** Pieces that it offered and refused, and when to believe the offer again. */
  refused: Map<number, Instant> | undefined;
  /** Pieces to which it contributed and which failed. */
  suspicion = 0;
  readonly trial: Trial = new Trial();

  isInterested = false;
  amChoking = true;
  #grantedFast: Set<number> | undefined;
  readonly uploads: UploadRequest[] = [];
  /** Bytes of blocks handed to the driver that the socket has not taken. */
  bytesInFlight = 0;
  /** When the socket last took some of them. */
  tookAt: Instant = 0;
  readonly upload: RateMeter = new RateMeter();
  unchokedAt: Instant | undefined;
  sentInSlot = 0;
  metadataServed = 0;
  readonly conduct: Conduct = new Conduct();
  /** Requests that were refused since we last choked it. */
  refusedRequests = 0;

  constructor(
    id: ConnectionId,
    address: PeerAddress,
    isOutgoing: boolean,
    now: Instant,
    isEncrypted: boolean = false,
  ) {
    this.id = id;
    this.address = address;
    this.isOutgoing = isOutgoing;
    this.isEncrypted = isEncrypted;
    this.openedAt = now;
    this.lastReceivedAt = now;
    this.lastSentAt = now;
    this.phase = isOutgoing ? 'connecting' : 'handshake';
    this.listenAddress = isOutgoing ? address : undefined;
  }

  // Most peers of a busy seed are silent, and have none of these.

  /** Pieces that it lets us request while it chokes us (BEP 6). */
  get allowedFast(): Set<number> {
    this.#allowedFast ??= new Set();
    return this.#allowedFast;
  }

  /** Pieces that we let it request while we choke it. */
  get grantedFast(): Set<number> {
    this.#grantedFast ??= new Set();
    return this.#grantedFast;
  }

  /** Requests that we cancelled and that it has not answered: with a reject, if it knows them (BEP 6). */
  get cancelled(): Set<number> {
    this.#cancelled ??= new Set();
    return this.#cancelled;
  }

  get isOpen(): boolean {
    return this.phase === 'open';
  }

  get isSeed(): boolean {
    return this.have.length > 0 && this.have.isFull;
  }

  get onlyPieces(): ReadonlySet<number> | undefined {
    return this.isChokingUs ? this.allowedFast : undefined;
  }

  get endGameRoom(): number {
    return END_GAME_REQUESTS - this.requests.length;
  }

  noteSuggestion(piece: number): void {
    this.suggested ??= new Set();
    if (this.suggested.size >= MAX_SUGGESTED) this.suggested.delete(this.suggested.values().next().value!);
    this.suggested.add(piece);
  }

  isAsked(piece: number, block: number): boolean {
    return this.requests.has(piece, block);
  }

  /** Bitfield bytes of another length or with spare bits set are refused. */
  static bitsFrom(early: EarlyHave, pieceCount: number): Bitfield | undefined {
    let field = new Bitfield(pieceCount);
    if (early.isAll) field.fillAll();
    else if (early.bits !== undefined) {
      const bits = Bitfield.fromBytes(early.bits, pieceCount);
      if (bits === undefined) return undefined;
      field = bits;
    }
    for (const piece of early.pieces) {
      if (piece >= pieceCount) return undefined;
      field.add(piece);
    }
    return field;
  }
}
