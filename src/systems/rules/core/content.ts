/**
 * What can be asked about: content by its hashes, with a path or without, or a name. Each has keys for tables, and names that
 * double hashes were made of (IPIP-383, section Double-hash).
 */
import { type Bytes, toHex, toUtf8 } from '../../../ground/bytes.ts';
import type { Hasher } from '../../../ground/ports.ts';
import { fail, type Result, succeed } from '../../../ground/result.ts';
import {
  encodeMultihash,
  formatCid,
  keyOfMultihash,
  KEY_LENGTH,
  type Multihash,
  multihashesOf,
  parseCid,
  SHA1,
  SHA2_256,
  TORRENT_INFO,
} from '../wire/cid.ts';
import { parsePath, rootOfName } from '../wire/deny-list.ts';
import { encodeBase58 } from '../wire/multibase.ts';

/** A key as an IPNS name (multiformats/multicodec). */
const LIBP2P_KEY = 0x72;

export interface Content {
  /** Found among hash rules; none for what has a path, and for names. */
  readonly key: Uint8Array | undefined;
  /** Found among path rules: `ipfs/KEY` or `ipns/NAME`; undefined for an info hash, which has no paths. */
  readonly root: string | undefined;
  /** Without slashes at its ends. */
  readonly path: string;
  /** What double hashes are made of. Made when somebody asks: it takes as long as ten searches. */
  readonly names: () => readonly string[];
}

/** @param infoHash 20 or 32 bytes */
export function contentOfInfoHash(infoHash: Bytes): Content {
  return {
    key: infoHash.subarray(0, KEY_LENGTH),
    root: undefined,
    path: '',
    names: () => multihashesOf(infoHash).flatMap((multihash) => namesOf(multihash, TORRENT_INFO, '')),
  };
}

/** `/ipfs/CID`, `/ipfs/CID/PATH`, `/ipns/NAME`, `/ipns/NAME/PATH` */
export function parseContentPath(text: string): Result<Content> {
  const match = /^\/(ipfs|ipns)\/([^/]+)\/?(.*)$/.exec(text);
  if (match === null)
    return fail('content-path', 'content is /ipfs/CID or /ipns/NAME, with a path or without');
  const [, space, name, rest] = match as unknown as [string, 'ipfs' | 'ipns', string, string];
  const parsed = parsePath(rest);
  if (!parsed.ok) return parsed;
  const path = parsed.value.isPrefix ? `${parsed.value.path}*` : parsed.value.path;
  const cid = parseCid(name);
  if (space === 'ipfs') {
    if (!cid.ok) return fail(cid.error.code, `"${name}" is no CID: ${cid.error.message}`);
    const { codec, multihash } = cid.value;
    const key = keyOfMultihash(multihash);
    const names = (): string[] => namesOf(multihash, codec, path);
    return succeed({ key: path === '' ? key : undefined, root: `ipfs/${toHex(key)}`, path, names });
  }
  const names = (): string[] =>
    cid.ok ? namesOf(cid.value.multihash, LIBP2P_KEY, path) : namesOfDomain(name.toLowerCase(), path);
  return succeed({ key: undefined, root: rootOfName(name), path, names });
}

const below = (path: string): string => (path === '' ? '' : `/${path}`);

/** The modern name, and the older one, which keeps its slash. */
function namesOf(multihash: Multihash, codec: number, path: string): string[] {
  return [
    `${encodeBase58(encodeMultihash(multihash))}${below(path)}`,
    `${formatCid({ codec, multihash })}/${path}`,
  ];
}

function namesOfDomain(name: string, path: string): string[] {
  return [`/ipns/${name}${below(path)}`, `${name}/${path}`];
}

/** Double hashes of all names, by function. */
export function doubleHashesOf(content: Content, codes: ReadonlySet<number>, hasher: Hasher): Uint8Array[] {
  const keys: Uint8Array[] = [];
  for (const name of content.names()) {
    const bytes = toUtf8(name);
    if (codes.has(SHA2_256)) keys.push(hasher.sha256(bytes).subarray(0, KEY_LENGTH));
    if (codes.has(SHA1)) keys.push(hasher.sha1(bytes).subarray(0, KEY_LENGTH));
  }
  return keys;
}
