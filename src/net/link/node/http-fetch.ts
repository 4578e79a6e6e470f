/**
 * Fetches over HTTP within bounds: size (also of what a compressed answer unpacks to), time, number of redirects, and which
 * of them may lead into our own network (`web-access.ts`). Redirects follow RFC 9110 section 15.4.
 *
 * `openHttp` hands over the answer as a stream and leaves its body to the caller; `fetchHttp` reads the body as well.
 */
import type { Agent, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ShoalError } from '../../../ground/errors.ts';
import { denyHostText, type Filter, NO_FILTER } from '../../../ground/filter.ts';
import { http, https } from '../../../ground/node/http.ts';
import { denialError, isLocalName, lookupFor, type Reach, refusal, requirePublic } from './web-access.ts';

/** Mirrors and link shorteners chain three or four. */
const MAX_REDIRECTS = 8;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Until an answer's headers are there, and between two parts of its body. */
const QUIET_MS = 20_000;
const TOTAL_MS = 60_000;
/** A redirect to a magnet link carries it in one header; links are cut off at 64 KiB elsewhere as well. */
const MAX_HEADER_BYTES = 80 * 1024;
/** The body of a redirect is read to its end, so that the connection can be used again, when it is no longer. */
const MAX_DRAINED_BYTES = 64 * 1024;

export interface HttpOptions {
  readonly userAgent: string;
  /** Which hops may lead into our own network. */
  readonly reach: Reach;
  readonly headers?: OutgoingHttpHeaders;
  /** 4 or 6 to use only that family. */
  readonly family?: 4 | 6;
  readonly signal?: AbortSignal | undefined;
  /** Denied addresses are not connected to, whatever leads there. */
  readonly filter?: Filter | undefined;
  /** Keeps connections for later requests; without it each is closed after its answer. */
  readonly agent?: ((url: URL) => Agent) | undefined;
}

export interface FetchOptions extends HttpOptions {
  readonly maxBytes: number;
  /** Of everything together. */
  readonly totalMs?: number;
}

/** An answer whose body is not read yet. */
export interface OpenAnswer {
  readonly status: number;
  /** Where it came from in the end. */
  readonly url: string;
  readonly message: IncomingMessage;
  /** It came from our own network. */
  readonly isLocal: boolean;
  /** The address to which it redirects, when that is none of http or https: a magnet link, for example. */
  readonly elsewhere: string | undefined;
}

export interface FetchAnswer extends Omit<OpenAnswer, 'message'> {
  readonly body: Uint8Array;
  /** Of the content, in lower case and without parameters; '' when the server names none. */
  readonly type: string;
  /** The server's name for this version of the content (RFC 9110 section 8.8.3). */
  readonly etag: string | undefined;
}

/**
 * GET with redirects. The caller reads the body or destroys it, and has its own limit of time for that.
 * @throws ShoalError fetch-failed, private-address, denied, aborted
 */
export async function openHttp(url: string, options: HttpOptions): Promise<OpenAnswer> {
  let target = url;
  let mayBeLocal = options.reach !== 'public';
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const { message, isLocal } = await open(target, options, mayBeLocal);
    const status = message.statusCode ?? 0;
    const location = REDIRECTS.has(status) ? readLocation(message, target) : undefined;
    const answer = { status, url: target, message, isLocal, elsewhere: undefined };
    if (location === undefined) return answer;
    if (!/^https?:/i.test(location)) return { ...answer, elsewhere: location };
    discard(message);
    mayBeLocal = mayFollow(options.reach, isLocal, new URL(location).host === new URL(url).host);
    target = location;
  }
  throw new ShoalError('fetch-failed', `${new URL(url).host} redirected over ${MAX_REDIRECTS} times`);
}

/**
 * GET with redirects and the whole body, whatever the status.
 * @throws ShoalError fetch-failed, private-address, denied, aborted
 */
