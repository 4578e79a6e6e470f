/**
 * The HTTP tracker protocol: BEP 3, compact peers (BEP 23, 7), external IP (24), retry (31), scrape (48).
 *
 * An answer is not hashed, so it is read generously: what stands behind it, keys twice, leading zeros and fields
 * of the wrong type cost that part alone. But it must be an answer: a page or an unrelated dictionary is none.
 */
import {
  type BencodeDictionary,
  type BencodeValue,
  decodeDictionary,
  encodeBencode,
  field,
} from '../../../ground/bencode.ts';
import { type Address, decodeCompact, parseHostPort } from '../../../ground/address.ts';
import { fromByteString, toByteString } from '../../../ground/bytes.ts';
import { fail, type Malformed, type Result, succeed } from '../../../ground/result.ts';
import { sniff } from '../../../ground/sniff.ts';
import {
  type AnnounceFailure,
  type AnnounceRequest,
  type AnnounceResponse,
  DEFAULT_INTERVAL_SECONDS,
  MAX_INTERVAL_SECONDS,
  type PackedAnswer,
  type ScrapeEntry,
} from './announce.ts';

/** 1 MiB holds over 50,000 compact peers: no honest answer is larger. */
export const MAX_RESPONSE_BYTES: number = 1024 * 1024;
const MAX_PEERS = 5000;
/** Peers by host name: each costs a look-up, and a tracker of a private network has few. */
const MAX_NAMED_PEERS = 20;
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
  pairs.push(...encryptionPairs(request));
  if (trackerId !== undefined) pairs.push(`trackerid=${escapeBytes(fromByteString(trackerId))}`);
  return withQuery(base, pairs.join('&'));
}

/**
 * MSE has three words for trackers. It lets a peer that requires encryption hide its port behind `cryptoport`; trackers that know no
 * such word then tell nobody of it, so the port stays where they look.
 */
function encryptionPairs({ encryption, port }: AnnounceRequest): string[] {
  if (encryption === undefined || encryption === 'off') return [];
  if (encryption !== 'required') return ['supportcrypto=1'];
  return ['supportcrypto=1', 'requirecrypto=1', `cryptoport=${port}`];
}

/** A fragment is for readers of pages: it is never sent (RFC 9110, section 7.1), and nothing may stand behind it. */
function withQuery(base: string, query: string): string {
  const url = base.split('#', 1)[0]!;
  if (!url.includes('?')) return `${url}?${query}`;
  return /[?&]$/.test(url) ? url + query : `${url}&${query}`;
}

