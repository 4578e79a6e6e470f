/**
 * The 68 bytes that open a connection (BEP 3): 19, "BitTorrent protocol", 8 reserved bytes, info hash, peer id.
 * Reserved bits used here: extension protocol (BEP 10), DHT (BEP 5), fast extension (BEP 6), v2 (BEP 52).
 */
import { type Bytes } from '../../ground/bytes.ts';
export declare const HANDSHAKE_LENGTH = 68;
export declare const INFO_HASH_LENGTH = 20;
export declare const PEER_ID_LENGTH = 20;
export interface Handshake {
    /** SHA-1 of the info dictionary, or the first 20 bytes of its SHA-256 in a v2 swarm (BEP 52). */
    readonly infoHash: Uint8Array;
    readonly peerId: Uint8Array;
    readonly supportsExtensions: boolean;
    readonly supportsFast: boolean;
    readonly supportsV2: boolean;
    readonly supportsDht?: boolean;
}
export declare function encodeHandshake(handshake: Handshake): Uint8Array<ArrayBuffer>;
/** Could these first bytes begin a handshake? Lets a listener drop other protocols at once. */
export declare function isHandshakePrefix(bytes: Bytes): boolean;
/** @param bytes at least HANDSHAKE_LENGTH; undefined when it is another protocol */
export declare function decodeHandshake(bytes: Bytes): Handshake | undefined;
