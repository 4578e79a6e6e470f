/** The HTTP tracker protocol: BEP 3, compact peers (BEP 23, 7), external IP (24), retry (31), scrape (48). */
import { type BencodeDictionary, decodeDictionary, encodeBencode, field } from '../../ground/bencode.ts';
import { type Address, createAddress, decodeCompact, encodeCompact } from '../../ground/address.ts';
import { concatBytes, fromByteString, toByteString } from '../../ground/bytes.ts';
import { fail, type Result, succeed } from '../../ground/result.ts';
import type { AnnounceFailure, AnnounceRequest, AnnounceResponse, ScrapeEntry } from './announce.ts';

/** 1 MiB holds over 50,000 compact peers: no honest answer is larger. */
export const MAX_RESPONSE_BYTES: number = 1024 * 1024;
const MAX_PEERS = 5000;
const LIMITS = { maxDepth: 8, maxValues: 50_000, form: 'lenient' } as const;

/** Percent-encodes raw bytes: everything but RFC 3986's unreserved characters. */
export function escapeBytes(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    out += /[A-Za-z0-9._~-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
  }
  return out;
}

/** Bytes of a percent-encoded query value; undefined when an escape is broken or the text is not bytes. */
export function unescapeBytes(text: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (text[i] === '%') {
      const digits = text.slice(i + 1, i + 3);
      if (!/^[0-9a-fA-F]{2}$/.test(digits)) return undefined;
      bytes.push(Number.parseInt(digits, 16));
      i += 2;
    } else if (code > 0xff) return undefined;
    else bytes.push(text[i] === '+' ? 0x20 : code);
  }
  return Uint8Array.from(bytes);
}

export function announceUrl(base: string, request: AnnounceRequest, trackerId?: string): string {
  const pairs = [
    `info_hash=${escapeBytes(request.infoHash)}`,
    `peer_id=${escapeBytes(request.peerId)}`,
    `port=${request.port}`,
    `uploaded=${request.uploaded}`,
    `downloaded=${request.downloaded}`,
    `left=${request.left}`,
    'compact=1',
    `numwant=${request.numWant}`,
    `key=${request.key.toString(16).padStart(8, '0')}`,
  ];
  if (request.event !== undefined) pairs.push(`event=${request.event}`);
  if (trackerId !== undefined) pairs.push(`trackerid=${escapeBytes(fromByteString(trackerId))}`);
  return base + (base.includes('?') ? '&' : '?') + pairs.join('&');
}

/** BEP 48: the last path element must start with "announce"; undefined where there is no scrape. */
export function scrapeUrl(base: string, infoHashes: readonly Uint8Array[]): string | undefined {
  const match = /^([^?]*\/)announce([^/?]*)(\?.*)?$/.exec(base);
  if (match === null) return undefined;
  const query = infoHashes.map((hash) => `info_hash=${escapeBytes(hash)}`).join('&');
  const own = match[3];
  return `${match[1]}scrape${match[2]}${own === undefined ? '?' : `${own}&`}${query}`;
}

export type HttpAnnounce = { readonly response: AnnounceResponse } | { readonly failure: AnnounceFailure };

export function decodeAnnounce(bytes: Uint8Array): Result<HttpAnnounce> {
  const decoded = decodeDictionary(bytes, LIMITS);
  if (!decoded.ok) return decoded;
  const answer = decoded.value;
  const reason = field.text(answer, 'failure reason');
  if (reason !== undefined) {
    const retry = answer.get('retry in');
    const isNever = retry instanceof Uint8Array && toByteString(retry) === 'never';
    const minutes = field.count(answer, 'retry in');
    const retryInMinutes = isNever ? ('never' as const) : minutes;
    return succeed({ failure: retryInMinutes === undefined ? { reason } : { reason, retryInMinutes } });
  }
  const intervalSeconds = field.count(answer, 'interval');
  const peers = readPeers(answer);
  if (peers === undefined) return fail('tracker-peers', '"peers" has a form that no BEP describes');
  const minIntervalSeconds = field.count(answer, 'min interval');
  const trackerId = field.bytes(answer, 'tracker id');
  const externalIp = field.bytes(answer, 'external ip');
  const warning = field.text(answer, 'warning message');
  const seeders = field.count(answer, 'complete');
  const leechers = field.count(answer, 'incomplete');
  return succeed({
    response: {
      intervalSeconds: intervalSeconds ?? 1800,
      peers,
      ...(minIntervalSeconds === undefined ? {} : { minIntervalSeconds }),
      ...(trackerId === undefined ? {} : { trackerId: toByteString(trackerId) }),
      ...(externalIp?.length === 4 || externalIp?.length === 16 ? { externalIp: externalIp.slice() } : {}),
      ...(warning === undefined ? {} : { warning }),
      ...(seeders === undefined ? {} : { seeders }),
      ...(leechers === undefined ? {} : { leechers }),
    },
  });
}