/** BEP 48: the last path element must start with "announce"; undefined where there is no scrape. */
export function scrapeUrl(base: string, infoHashes: readonly Uint8Array[]): string | undefined {
  const match = /^([^?#]*\/)announce([^/?#]*)(\?[^#]*)?/.exec(base);
  if (match === null) return undefined;
  const rest = base.slice(match[0].length);
  if (rest !== '' && !rest.startsWith('#')) return undefined;
  const query = infoHashes.map((hash) => `info_hash=${escapeBytes(hash)}`).join('&');
  return withQuery(`${match[1]}scrape${match[2]}${match[3] ?? ''}`, query);
}

export type HttpAnnounce = { readonly response: AnnounceResponse } | { readonly failure: AnnounceFailure };

/** An answer has at least one of these; some trackers answer `stopped` with an interval alone. */
const ANSWER_KEYS: readonly string[] = ['interval', 'min interval', 'peers', 'peers6'];

export function decodeAnnounce(bytes: Uint8Array): Result<HttpAnnounce> {
  const decoded = decodeDictionary(bytes, LIMITS);
  if (!decoded.ok) return { ok: false, error: explainNoAnswer(bytes, decoded.error) };
  const answer = decoded.value;
  const reason = field.text(answer, 'failure reason');
  if (reason !== undefined) return succeed({ failure: readFailure(answer, reason) });
  if (!ANSWER_KEYS.some((key) => answer.has(key)))
    return fail('tracker-no-answer', 'it holds neither peers, an interval nor a reason (BEP 3)');
  const peers = readPeers(answer);
  if (peers === undefined) return fail('tracker-peers', '"peers" has a form that no BEP describes');
  const minIntervalSeconds = readSeconds(answer, 'min interval');
  const trackerId = field.bytes(answer, 'tracker id');
  const externalIp = field.bytes(answer, 'external ip');
  const warning = field.text(answer, 'warning message');
  const seeders = readCount(answer, 'complete');
  const leechers = readCount(answer, 'incomplete');
  return succeed({
    response: {
      intervalSeconds: readSeconds(answer, 'interval') ?? DEFAULT_INTERVAL_SECONDS,
      peers,
      ...(minIntervalSeconds === undefined ? {} : { minIntervalSeconds }),
      ...(trackerId === undefined ? {} : { trackerId: toByteString(trackerId) }),
      ...(externalIp?.length === 4 || externalIp?.length === 16 ? { externalIp: externalIp.slice() } : {}),
      ...(warning === undefined || warning === '' ? {} : { warning }),
      ...(seeders === undefined ? {} : { seeders }),
      ...(leechers === undefined ? {} : { leechers }),
    },
  });
}

/**
 * BEP 31: `retry in` says when to come again, in minutes. Trackers that do not know it say the same with an interval,
 * which libtorrent heeds as well.
 */
function readFailure(answer: BencodeDictionary, reason: string): AnnounceFailure {
  const failure = { reason: reason === '' ? 'it gave no reason' : reason };
  if (field.text(answer, 'retry in')?.trim().toLowerCase() === 'never')
    return { ...failure, retryInMinutes: 'never' };
  const minutes = readCount(answer, 'retry in');
  if (minutes !== undefined) return { ...failure, retryInMinutes: minutes };
  const seconds = Math.max(readSeconds(answer, 'interval') ?? 0, readSeconds(answer, 'min interval') ?? 0);
  return seconds === 0 ? failure : { ...failure, retryInMinutes: Math.ceil(seconds / 60) };
}

/** The message for bytes that are not an answer. */
function explainNoAnswer(bytes: Uint8Array, { code, message }: Malformed): Malformed {
  const kind = sniff(bytes);
  if (kind === 'bencoded dictionary') return { code, message };
  const words =
    kind === 'empty' ? 'the answer is empty' : kind === 'web page' ? 'it is a web page' : 'it is no bencode';
  return { code: 'tracker-no-answer', message: words, detail: `${message} (${code})` };
}

/** A number, which some trackers write as text. */
function readInteger(dictionary: BencodeDictionary, key: string): number | bigint | undefined {
  const value: BencodeValue | undefined = dictionary.get(key);
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  const text = value instanceof Uint8Array ? toByteString(value) : '';
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function readCount(dictionary: BencodeDictionary, key: string): number | undefined {
  const value = readInteger(dictionary, key);
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

/** Undefined for 0 and less. A longer interval than the longest allowed is cut to that. */
function readSeconds(dictionary: BencodeDictionary, key: string): number | undefined {
  const value = readInteger(dictionary, key);
  if (value === undefined || value <= 0) return undefined;
  return value > MAX_INTERVAL_SECONDS ? MAX_INTERVAL_SECONDS : Number(value);
}

/**
 * Compact (BEP 23), a list of dictionaries (BEP 3), and `peers6` (BEP 7). A tail shorter than an entry is left out.
 * Undefined where `peers` is of another type and nothing else names peers.
 */
function readPeers(answer: BencodeDictionary): Address[] | undefined {
  const peers = answer.get('peers');
  const v6 = field.bytes(answer, 'peers6');
  const found: Address[] = v6 === undefined ? [] : decodeCompact(v6, 6);
  if (peers instanceof Uint8Array) found.push(...decodeCompact(peers, 4));
  else if (Array.isArray(peers)) found.push(...readPeerList(peers));
  else if (peers !== undefined && v6 === undefined) return undefined;
  return found.slice(0, MAX_PEERS);
}

/** `ip` is an address or a host name (BEP 3). */
function readPeerList(entries: readonly BencodeValue[]): Address[] {
  const found: Address[] = [];
  let names = 0;
  for (const entry of entries.slice(0, MAX_PEERS)) {
    if (!(entry instanceof Map)) continue;
    const host =
      field
        .text(entry, 'ip')
        ?.trim()
        .replace(/^\[(.*)\]$/, '$1') ?? '';
    const port = readCount(entry, 'port') ?? 0;
    const peer = parseHostPort(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
    if (peer === undefined) continue;
    if (/[a-z]/i.test(peer.host) && !peer.host.includes(':') && ++names > MAX_NAMED_PEERS) continue;
    found.push(peer);
  }
  return found;
}

export function decodeScrape(bytes: Uint8Array): Result<ScrapeEntry[]> {
  const decoded = decodeDictionary(bytes, LIMITS);
  if (!decoded.ok) return { ok: false, error: explainNoAnswer(bytes, decoded.error) };
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
      seeders: readCount(value, 'complete') ?? 0,
      completed: readCount(value, 'downloaded') ?? 0,
      leechers: readCount(value, 'incomplete') ?? 0,
    });
  }
  return succeed(entries);
}

/** Our server's answer; dictionaries only for the rare client that says `compact=0`. */
export function encodeAnnounce(answer: PackedAnswer, isCompact: boolean): Uint8Array<ArrayBuffer> {
  const { v4, v6 } = answer;
  const list = (): Address[] => [...decodeCompact(v4, 4), ...decodeCompact(v6, 6)];
  return encodeBencode({
    complete: answer.seeders,
    incomplete: answer.leechers,
    interval: answer.intervalSeconds,
    'min interval': answer.minIntervalSeconds,
    'external ip': answer.externalIp,
    peers: isCompact ? v4 : list().map(({ host, port }) => ({ ip: host, port })),
    peers6: isCompact && v6.length > 0 ? v6 : undefined,
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
