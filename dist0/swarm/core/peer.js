import { Bitfield } from '../../ground/bitfield.js';
import { RateMeter } from '../../ground/rate-meter.js';
import { MessageDecoder } from '../wire/decoder.js';
import { Outbox } from '../wire/messages.js';
import { Conduct } from './conduct.js';
import { Pipeline } from './pipeline.js';
import { RequestQueue } from './request-queue.js';
export class Peer {
    id;
    address;
    isOutgoing;
    openedAt;
    phase;
    /** Where it listens, as far as known: the key under which it is remembered. */
    listenAddress;
    peerId;
    supportsFast = false;
    supportsExtensions = false;
    supportsV2 = false;
    extensions = {};
    isUploadOnly = false;
    decoder = new MessageDecoder();
    /** Handshake bytes that came in pieces. */
    handshakeBytes = new Uint8Array(0);
    outbox = new Outbox();
    isDirty = false;
    lastReceivedAt;
    lastSentAt;
    have = new Bitfield(0);
    early = { isAll: false, bits: undefined, pieces: new Set() };
    /** Pieces that it has, and we want and lack. */
    interestingCount = 0;
    amInterested = false;
    isChokingUs = true;
    /** Pieces that it lets us request while it chokes us (BEP 6). */
    allowedFast = new Set();
    requests = new RequestQueue();
    pipeline = new Pipeline();
    download = new RateMeter();
    lastBlockAt;
    /** Blocks that came although nothing (any more) asked for them, less those that we cancelled or let time out. */
    unasked = 0;
    forgiven = 0;
    /** Requests that we cancelled and that it has not answered: with a reject, if it knows them (BEP 6). */
    cancelled = new Set();
    /** Pieces that it offered and refused, and when to believe the offer again. */
    refused = new Map();
    /** Pieces to which it contributed and which failed. */
    suspicion = 0;
    isInterested = false;
    amChoking = true;
    grantedFast = new Set();
    uploads = [];
    /** Bytes of blocks handed to the driver that the socket has not taken. */
    bytesInFlight = 0;
    upload = new RateMeter();
    unchokedAt;
    sentInSlot = 0;
    metadataServed = 0;
    conduct = new Conduct();
    /** Requests that were refused since we last choked it. */
    refusedRequests = 0;
    constructor(id, address, isOutgoing, now) {
        this.id = id;
        this.address = address;
        this.isOutgoing = isOutgoing;
        this.openedAt = now;
        this.lastReceivedAt = now;
        this.lastSentAt = now;
        this.phase = isOutgoing ? 'connecting' : 'handshake';
        this.listenAddress = isOutgoing ? address : undefined;
    }
    get isOpen() {
        return this.phase === 'open';
    }
    get isSeed() {
        return this.have.length > 0 && this.have.isFull;
    }
    get onlyPieces() {
        return this.isChokingUs ? this.allowedFast : undefined;
    }
    isAsked(piece, block) {
        return this.requests.has(piece, block);
    }
    /** Bitfield bytes of another length or with spare bits set are refused. */
    static bitsFrom(early, pieceCount) {
        let field = new Bitfield(pieceCount);
        if (early.isAll)
            field.fillAll();
        else if (early.bits !== undefined) {
            const bits = Bitfield.fromBytes(early.bits, pieceCount);
            if (bits === undefined)
                return undefined;
            field = bits;
        }
        for (const piece of early.pieces) {
            if (piece >= pieceCount)
                return undefined;
            field.add(piece);
        }
        return field;
    }
}