/** Compact (BEP 23), a list of dictionaries (BEP 3), and `peers6` (BEP 7). */
function readPeers(answer: BencodeDictionary): Address[] | undefined {
  const peers = answer.get('peers');
  const v6 = field.bytes(answer, 'peers6');
  const found: Address[] = v6 === undefined ? [] : decodeCompact(v6, 6);
  if (peers instanceof Uint8Array) found.push(...decodeCompact(peers, 4));
  else if (Array.isArray(peers)) {
    for (const entry of peers.slice(0, MAX_PEERS)) {
      if (!(entry instanceof Map)) continue;
      const address = createAddress(field.text(entry, 'ip') ?? '', field.count(entry, 'port') ?? 0);
      if (address !== undefined) found.push(address);
    }
  } else if (peers !== undefined) return undefined;
  return found.slice(0, MAX_PEERS);
}

export function decodeScrape(bytes: Uint8Array): Result<ScrapeEntry[]> {
  const decoded = decodeDictionary(bytes, LIMITS);
  if (!decoded.ok) return decoded;
  const files = field.dictionary(decoded.value, 'files');
  if (files === undefined) {
    return fail(
      'tracker-scrape',
      field.text(decoded.value, 'failure reason') ?? '"files" is missing (BEP 48)',
    );
  }
  const entries: ScrapeEntry[] = [];
  for (const [key, value] of files) {
    if (key.length !== 20 || !(value instanceof Map)) continue;
    entries.push({
      infoHash: fromByteString(key),
      seeders: field.count(value, 'complete') ?? 0,
      completed: field.count(value, 'downloaded') ?? 0,
      leechers: field.count(value, 'incomplete') ?? 0,
    });
  }
  return succeed(entries);
}

/** Our server's answer; dictionaries only for the rare client that says `compact=0`. */
export function encodeAnnounce(response: AnnounceResponse, isCompact: boolean): Uint8Array<ArrayBuffer> {
  const v4 = response.peers.filter((peer) => !peer.host.includes(':'));
  const v6 = response.peers.filter((peer) => peer.host.includes(':'));
  const join = (peers: readonly Address[]): Uint8Array =>
    concatBytes(peers.map((peer) => encodeCompact(peer)!));
  return encodeBencode({
    complete: response.seeders,
    incomplete: response.leechers,
    interval: response.intervalSeconds,
    'min interval': response.minIntervalSeconds,
    'external ip': response.externalIp,
    peers: isCompact ? join(v4) : response.peers.map((peer) => ({ ip: peer.host, port: peer.port })),
    peers6: isCompact && v6.length > 0 ? join(v6) : undefined,
  });
}

export function encodeFailure(failure: AnnounceFailure): Uint8Array<ArrayBuffer> {
  return encodeBencode({ 'failure reason': failure.reason, 'retry in': failure.retryInMinutes });
}

export function encodeScrape(entries: readonly ScrapeEntry[]): Uint8Array<ArrayBuffer> {
  const files = new Map(
    entries.map((entry) => [
      toByteString(entry.infoHash),
      { complete: entry.seeders, downloaded: entry.completed, incomplete: entry.leechers },
    ]),
  );
  return encodeBencode({ files });
}
