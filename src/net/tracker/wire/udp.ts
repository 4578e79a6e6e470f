/**
 * The UDP tracker protocol (BEP 15) with URL data (BEP 41). Client side: encode requests, decode responses. Server
 * side: the reverse. All numbers are big-endian.
 */
import { decodeCompact, encodeCompact } from '../../../ground/address.ts';
import {
  concatBytes,
  equalBytes,
  fromUtf8Lossy,
  readUint16,
  readUint32,
  toUtf8,
  writeUint16,
  writeUint32,
} from '../../../ground/bytes.ts';
import { fail, type Result, succeed } from '../../../ground/result.ts';
import type { AnnounceEvent, AnnounceRequest, AnnounceResponse, ScrapeEntry } from './announce.ts';

export const UdpAction = { connect: 0, announce: 1, scrape: 2, error: 3 } as const;
/** The magic that opens a conversation: 0x41727101980. */
const PROTOCOL_ID: Uint8Array = Uint8Array.of(0, 0, 0x04, 0x17, 0x27, 0x10, 0x19, 0x80);
const EVENTS: readonly AnnounceEvent[] = [undefined, 'completed', 'started', 'stopped'];
export const UDP_ANNOUNCE_LENGTH = 98;
/** Where a request has its fields. Those behind `transaction` are an announce's. */
export const UdpField = {
  connection: 0,
  action: 8,
  transaction: 12,
  infoHash: 16,
  peerId: 36,
  downloaded: 56,
  left: 64,
  uploaded: 72,
  event: 80,
  key: 88,
  numWant: 92,
  port: 96,
} as const;
/** -1 leaves the number of peers to the tracker. */
const DEFAULT_NUM_WANT = 50;
/** BEP 15 allows about 74 hashes a scrape: what fits an Ethernet frame. */
export const MAX_SCRAPE_HASHES = 74;
const MAX_MESSAGE = 512;
const [OPTION_END, OPTION_NOP, OPTION_URL_DATA] = [0, 1, 2];

export function encodeConnect(transaction: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(16);
  out.set(PROTOCOL_ID);
  writeUint32(out, 8, UdpAction.connect);
  writeUint32(out, 12, transaction);
  return out;
}

/** @param urlData path and query of the tracker URL (BEP 41) */
export function encodeUdpAnnounce(
  connection: Uint8Array,
  transaction: number,
  request: AnnounceRequest,
  urlData: string,
): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(UDP_ANNOUNCE_LENGTH);
  out.set(connection);
  writeUint32(out, UdpField.action, UdpAction.announce);
  writeUint32(out, UdpField.transaction, transaction);
  out.set(request.infoHash, UdpField.infoHash);
  out.set(request.peerId, UdpField.peerId);
  writeUint64(out, UdpField.downloaded, request.downloaded);
  writeUint64(out, UdpField.left, request.left);
  writeUint64(out, UdpField.uploaded, request.uploaded);
  writeUint32(out, UdpField.event, EVENTS.indexOf(request.event));
  writeUint32(out, UdpField.key, request.key);
  writeUint32(out, UdpField.numWant, request.numWant);
  writeUint16(out, UdpField.port, request.port);
  return concatBytes([out, encodeUrlData(urlData)]);
}

function encodeUrlData(text: string): Uint8Array {
  if (text === '' || text === '/') return new Uint8Array(0);
  const bytes = toUtf8(text);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 255) {
    const part = bytes.subarray(at, at + 255);
    parts.push(Uint8Array.of(OPTION_URL_DATA, part.length), part);
  }
  parts.push(Uint8Array.of(OPTION_END));
  return concatBytes(parts);
}

export function encodeUdpScrape(
  connection: Uint8Array,
  transaction: number,
  infoHashes: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(16);
  head.set(connection);
  writeUint32(head, 8, UdpAction.scrape);
  writeUint32(head, 12, transaction);
  return concatBytes([head, ...infoHashes]);
}

