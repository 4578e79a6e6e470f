/** Announces and scrapes over HTTP and HTTPS. Answers, redirects and time are bounded. */
import type { IncomingMessage } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { ShoalError } from '../../ground/errors.ts';
import { http, https } from '../../ground/node/http.ts';
import type { AnnounceRequest, AnnounceResponse, ScrapeEntry } from '../wire/announce.ts';
import { announceUrl, decodeAnnounce, decodeScrape, MAX_RESPONSE_BYTES, scrapeUrl } from '../wire/http.ts';
import { isLocalName, isTrackerPath, publicLookup, requirePublic } from '../../link/node/web-access.ts';
import { TrackerRefusal } from './refusal.ts';

const TIMEOUT_MS = 20_000;
const MAX_REDIRECTS = 4;

export interface FetchOptions {
  readonly userAgent: string;
  /** 4 or 6 to use only that family. */
  readonly family?: 4 | 6;
  readonly signal?: AbortSignal | undefined;
  readonly maxBytes?: number;
  /** Not by a torrent. */
  readonly isNamedByPerson?: boolean;
}

export async function announceHttp(
  url: string,
  request: AnnounceRequest,
  trackerId: string | undefined,
  options: FetchOptions,
): Promise<AnnounceResponse> {
  const body = await fetchBytes(announceUrl(url, request, trackerId), options);
  const decoded = decodeAnnounce(body);
  if (!decoded.ok)
    throw ShoalError.fromMalformed('tracker-failed', `${url} sent no tracker answer`, decoded.error);
  if ('failure' in decoded.value) throw new TrackerRefusal(url, decoded.value.failure);
  return decoded.value.response;
}

export async function scrapeHttp(
  url: string,
  hashes: readonly Uint8Array[],
  options: FetchOptions,
): Promise<ScrapeEntry[]> {
  const target = scrapeUrl(url, hashes);
  if (target === undefined) throw new ShoalError('unsupported', `${url} has no scrape address (BEP 48)`);
  const decoded = decodeScrape(await fetchBytes(target, options));
  if (!decoded.ok)
    throw ShoalError.fromMalformed('tracker-failed', `${url} sent no scrape answer`, decoded.error);
  return decoded.value;
}

/**
 * GET with redirects, within bounds.
 * @throws ShoalError tracker-failed, aborted
 */
export async function fetchBytes(url: string, options: FetchOptions): Promise<Uint8Array> {
  let target = url;
  // What a person typed may lie anywhere; what a torrent names or a server sends us to may not.
  let mayBeLocal = options.isNamedByPerson === true || isTrackerPath(url);
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const { status, location, body, isLocal } = await fetchOnce(target, options, mayBeLocal);
    mayBeLocal = isLocal;
    if (status >= 300 && status < 400 && location !== undefined && URL.canParse(location, target)) {
      target = new URL(location, target).href;
      continue;
    }
    // Trackers send bencoded refusals with error statuses; nothing else is worth reading then.
    if (status === 200 || (body.length > 0 && body[0] === 0x64)) return body;
    throw new ShoalError('tracker-failed', `${new URL(target).host} answered with HTTP status ${status}`);
  }
  throw new ShoalError('tracker-failed', `${new URL(url).host} redirected over ${MAX_REDIRECTS} times`);
}

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: Uint8Array;
  /** It came from our own network. */
  readonly isLocal: boolean;
}

function fetchOnce(url: string, options: FetchOptions, mayBeLocal: boolean): Promise<Answer> {
  const { protocol, host } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') {
    return Promise.reject(
      new ShoalError('tracker-failed', `${protocol}// addresses are not fetched: only http and https`),
    );
  }
  try {
    if (!mayBeLocal) requirePublic(url);
  } catch (error) {
    return Promise.reject(error as Error);
  }
  const { get } = protocol === 'https:' ? https() : http();
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      if (options.signal?.aborted === true) reject(new ShoalError('aborted', 'interrupted'));
      else if (timeout.aborted)
        reject(new ShoalError('tracker-failed', `${host} did not answer within ${TIMEOUT_MS / 1000} s`));
      else if (error instanceof ShoalError) reject(error);
      else reject(new ShoalError('tracker-failed', `${host}: ${describe(error)}`, error));
    };
    const headers = { 'user-agent': options.userAgent, 'accept-encoding': 'identity', connection: 'close' };
    const request = get(
      url,
      {
        headers,
        signal,
        agent: false,
        ...(mayBeLocal ? {} : { lookup: publicLookup }),
        ...(options.family === undefined ? {} : { family: options.family }),
      },
      (message) => {
        const isLocal = isLocalName(message.socket.remoteAddress ?? '');
        readBody(message, options.maxBytes ?? MAX_RESPONSE_BYTES).then(
          (body) =>
            resolve({ status: message.statusCode ?? 0, location: message.headers.location, body, isLocal }),
          failed,
        );
      },
    );
    request.once('error', failed);
  });
}

function describe(error: Error): string {
  const { code } = error as { code?: string };
  if (code === 'ECONNREFUSED') return 'nobody listens there';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'no such host name';
  return error.message === '' ? (code ?? 'failed') : error.message;
}

async function readBody(message: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of message as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > maxBytes) {
      message.destroy();
      throw new Error(`the answer is over ${maxBytes} bytes`);
    }
    parts.push(part);
  }
  return decompress(Buffer.concat(parts), message.headers['content-encoding'], maxBytes);
}

/** We ask for identity; some trackers compress all the same. */
function decompress(body: Uint8Array, encoding: string | undefined, maxOutputLength: number): Uint8Array {
  if (encoding === 'gzip' || encoding === 'x-gzip') return gunzipSync(body, { maxOutputLength });
  if (encoding === 'deflate') return inflateSync(body, { maxOutputLength });
  if (encoding === 'br') return brotliDecompressSync(body, { maxOutputLength });
  return body;
}