export async function fetchHttp(url: string, options: FetchOptions): Promise<FetchAnswer> {
  const totalMs = options.totalMs ?? TOTAL_MS;
  const limit = AbortSignal.timeout(totalMs);
  const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]);
  const headers = { 'accept-encoding': 'gzip', ...options.headers };
  try {
    const { message, ...answer } = await openHttp(url, { ...options, headers, signal });
    const { etag } = message.headers;
    const type = (message.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
    if (answer.elsewhere !== undefined) {
      discard(message);
      return { ...answer, type, etag, body: new Uint8Array() };
    }
    const body = await readBody(message, options.maxBytes).catch((error: unknown) => {
      throw explain(error, new URL(answer.url).host);
    });
    return { ...answer, type, etag, body };
  } catch (error) {
    if (options.signal?.aborted === true) throw new ShoalError('aborted', 'interrupted');
    if (limit.aborted) {
      const message = `${new URL(url).host} did not send all of its answer within ${totalMs / 1000} s`;
      throw new ShoalError('fetch-failed', message, error);
    }
    throw error;
  }
}

/**
 * The same for callers that want only the body of a good answer.
 * @throws ShoalError fetch-failed, private-address, aborted
 */
export async function fetchBody(url: string, options: FetchOptions): Promise<Uint8Array> {
  const { status, elsewhere, body, url: from } = await fetchHttp(url, options);
  if (elsewhere !== undefined) throw notFetched(elsewhere);
  if (status !== 200) throw badStatus(from, status);
  return body;
}

const STATUS_WORDS: Readonly<Record<number, string>> = {
  401: ': it wants a password',
  403: ': it refuses to give it to us',
  404: ': it has no such page',
  410: ': it was there, and is gone',
  429: ': it was asked too often',
  500: ': it has an error of its own',
  502: ': the server behind it does not answer',
  503: ': it is overloaded or being maintained',
};

export function badStatus(url: string, status: number): ShoalError {
  const words = STATUS_WORDS[status] ?? '';
  return new ShoalError('fetch-failed', `${new URL(url).host} answered with HTTP status ${status}${words}`);
}

export function notFetched(url: string): ShoalError {
  const scheme = url.slice(0, url.indexOf(':') + 1);
  return new ShoalError('fetch-failed', `${scheme} addresses are not fetched: only http and https`);
}

/** May a redirect lead into our own network? @param isLocal it comes from there */
function mayFollow(reach: Reach, isLocal: boolean, isSameOrigin: boolean): boolean {
  if (reach === 'anywhere') return true;
  return isLocal && (reach === 'inside' || (reach === 'origin' && isSameOrigin));
}

interface Hop {
  readonly message: IncomingMessage;
  readonly isLocal: boolean;
}

function open(url: string, options: HttpOptions, mayBeLocal: boolean): Promise<Hop> {
  return new Promise((resolve, reject) => {
    const parsed = new URL(url);
    if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') throw notFetched(url);
    if (!mayBeLocal) requirePublic(url);
    const { filter = NO_FILTER } = options;
    const denial = denyHostText(filter, parsed.hostname, 'web');
    if (denial !== undefined) throw denialError(parsed.host, denial);
    const { get } = parsed.protocol === 'https:' ? https() : http();
    const request = get(
      url,
      {
        headers: {
          'user-agent': options.userAgent,
          'accept-encoding': 'identity',
          ...(options.agent === undefined ? { connection: 'close' } : {}),
          ...options.headers,
        },
        agent: options.agent?.(parsed) ?? false,
        maxHeaderSize: MAX_HEADER_BYTES,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        ...lookupFor(mayBeLocal, filter),
        ...(options.family === undefined ? {} : { family: options.family }),
      },
      (message) => {
        clearTimeout(quiet);
        resolve({ message, isLocal: isLocalName(message.socket.remoteAddress ?? '') });
      },
    );
    const quiet = setTimeout(() => {
      const silence = `${parsed.host} did not answer within ${QUIET_MS / 1000} s`;
      request.destroy(new ShoalError('fetch-failed', silence));
    }, QUIET_MS);
    // A connection that is used again was looked up when local addresses were allowed. Nothing is sent before this event.
    request.once('socket', ({ remoteAddress }) => {
      if (!mayBeLocal && isLocalName(remoteAddress ?? '')) request.destroy(refusal(parsed.host));
      const denied = denyHostText(filter, remoteAddress ?? '', 'web');
      if (denied !== undefined) request.destroy(denialError(parsed.host, denied));
    });
    // Not once: a request that is destroyed may complain again.
    request.on('error', (error) => {
      clearTimeout(quiet);
      const isOurs = options.signal?.aborted === true;
      reject(isOurs ? new ShoalError('aborted', 'interrupted') : explain(error, parsed.host));
    });
  });
}

