/**
 * Peer messages: BEP 3, 6 (fast), 10 (extended), 52 (hashes). Encoders write into an `Outbox`; `dispatchMessage`
 * hands a decoded frame to a visitor, so that the hot path (piece, request, have) makes no message objects.
 */
import { type Bytes, readUint32, writeUint32 } from '../../../../ground/bytes.ts';
import type { Malformed } from '../../../../ground/result.ts';
import { BLOCK_LENGTH } from '../../../../ground/units.ts';

export const MessageId = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  notInterested: 3,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
  cancel: 8,
  port: 9,
  suggest: 13,
  haveAll: 14,
  haveNone: 15,
  reject: 16,
  allowedFast: 17,
  extended: 20,
  hashRequest: 21,
  hashes: 22,
  hashReject: 23,
} as const;

/** BEP 52: which hashes of a file's tree. `baseLayer` 0 is the leaves; `length` is a power of two. */
export interface HashRange {
  readonly piecesRoot: Uint8Array;
  readonly baseLayer: number;
  readonly index: number;
  readonly length: number;
  readonly proofLayers: number;
}

export interface MessageVisitor {
  onChoke(): void;
  onUnchoke(): void;
  onInterested(): void;
  onNotInterested(): void;
  onHave(piece: number): void;
  /** All byte views passed to a visitor are valid only during the call. */
  onBitfield(bits: Bytes): void;
  onRequest(piece: number, begin: number, length: number): void;
  onPiece(piece: number, begin: number, block: Bytes): void;
  onCancel(piece: number, begin: number, length: number): void;
  onPort(port: number): void;
  onSuggest(piece: number): void;
  onHaveAll(): void;
  onHaveNone(): void;
  onReject(piece: number, begin: number, length: number): void;
  onAllowedFast(piece: number): void;
  onExtended(extendedId: number, payload: Bytes): void;
  onHashRequest(range: HashRange): void;
  onHashes(range: HashRange, hashes: Bytes): void;
  onHashReject(range: HashRange): void;
}

/** 2^24 pieces (content's bound) as bits. */
const MAX_BITFIELD = 1 << 21;
/** A block of metadata is 16 KiB (BEP 9) plus a dictionary; extended handshakes and PEX stay far below. */
const MAX_EXTENDED = 128 * 1024;
const HASH_RANGE_LENGTH = 48;
/** 8,192 hashes and a proof to the top of the tallest tree. */
const MAX_HASHES = HASH_RANGE_LENGTH + (8192 + 64) * 32;

const EXACT: ReadonlyMap<number, number> = new Map<number, number>([
  [MessageId.choke, 0],
  [MessageId.unchoke, 0],
  [MessageId.interested, 0],
  [MessageId.notInterested, 0],
  [MessageId.have, 4],
  [MessageId.request, 12],
  [MessageId.cancel, 12],
  [MessageId.port, 2],
  [MessageId.suggest, 4],
  [MessageId.haveAll, 0],
  [MessageId.haveNone, 0],
  [MessageId.reject, 12],
  [MessageId.allowedFast, 4],
  [MessageId.hashRequest, HASH_RANGE_LENGTH],
  [MessageId.hashReject, HASH_RANGE_LENGTH],
]);

/** Judges a frame by its first five bytes, before its payload is buffered. */
export function checkFrame(id: number, payloadLength: number): Malformed | undefined {
  const exact = EXACT.get(id);
  if (exact !== undefined) return exact === payloadLength ? undefined : wrongLength(id, payloadLength);
  if (id === MessageId.piece) {
    return payloadLength > 8 && payloadLength <= 8 + BLOCK_LENGTH
      ? undefined
      : wrongLength(id, payloadLength);
  }
  if (id === MessageId.bitfield)
    return payloadLength <= MAX_BITFIELD ? undefined : wrongLength(id, payloadLength);
  if (id === MessageId.hashes) {
    const fits = payloadLength > HASH_RANGE_LENGTH && payloadLength <= MAX_HASHES;
    return fits && (payloadLength - HASH_RANGE_LENGTH) % 32 === 0
      ? undefined
      : wrongLength(id, payloadLength);
  }
  return payloadLength <= MAX_EXTENDED ? undefined : wrongLength(id, payloadLength);
}

function wrongLength(id: number, length: number): Malformed {
  return { code: 'peer-message-length', message: `message ${id} with a payload of ${length} bytes` };
}

/** `payload` has passed `checkFrame`. Unknown ids are ignored, as BEP 3's extensions need. */
export function dispatchMessage(id: number, payload: Bytes, visitor: MessageVisitor): void {
  switch (id) {
    case MessageId.piece:
      visitor.onPiece(readUint32(payload, 0), readUint32(payload, 4), payload.subarray(8));
      return;
    case MessageId.request:
      visitor.onRequest(readUint32(payload, 0), readUint32(payload, 4), readUint32(payload, 8));
      return;
    case MessageId.have:
      visitor.onHave(readUint32(payload, 0));
      return;
    case MessageId.cancel:
      visitor.onCancel(readUint32(payload, 0), readUint32(payload, 4), readUint32(payload, 8));
      return;
    case MessageId.reject:
      visitor.onReject(readUint32(payload, 0), readUint32(payload, 4), readUint32(payload, 8));
      return;
    default:
      dispatchRare(id, payload, visitor);
  }
}