export type UdpResponse =
  | { readonly action: 'connect'; readonly transaction: number; readonly connection: Uint8Array }
  | { readonly action: 'announce'; readonly transaction: number; readonly response: AnnounceResponse }
  | {
      readonly action: 'scrape';
      readonly transaction: number;
      readonly counts: readonly Omit<ScrapeEntry, 'infoHash'>[];
    }
  | { readonly action: 'error'; readonly transaction: number; readonly message: string };

/** C strings end with a zero, which some trackers send along. */
function readMessage(bytes: Uint8Array): string {
  const text = fromUtf8Lossy(bytes).split('\0', 1)[0]!.trim();
  return text === '' ? 'it gave no reason' : text;
}

/** @param family of the address that it came from: the peers in it are of that family (BEP 7 by way of BEP 15) */
export function decodeUdpResponse(bytes: Uint8Array, family: 4 | 6): Result<UdpResponse> {
  if (bytes.length < 8) return fail('udp-tracker-short', 'shorter than any response (BEP 15)');
  const action = readUint32(bytes, 0);
  const transaction = readUint32(bytes, 4);
  if (action === UdpAction.error) {
    return succeed({
      action: 'error',
      transaction,
      message: readMessage(bytes.subarray(8, 8 + MAX_MESSAGE)),
    });
  }
  if (action === UdpAction.connect && bytes.length >= 16) {
    return succeed({ action: 'connect', transaction, connection: bytes.slice(8, 16) });
  }
  if (action === UdpAction.announce && bytes.length >= 20) {
    const response = {
      intervalSeconds: readUint32(bytes, 8),
      leechers: readUint32(bytes, 12),
      seeders: readUint32(bytes, 16),
      peers: decodeCompact(bytes.subarray(20), family),
    };
    return succeed({ action: 'announce', transaction, response });
  }
  if (action === UdpAction.scrape) {
    const counts: Omit<ScrapeEntry, 'infoHash'>[] = [];
    for (let at = 8; at + 12 <= bytes.length; at += 12) {
      counts.push({
        seeders: readUint32(bytes, at),
        completed: readUint32(bytes, at + 4),
        leechers: readUint32(bytes, at + 8),
      });
    }
    return succeed({ action: 'scrape', transaction, counts });
  }
  return fail('udp-tracker-response', `action ${action} with ${bytes.length} bytes (BEP 15)`);
}

export type UdpRequest =
  | { readonly action: 'connect'; readonly transaction: number }
  | {
      readonly action: 'announce';
      readonly transaction: number;
      readonly connection: Uint8Array;
      readonly request: AnnounceRequest;
      readonly urlData: string;
    }
  | {
      readonly action: 'scrape';
      readonly transaction: number;
      readonly connection: Uint8Array;
      readonly infoHashes: readonly Uint8Array[];
    };

/** Of an announce, in place: a tracker has many, and needs little of each. */
export function readUdpEvent(bytes: Uint8Array): AnnounceEvent {
  return EVENTS[readUint32(bytes, UdpField.event)];
}

export function readUdpNumWant(bytes: Uint8Array): number {
  const count = readUint32(bytes, UdpField.numWant);
  return count === 0xffff_ffff ? DEFAULT_NUM_WANT : count;
}

/** The peer has all: nothing is left (BEP 3). */
export function isUdpSeed(bytes: Uint8Array): boolean {
  return readUint32(bytes, UdpField.left) === 0 && readUint32(bytes, UdpField.left + 4) === 0;
}

export function isUdpConnect(bytes: Uint8Array): boolean {
  if (readUint32(bytes, UdpField.action) !== UdpAction.connect) return false;
  for (let i = 0; i < PROTOCOL_ID.length; i++) if (bytes[i] !== PROTOCOL_ID[i]) return false;
  return true;
}

/** The answer to an announce begins with 20 bytes; the peers follow. */
export const UDP_ANNOUNCE_HEAD = 20;

export function writeUdpAnnounceHead(
  out: Uint8Array,
  transaction: number,
  counts: { readonly intervalSeconds: number; readonly leechers: number; readonly seeders: number },
): void {
  writeUint32(out, 0, UdpAction.announce);
  writeUint32(out, 4, transaction);
  writeUint32(out, 8, counts.intervalSeconds);
  writeUint32(out, 12, counts.leechers);
  writeUint32(out, 16, counts.seeders);
}