/** Absolute, or undefined where there is none that can be read. */
function readLocation(message: IncomingMessage, base: string): string | undefined {
  const { location } = message.headers;
  if (location === undefined) return undefined;
  // Node reads headers as Latin-1; servers write UTF-8, if anything but ASCII.
  const text = Buffer.from(location, 'latin1').toString('utf8').trim();
  if (/^magnet:/i.test(text)) return text;
  return URL.canParse(text, base) ? new URL(text, base).href : undefined;
}

/** Lets the connection be used again where that is cheap. */
export function discard(message: IncomingMessage): void {
  const length = Number(message.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  // Errors of a body that was given up are ignored.
  message.on('error', () => {});
  if (length <= MAX_DRAINED_BYTES) message.resume();
  else message.destroy();
}

function explain(error: unknown, host: string): ShoalError {
  if (error instanceof ShoalError) return error;
  return new ShoalError('fetch-failed', `${host}: ${describe(error as Error)}`, error);
}

/** Names of Node and OpenSSL for what is wrong with a certificate. */
const CERTIFICATE_WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: is the clock of this machine right?',
  CERT_REVOKED: 'its certificate was revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed: no authority vouches for it',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that this machine does not trust',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate comes from an authority that this machine does not know',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate comes from an authority that this machine does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an authority that this machine does not know',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
};
/** OpenSSL's messages for an answer that is not TLS. */
const NO_TLS = /wrong version number|packet length too long|http request/i;

/** Exported for its test: why a connection failed, in words for people. */
export function describe(error: Error): string {
  const { code = '' } = error as { code?: string };
  if (code === 'ECONNREFUSED') return 'nobody listens there';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'no such host name';
  const certificate = CERTIFICATE_WORDS[code];
  if (certificate !== undefined) return certificate;
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || NO_TLS.test(error.message))
      return 'it speaks no TLS there: try http:// instead of https://';
    // "…:error:NUMBER:SSL routines:FUNCTION:REASON:FILE:LINE:"
    const reason = /:SSL routines:[^:]*:([^:]+)/.exec(error.message)?.[1];
    return `no TLS connection can be made${reason === undefined ? '' : `: ${reason}`}`;
  }
  if (error.message !== '') return error.message;
  return code === '' ? 'failed' : code;
}

async function readBody(message: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const body = decompress(message);
  const quiet = setTimeout(
    () => body.destroy(new Error(`it fell silent for ${QUIET_MS / 1000} s in the middle of its answer`)),
    QUIET_MS,
  );
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of body as AsyncIterable<Uint8Array>) {
      quiet.refresh();
      length += part.length;
      if (length > maxBytes) throw new Error(`the answer is over ${maxBytes} bytes`);
      parts.push(part);
    }
  } finally {
    clearTimeout(quiet);
    body.destroy();
    message.destroy();
  }
  return Buffer.concat(parts);
}

/** Some servers compress every answer. The reader counts the decompressed bytes as they come. */
function decompress(message: IncomingMessage): Readable {
  const encoding = (message.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return message;
  const unpack =
    encoding === 'gzip' || encoding === 'x-gzip'
      ? createGunzip()
      : encoding === 'deflate'
        ? createInflate()
        : encoding === 'br'
          ? createBrotliDecompress()
          : undefined;
  if (unpack === undefined)
    throw new Error(`the answer is packed with "${encoding}", which is not known here`);
  message.on('error', (error) => unpack.destroy(error));
  return message.pipe(unpack);
}