function dispatchRare(id: number, payload: Bytes, visitor: MessageVisitor): void {
  switch (id) {
    case MessageId.choke:
      return visitor.onChoke();
    case MessageId.unchoke:
      return visitor.onUnchoke();
    case MessageId.interested:
      return visitor.onInterested();
    case MessageId.notInterested:
      return visitor.onNotInterested();
    case MessageId.bitfield:
      return visitor.onBitfield(payload);
    case MessageId.port:
      return visitor.onPort((payload[0]! << 8) | payload[1]!);
    case MessageId.suggest:
      return visitor.onSuggest(readUint32(payload, 0));
    case MessageId.haveAll:
      return visitor.onHaveAll();
    case MessageId.haveNone:
      return visitor.onHaveNone();
    case MessageId.allowedFast:
      return visitor.onAllowedFast(readUint32(payload, 0));
    case MessageId.extended:
      if (payload.length > 0) visitor.onExtended(payload[0]!, payload.subarray(1));
      return;
    case MessageId.hashRequest:
      return visitor.onHashRequest(readHashRange(payload));
    case MessageId.hashes:
      return visitor.onHashes(readHashRange(payload), payload.subarray(HASH_RANGE_LENGTH));
    case MessageId.hashReject:
      return visitor.onHashReject(readHashRange(payload));
  }
}

function readHashRange(payload: Bytes): HashRange {
  return {
    piecesRoot: payload.slice(0, 32),
    baseLayer: readUint32(payload, 32),
    index: readUint32(payload, 36),
    length: readUint32(payload, 40),
    proofLayers: readUint32(payload, 44),
  };
}

/** Collects outgoing messages of one connection, so that a burst leaves in one write. */
const NOTHING = new Uint8Array(0);
/** Bytes: a first guess at the next burst lies between these. */
const MIN_BURST = 64;
const MAX_BURST = 16_384;

export class Outbox {
  #buffer = NOTHING;
  #length = 0;
  /** What the last burst took. */
  #expected = MIN_BURST;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Hands the bytes over; the outbox starts afresh, and keeps nothing. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = this.#buffer.subarray(0, this.#length);
    this.#expected = Math.max(MIN_BURST, Math.min(this.#length, MAX_BURST));
    this.#buffer = NOTHING;
    this.#length = 0;
    return bytes;
  }

  /** Bytes that are already framed, such as the handshake. */
  raw(bytes: Bytes): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  keepAlive(): void {
    this.#reserve(4);
    writeUint32(this.#buffer, this.#length, 0);
    this.#length += 4;
  }

  /** choke, unchoke, interested, not interested, have all, have none. */
  bare(id: number): void {
    this.#start(id, 0);
  }

  /** have, suggest, allowed fast. */
  piece(id: number, piece: number): void {
    this.#uint32(this.#start(id, 4), piece);
  }

  /** request, cancel, reject. */
  block(id: number, piece: number, begin: number, length: number): void {
    const at = this.#start(id, 12);
    this.#uint32(at, piece);
    this.#uint32(at + 4, begin);
    this.#uint32(at + 8, length);
  }

  /** UDP port of our DHT node (BEP 5). */
  port(port: number): void {
    const at = this.#start(MessageId.port, 2);
    this.#buffer[at] = port >>> 8;
    this.#buffer[at + 1] = port;
  }

  bitfield(bits: Bytes): void {
    // `#start` may move to a larger buffer, so it comes first.
    const at = this.#start(MessageId.bitfield, bits.length);
    this.#buffer.set(bits, at);
  }

  extended(extendedId: number, payload: Bytes): void {
    const at = this.#start(MessageId.extended, payload.length + 1);
    this.#buffer[at] = extendedId;
    this.#buffer.set(payload, at + 1);
  }

  /** hash request, hashes, hash reject. */
  hashRange(id: number, range: HashRange, hashes: Bytes = new Uint8Array(0)): void {
    const at = this.#start(id, HASH_RANGE_LENGTH + hashes.length);
    this.#buffer.set(range.piecesRoot, at);
    this.#uint32(at + 32, range.baseLayer);
    this.#uint32(at + 36, range.index);
    this.#uint32(at + 40, range.length);
    this.#uint32(at + 44, range.proofLayers);
    this.#buffer.set(hashes, at + HASH_RANGE_LENGTH);
  }

  /** Writes length and id; returns where the payload goes. */
  #start(id: number, payloadLength: number): number {
    this.#reserve(5 + payloadLength);
    writeUint32(this.#buffer, this.#length, payloadLength + 1);
    this.#buffer[this.#length + 4] = id;
    const at = this.#length + 5;
    this.#length = at + payloadLength;
    return at;
  }

  #uint32(at: number, value: number): void {
    writeUint32(this.#buffer, at, value);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const least = this.#length === 0 ? this.#expected : 2 * this.#buffer.length;
    const grown = new Uint8Array(Math.max(least, this.#length + more));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}

/** The 13 bytes before a block in a `piece` message. */
export const PIECE_HEADER_LENGTH = 13;

export function writePieceHeader(out: Bytes, at: number, piece: number, begin: number, length: number): void {
  writeUint32(out, at, 9 + length);
  out[at + 4] = MessageId.piece;
  writeUint32(out, at + 5, piece);
  writeUint32(out, at + 9, begin);
}
