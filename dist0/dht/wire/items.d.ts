import { type Bytes } from '../../ground/bytes.ts';
import type { Hasher } from '../../ground/ports.ts';
/** SHA-1 of the bencoded value. */
export declare function immutableTarget(value: Bytes, hasher: Hasher): Uint8Array;
/** SHA-1 of public key and salt. */
export declare function mutableTarget(key: Bytes, salt: Bytes | undefined, hasher: Hasher): Uint8Array;
/** The buffer that is signed: the fields as they stand in the message, without its dictionary. */
export declare function signedBytes(salt: Bytes | undefined, sequence: number, value: Bytes): Uint8Array;
/** What a BEP 46 item points at. Ours name the v2 hash as well: SHA-1 alone is no proof for a software update. */
export interface TorrentPointer {
    /** 20 bytes: v1, or v2 truncated. */
    readonly infoHash: Uint8Array;
    /** 32 bytes, under a key of our own (`ih2`). */
    readonly infoHashV2?: Uint8Array;
}
export declare function encodePointer(pointer: TorrentPointer): Uint8Array;
export declare function decodePointer(value: Bytes): TorrentPointer | undefined;
