/**
 * The 68 bytes that open a connection (BEP 3): 19, "BitTorrent protocol", 8 reserved bytes, info hash, peer id.
 * Reserved bits used here: extension protocol (BEP 10), DHT (BEP 5), fast extension (BEP 6), v2 (BEP 52).
 */
import { type Bytes, fromByteString } from '../../../../ground/bytes.ts';

export const HANDSHAKE_LENGTH = 68;
export const INFO_HASH_LENGTH = 20;
export const PEER_ID_LENGTH = 20;

const PROTOCOL = fromByteString('\x13BitTorrent protocol');
const RESERVED_AT = 20;
const INFO_HASH_AT = 28;
const PEER_ID_AT = 48;

export interface Handshake {
  /** SHA-1 of the info dictionary, or the first 20 bytes of its SHA-256 in a v2 swarm (BEP 52). */
  readonly infoHash: Uint8Array;
  readonly peerId: Uint8Array;
  readonly supportsExtensions: boolean;
  readonly supportsFast: boolean;
  readonly supportsV2: boolean;
  readonly supportsDht?: boolean;
}

export function encodeHandshake(handshake: Handshake): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(HANDSHAKE_LENGTH);
  out.set(PROTOCOL);
  if (handshake.supportsExtensions) out[RESERVED_AT + 5]! |= 0x10;
  if (handshake.supportsFast) out[RESERVED_AT + 7]! |= 0x04;
  if (handshake.supportsV2) out[RESERVED_AT + 7]! |= 0x10;
  if (handshake.supportsDht === true) out[RESERVED_AT + 7]! |= 0x01;
  out.set(handshake.infoHash, INFO_HASH_AT);
  out.set(handshake.peerId, PEER_ID_AT);
  return out;
}

/** Could these first bytes begin a handshake? Lets a listener drop other protocols at once. */
export function isHandshakePrefix(bytes: Bytes): boolean {
  const length = Math.min(bytes.length, PROTOCOL.length);
  for (let i = 0; i < length; i++) if (bytes[i] !== PROTOCOL[i]) return false;
  return true;
}

/** @param bytes at least HANDSHAKE_LENGTH; undefined when it is another protocol */
export function decodeHandshake(bytes: Bytes): Handshake | undefined {
  if (bytes.length < HANDSHAKE_LENGTH || !isHandshakePrefix(bytes)) return undefined;
  return {
    infoHash: bytes.slice(INFO_HASH_AT, PEER_ID_AT),
    peerId: bytes.slice(PEER_ID_AT, HANDSHAKE_LENGTH),
    supportsExtensions: (bytes[RESERVED_AT + 5]! & 0x10) !== 0,
    supportsFast: (bytes[RESERVED_AT + 7]! & 0x04) !== 0,
    supportsV2: (bytes[RESERVED_AT + 7]! & 0x10) !== 0,
    supportsDht: (bytes[RESERVED_AT + 7]! & 0x01) !== 0,
  };
}
