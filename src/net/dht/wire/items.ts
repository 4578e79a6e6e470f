/**
 * Items of the DHT (BEP 44): what is signed, and under which target an item lies. BEP 46 puts an info hash into one.
 */
import { decodeBencode, encodeBencode, field } from '../../../ground/bencode.ts';
import { type Bytes, concatBytes, toUtf8 } from '../../../ground/bytes.ts';
import type { Hasher } from '../../../ground/ports.ts';

/** SHA-1 of the bencoded value. */
export function immutableTarget(value: Bytes, hasher: Hasher): Uint8Array {
  return hasher.sha1(value);
}

/** SHA-1 of public key and salt. */
export function mutableTarget(key: Bytes, salt: Bytes | undefined, hasher: Hasher): Uint8Array {
  return hasher.sha1(salt === undefined ? key : concatBytes([key, salt]));
}

/** The buffer that is signed: the fields as they stand in the message, without its dictionary. */
export function signedBytes(salt: Bytes | undefined, sequence: number, value: Bytes): Uint8Array {
  const head = toUtf8(`3:seqi${sequence}e1:v`);
  if (salt === undefined || salt.length === 0) return concatBytes([head, value]);
  return concatBytes([toUtf8(`4:salt${salt.length}:`), salt, head, value]);
}

/** The target of a BEP 46 item. Ours name the v2 hash as well: SHA-1 alone is no proof for a software update. */
export interface TorrentPointer {
  /** 20 bytes: v1, or v2 truncated. */
  readonly infoHash: Uint8Array;
  /** 32 bytes, under a key of our own (`ih2`). */
  readonly infoHashV2?: Uint8Array;
}

export function encodePointer(pointer: TorrentPointer): Uint8Array {
  return encodeBencode({ ih: pointer.infoHash, ih2: pointer.infoHashV2 });
}

export function decodePointer(value: Bytes): TorrentPointer | undefined {
  const decoded = decodeBencode(value, { maxDepth: 4, maxValues: 100 });
  if (!decoded.ok || !(decoded.value.value instanceof Map)) return undefined;
  const infoHash = field.bytes(decoded.value.value, 'ih');
  const infoHashV2 = field.bytes(decoded.value.value, 'ih2');
  if (infoHash?.length !== 20) return undefined;
  return {
    infoHash: infoHash.slice(),
    ...(infoHashV2?.length === 32 ? { infoHashV2: infoHashV2.slice() } : {}),
  };
}
