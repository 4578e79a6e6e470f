/**
 * Peer messages: BEP 3, 6 (fast), 10 (extended), 52 (hashes). Encoders write into an `Outbox`; `dispatchMessage`
 * hands a decoded frame to a visitor, so that the hot path (piece, request, have) makes no message objects.
 */
import { type Bytes } from '../../ground/bytes.ts';
import type { Malformed } from '../../ground/result.ts';
export declare const MessageId: {
    readonly choke: 0;
    readonly unchoke: 1;
    readonly interested: 2;
    readonly notInterested: 3;
    readonly have: 4;
    readonly bitfield: 5;
    readonly request: 6;
    readonly piece: 7;
    readonly cancel: 8;
    readonly port: 9;
    readonly suggest: 13;
    readonly haveAll: 14;
    readonly haveNone: 15;
    readonly reject: 16;
    readonly allowedFast: 17;
    readonly extended: 20;
    readonly hashRequest: 21;
    readonly hashes: 22;
    readonly hashReject: 23;
};
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
/** Judges a frame by its first five bytes, before its payload is buffered. */
export declare function checkFrame(id: number, payloadLength: number): Malformed | undefined;
/** `payload` has passed `checkFrame`. Unknown ids are ignored, as BEP 3's extensions need. */
export declare function dispatchMessage(id: number, payload: Bytes, visitor: MessageVisitor): void;
/** Collects outgoing messages of one connection, so that a burst leaves in one write. */
export declare class Outbox {
    #private;
    get isEmpty(): boolean;
    /** Hands the bytes over; the outbox starts afresh. */
    take(): Uint8Array<ArrayBuffer>;
    /** Bytes that are already framed, such as the handshake. */
    raw(bytes: Bytes): void;
    keepAlive(): void;
    /** choke, unchoke, interested, not interested, have all, have none. */
    bare(id: number): void;
    /** have, suggest, allowed fast. */
    piece(id: number, piece: number): void;
    /** request, cancel, reject. */
    block(id: number, piece: number, begin: number, length: number): void;
    /** UDP port of our DHT node (BEP 5). */
    port(port: number): void;
    bitfield(bits: Bytes): void;
    extended(extendedId: number, payload: Bytes): void;
    /** hash request, hashes, hash reject. */
    hashRange(id: number, range: HashRange, hashes?: Bytes): void;
}
/** The 13 bytes before a block in a `piece` message. */
export declare const PIECE_HEADER_LENGTH = 13;
export declare function writePieceHeader(out: Bytes, at: number, piece: number, begin: number, length: number): void;
