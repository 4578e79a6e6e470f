/**
 * The packets of uTP (BEP 29), version 1: a header of 20 bytes, a chain of extensions, a payload.
 *
 * The decoder fills one object that its caller keeps, since a connection may take a hundred thousand packets a second.
 * Sequence numbers have 16 bits and wrap: they are compared by `distance`.
 */
import { readUint32, writeUint32 } from '../../../ground/bytes.ts';
import type { Malformed } from '../../../ground/result.ts';

export const HEADER_LENGTH = 20;
const VERSION = 1;

/** The upper half of the first byte. */
export const DATA = 0;
export const FIN = 1;
export const STATE = 2;
export const RESET = 3;
export const SYN = 4;

/** Extensions. BEP 29 names the first; libutp sends the second, eight bytes whose meaning is nowhere described. */
const SELECTIVE_ACK = 1;
const EXTENSION_BITS = 2;
const EXTENSION_BITS_LENGTH = 8;
/** Of no meaning: who does not know an extension skips it by its length. */
const PADDING = 0x70;
const MAX_EXTENSION_LENGTH = 255;
/** Type of the next extension, length of this one. */
const EXTENSION_HEADER_LENGTH = 2;
/** "must be at least 4, and in multiples of 4" (BEP 29); all that one extension holds. */
export const MAX_SACK_LENGTH = 252;

export interface PacketHeader {
  type: number;
  connectionId: number;
  /** When it was sent, by the sender's clock; microseconds modulo 2^32. */
  timestampMicros: number;
  /** How long the last packet of the other side took, clocks compared as they are; 0 when nothing came yet. */
  differenceMicros: number;
  /** Bytes that the sender takes beyond those that it acknowledges. */
  windowBytes: number;
  sequence: number;
  /** The last packet that arrived with all before it. */
  acknowledged: number;
}

export interface ReceivedPacket extends PacketHeader {
  /** Where the bits of the selective acknowledgement lie, and how many bytes of them. */
  sackAt: number;
  sackLength: number;
  payloadAt: number;
}

export function createReceivedPacket(): ReceivedPacket {
  return {
    type: STATE,
    connectionId: 0,
    timestampMicros: 0,
    differenceMicros: 0,
    windowBytes: 0,
    sequence: 0,
    acknowledged: 0,
    sackAt: 0,
    sackLength: 0,
    payloadAt: 0,
  };
}

const TOO_SHORT: Malformed = { code: 'utp-too-short', message: 'a packet of uTP has 20 bytes at least' };
const UNKNOWN: Malformed = { code: 'utp-unknown-type', message: 'only types 0 to 4 of version 1 are known' };
const TRUNCATED: Malformed = {
  code: 'utp-extension-truncated',
  message: 'an extension is longer than its packet',
};

/** Fills `into`, which has no meaning when what is wrong is returned. */
export function decodePacket(bytes: Uint8Array, into: ReceivedPacket): Malformed | undefined {
  const { length } = bytes;
  if (length < HEADER_LENGTH) return TOO_SHORT;
  const first = bytes[0]!;
  if ((first & 0x0f) !== VERSION || first >>> 4 > SYN) return UNKNOWN;
  into.type = first >>> 4;
  into.connectionId = (bytes[2]! << 8) | bytes[3]!;
  into.timestampMicros = readUint32(bytes, 4);
  into.differenceMicros = readUint32(bytes, 8);
  into.windowBytes = readUint32(bytes, 12);
  into.sequence = (bytes[16]! << 8) | bytes[17]!;
  into.acknowledged = (bytes[18]! << 8) | bytes[19]!;
  into.sackLength = 0;
  let at = HEADER_LENGTH;
  for (let extension = bytes[1]!; extension !== 0; ) {
    const start = at + EXTENSION_HEADER_LENGTH;
    if (start > length || start + bytes[at + 1]! > length) return TRUNCATED;
    const extensionLength = bytes[at + 1]!;
    if (extension === SELECTIVE_ACK) {
      into.sackAt = start;
      into.sackLength = extensionLength;
    }
    extension = bytes[at]!;
    at = start + extensionLength;
  }
  into.payloadAt = at;
  return undefined;
}

export function encodeHeader(out: Uint8Array, header: PacketHeader): void {
  out[0] = (header.type << 4) | VERSION;
  out[1] = 0;
  out[2] = header.connectionId >>> 8;
  out[3] = header.connectionId;
  writeUint32(out, 4, header.timestampMicros);
  writeUint32(out, 8, header.differenceMicros);
  writeUint32(out, 12, header.windowBytes);
  out[16] = header.sequence >>> 8;
  out[17] = header.sequence;
  out[18] = header.acknowledged >>> 8;
  out[19] = header.acknowledged;
}

/** Bytes of a selective acknowledgement whose bits reach `span` packets beyond the first missing one. */
export function sackLengthFor(span: number): number {
  return Math.min(MAX_SACK_LENGTH, ((span + 31) >>> 5) << 2);
}

/** Opens a selective acknowledgement behind an encoded header, all bits clear. Returns where its bits begin. */
export function beginSack(out: Uint8Array, length: number): number {
  out[1] = SELECTIVE_ACK;
  const at = HEADER_LENGTH + EXTENSION_HEADER_LENGTH;
  out[HEADER_LENGTH] = 0;
  out[HEADER_LENGTH + 1] = length;
  out.fill(0, at, at + length);
  return at;
}

/** Bit 0 stands for the packet after the first missing one; in each byte the lowest bit is the first. */
export function setSackBit(out: Uint8Array, at: number, bit: number): void {
  out[at + (bit >>> 3)]! |= 1 << (bit & 7);
}

export function hasSackBit(bytes: Uint8Array, at: number, bit: number): boolean {
  return ((bytes[at + (bit >>> 3)]! >>> (bit & 7)) & 1) === 1;
}

/** The least that `pad` adds. */
export const MIN_PADDING: number = EXTENSION_HEADER_LENGTH + EXTENSION_BITS_LENGTH;

/**
 * A packet of `size` bytes that says what `packet` says, which has no extension: between header and payload come extensions
 * that mean nothing. Undefined where extensions cannot fill the gap.
 */
export function pad(packet: Uint8Array, size: number): Uint8Array<ArrayBuffer> | undefined {
  let left = size - packet.length;
  if (left < MIN_PADDING) return undefined;
  const out = new Uint8Array(size);
  out.set(packet.subarray(0, HEADER_LENGTH));
  // libutp reads a packet only when its first extension is one that it knows.
  out[1] = EXTENSION_BITS;
  let at = HEADER_LENGTH;
  let contentLength = EXTENSION_BITS_LENGTH;
  for (;;) {
    left -= EXTENSION_HEADER_LENGTH + contentLength;
    out[at] = left > 0 ? PADDING : 0;
    out[at + 1] = contentLength;
    at += EXTENSION_HEADER_LENGTH + contentLength;
    if (left === 0) break;
    contentLength = Math.min(left - EXTENSION_HEADER_LENGTH, MAX_EXTENSION_LENGTH);
    if (left - contentLength - EXTENSION_HEADER_LENGTH === 1) contentLength--;
    if (contentLength < 0) return undefined;
  }
  out.set(packet.subarray(HEADER_LENGTH), at);
  return out;
}

/** How far `to` is after `from`: -32,768 to 32,767. */
export function distance(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}

export function next(sequence: number): number {
  return (sequence + 1) & 0xffff;
}
