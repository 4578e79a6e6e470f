/**
 * Content identifiers (multiformats/cid) and multihashes, as far as rules need them: which hash do they name? Version 0 is a
 * bare multihash in base58btc, version 1 has a base, a codec and a multihash.
 *
 * An info hash is a CID as well: codec `torrent-info`, multihash `sha1` of 20 bytes (v1) or `sha2-256` of 32 (v2).
 */
import type { Bytes } from '../../../ground/bytes.ts';
import { concatBytes } from '../../../ground/bytes.ts';
import { fail, type Result, succeed } from '../../../ground/result.ts';
import { decodeBase58, decodeMultibase, encodeBase32 } from './multibase.ts';

/** multiformats/multicodec */
export const SHA1 = 0x11;
export const SHA2_256 = 0x12;
export const DAG_PB = 0x70;
export const TORRENT_INFO = 0x7b;

/** Names of hash functions for messages. */
const FUNCTION_NAMES: Readonly<Record<number, string>> = {
  0: 'identity',
  [SHA1]: 'sha1',
  [SHA2_256]: 'sha2-256',
  19: 'sha2-512',
  30: 'blake3',
};

/** Bytes by which content is found in tables: see `keyOfMultihash`. */
export const KEY_LENGTH = 20;

export interface Multihash {
  /** Code of the hash function. */
  readonly code: number;
  readonly digest: Uint8Array;
}

export interface Cid {
  readonly version: 0 | 1;
  readonly codec: number;
  readonly multihash: Multihash;
}

export function describeFunction(code: number): string {
  const number = `0x${code.toString(16)}`;
  const name = FUNCTION_NAMES[code];
  return name === undefined ? number : `${name} (${number})`;
}

export function decodeMultihash(bytes: Bytes): Result<Multihash> {
  const code = readVarint(bytes, 0);
  const length = code === undefined ? undefined : readVarint(bytes, code.end);
  if (code === undefined || length === undefined)
    return fail('multihash-truncated', 'a multihash begins with the code and the length of its digest');
  const digest = bytes.subarray(length.end);
  if (digest.length !== length.value)
    return fail(
      'multihash-length',
      `a multihash of ${length.value} bytes of digest has ${digest.length} bytes behind its head`,
    );
  return succeed({ code: code.value, digest });
}

export function encodeMultihash({ code, digest }: Multihash): Uint8Array {
  return concatBytes([varint(code), varint(digest.length), digest]);
}

/** Version 0 or 1. */
export function parseCid(text: string): Result<Cid> {
  if (/^Qm[1-9A-Za-z]{44}$/.test(text)) return parseVersion0(text);
  const bytes = decodeMultibase(text);
  const version = bytes === undefined ? undefined : readVarint(bytes, 0);
  if (bytes === undefined || version?.value !== 1) {
    // A bare multihash of another function or length, in base58btc.
    const bare = parseVersion0(text);
    return bare.ok
      ? bare
      : fail('cid-unreadable', 'it is neither a CID of version 1 nor a multihash in base58btc');
  }
  const codec = readVarint(bytes, version.end);
  if (codec === undefined) return fail('cid-truncated', 'a CID of version 1 has a codec behind its version');
  const multihash = decodeMultihash(bytes.subarray(codec.end));
  if (!multihash.ok) return multihash;
  return succeed({ version: 1, codec: codec.value, multihash: multihash.value });
}

function parseVersion0(text: string): Result<Cid> {
  const bytes = decodeBase58(text);
  if (bytes === undefined) return fail('cid-unreadable', 'it is no base58btc');
  const multihash = decodeMultihash(bytes);
  if (!multihash.ok) return multihash;
  if (multihash.value.digest.length === 0) return fail('cid-unreadable', 'it has no digest');
  return succeed({ version: 0, codec: DAG_PB, multihash: multihash.value });
}

/** In the only form that the older double hashes know: version 1 in base32. */
export function formatCid({ codec, multihash }: Omit<Cid, 'version'>): string {
  return `b${encodeBase32(concatBytes([varint(1), varint(codec), encodeMultihash(multihash)]))}`;
}

/**
 * The first 20 bytes of a digest: what peers, trackers and the DHT call a v2 share by, and enough to tell any two apart. A
 * shorter digest (data that stands for itself) keeps its head, so that it equals no other.
 */
export function keyOfMultihash({ code, digest }: Multihash): Uint8Array {
  if (digest.length >= KEY_LENGTH) return digest.slice(0, KEY_LENGTH);
  const key = new Uint8Array(KEY_LENGTH);
  key.set([code & 0xff, digest.length]);
  key.set(digest.subarray(0, KEY_LENGTH - 3), 2);
  key[KEY_LENGTH - 1] = 0xff;
  return key;
}

/** The multihashes that an info hash may have: of 20 bytes it is not known whether they are v1 or a truncated v2. */
export function multihashesOf(infoHash: Bytes): Multihash[] {
  if (infoHash.length === 32)
    return [
      { code: SHA2_256, digest: infoHash },
      { code: SHA2_256, digest: infoHash.subarray(0, KEY_LENGTH) },
    ];
  return [
    { code: SHA1, digest: infoHash },
    { code: SHA2_256, digest: infoHash },
  ];
}

interface Varint {
  readonly value: number;
  readonly end: number;
}

/** multiformats/unsigned-varint, as far as codes and lengths go: 28 bits. */
function readVarint(bytes: Bytes, at: number): Varint | undefined {
  let value = 0;
  for (let i = 0; i < 4; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    value |= (byte & 0x7f) << (7 * i);
    if (byte < 0x80) return { value, end: at + i + 1 };
  }
  return undefined;
}

function varint(value: number): Uint8Array {
  const out: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    out.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return Uint8Array.from([...out, rest]);
}