export function decodeUdpRequest(bytes: Uint8Array): Result<UdpRequest> {
  if (bytes.length < 16) return fail('udp-tracker-short', 'shorter than any request (BEP 15)');
  const action = readUint32(bytes, UdpField.action);
  const transaction = readUint32(bytes, UdpField.transaction);
  const connection = bytes.slice(0, 8);
  if (action === UdpAction.connect) {
    if (!equalBytes(connection, PROTOCOL_ID))
      return fail('udp-tracker-magic', 'a connect without the magic (BEP 15)');
    return succeed({ action: 'connect', transaction });
  }
  if (action === UdpAction.scrape && bytes.length >= 36) {
    const infoHashes: Uint8Array[] = [];
    for (let at = 16; at + 20 <= bytes.length && infoHashes.length < MAX_SCRAPE_HASHES; at += 20) {
      infoHashes.push(bytes.slice(at, at + 20));
    }
    return succeed({ action: 'scrape', transaction, connection, infoHashes });
  }
  if (action !== UdpAction.announce || bytes.length < UDP_ANNOUNCE_LENGTH) {
    return fail('udp-tracker-request', `action ${action} with ${bytes.length} bytes (BEP 15)`);
  }
  const request: AnnounceRequest = {
    infoHash: bytes.slice(UdpField.infoHash, UdpField.infoHash + 20),
    peerId: bytes.slice(UdpField.peerId, UdpField.peerId + 20),
    downloaded: readUint64(bytes, UdpField.downloaded),
    left: readUint64(bytes, UdpField.left),
    uploaded: readUint64(bytes, UdpField.uploaded),
    event: readUdpEvent(bytes),
    key: readUint32(bytes, UdpField.key),
    numWant: readUdpNumWant(bytes),
    port: readUint16(bytes, UdpField.port),
  };
  return succeed({ action: 'announce', transaction, connection, request, urlData: decodeUrlData(bytes) });
}

function decodeUrlData(bytes: Uint8Array): string {
  const parts: Uint8Array[] = [];
  let at = UDP_ANNOUNCE_LENGTH;
  while (at < bytes.length) {
    const option = bytes[at]!;
    if (option === OPTION_NOP) at++;
    else if (option === OPTION_END || at + 1 >= bytes.length) break;
    else {
      const length = bytes[at + 1]!;
      if (option === OPTION_URL_DATA) parts.push(bytes.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }
  return fromUtf8Lossy(concatBytes(parts));
}

export function encodeUdpResponse(response: UdpResponse): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(8);
  writeUint32(head, 0, UdpAction[response.action]);
  writeUint32(head, 4, response.transaction);
  if (response.action === 'connect') return concatBytes([head, response.connection]);
  if (response.action === 'error') return concatBytes([head, toUtf8(response.message)]);
  if (response.action === 'scrape') {
    const counts = new Uint8Array(12 * response.counts.length);
    for (const [i, entry] of response.counts.entries()) {
      writeUint32(counts, 12 * i, entry.seeders);
      writeUint32(counts, 12 * i + 4, entry.completed);
      writeUint32(counts, 12 * i + 8, entry.leechers);
    }
    return concatBytes([head, counts]);
  }
  const { intervalSeconds, leechers = 0, seeders = 0, peers } = response.response;
  const announceHead = new Uint8Array(UDP_ANNOUNCE_HEAD);
  writeUdpAnnounceHead(announceHead, response.transaction, { intervalSeconds, leechers, seeders });
  return concatBytes([announceHead, ...peers.map((peer) => encodeCompact(peer)!)]);
}

function writeUint64(out: Uint8Array, at: number, value: number): void {
  writeUint32(out, at, Math.floor(value / 0x1_0000_0000));
  writeUint32(out, at + 4, value % 0x1_0000_0000);
}

/** Clamped to 2^53 - 1: what matters of `left` is whether it is 0. */
function readUint64(bytes: Uint8Array, at: number): number {
  return Math.min(readUint32(bytes, at) * 0x1_0000_0000 + readUint32(bytes, at + 4), Number.MAX_SAFE_INTEGER);
}
