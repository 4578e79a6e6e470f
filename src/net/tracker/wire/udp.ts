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
const ANNOUNCE_LENGTH = 98;
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
  const out = new Uint8Array(ANNOUNCE_LENGTH);
  out.set(connection);
  writeUint32(out, 8, UdpAction.announce);
  writeUint32(out, 12, transaction);
  out.set(request.infoHash, 16);
  out.set(request.peerId, 36);
  writeUint64(out, 56, request.downloaded);
  writeUint64(out, 64, request.left);
  writeUint64(out, 72, request.uploaded);
  writeUint32(out, 80, EVENTS.indexOf(request.event));
  writeUint32(out, 88, request.key);
  writeUint32(out, 92, request.numWant);
  writeUint16(out, 96, request.port);
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

export function decodeUdpRequest(bytes: Uint8Array): Result<UdpRequest> {
  if (bytes.length < 16) return fail('udp-tracker-short', 'shorter than any request (BEP 15)');
  const action = readUint32(bytes, 8);
  const transaction = readUint32(bytes, 12);
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
  if (action !== UdpAction.announce || bytes.length < ANNOUNCE_LENGTH) {
    return fail('udp-tracker-request', `action ${action} with ${bytes.length} bytes (BEP 15)`);
  }
  const event = readUint32(bytes, 80);
  const request: AnnounceRequest = {
    infoHash: bytes.slice(16, 36),
    peerId: bytes.slice(36, 56),
    downloaded: readUint64(bytes, 56),
    left: readUint64(bytes, 64),
    uploaded: readUint64(bytes, 72),
    event: EVENTS[event],
    key: readUint32(bytes, 88),
    // -1 asks for the default.
    numWant: readUint32(bytes, 92) === 0xffff_ffff ? 50 : readUint32(bytes, 92),
    port: readUint16(bytes, 96),
  };
  return succeed({ action: 'announce', transaction, connection, request, urlData: decodeUrlData(bytes) });
}

function decodeUrlData(bytes: Uint8Array): string {
  const parts: Uint8Array[] = [];
  let at = ANNOUNCE_LENGTH;
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
  const counts = new Uint8Array(12);
  writeUint32(counts, 0, response.response.intervalSeconds);
  writeUint32(counts, 4, response.response.leechers ?? 0);
  writeUint32(counts, 8, response.response.seeders ?? 0);
  return concatBytes([head, counts, ...response.response.peers.map((peer) => encodeCompact(peer)!)]);
}

function writeUint64(out: Uint8Array, at: number, value: number): void {
  writeUint32(out, at, Math.floor(value / 0x1_0000_0000));
  writeUint32(out, at + 4, value % 0x1_0000_0000);
}

/** Clamped to 2^53 - 1: what matters of `left` is whether it is 0. */
function readUint64(bytes: Uint8Array, at: number): number {
  return Math.min(readUint32(bytes, at) * 0x1_0000_0000 + readUint32(bytes, at + 4), Number.MAX_SAFE_INTEGER);
}
