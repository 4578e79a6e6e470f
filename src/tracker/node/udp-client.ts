/**
 * Announces and scrapes over UDP (BEP 15). One socket per address family for all trackers; connection ids are kept
 * for the minute that they last. Answers are matched by transaction *and* sender.
 */
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { createAddress, formatHost, parseHost } from '../../ground/address.ts';
import { ShoalError } from '../../ground/errors.ts';
import { randomBytes } from '../../ground/node/random.ts';
import { readUint32 } from '../../ground/bytes.ts';
import type { AnnounceRequest, AnnounceResponse, ScrapeEntry } from '../wire/announce.ts';
import {
  decodeUdpResponse,
  encodeConnect,
  encodeUdpAnnounce,
  encodeUdpScrape,
  MAX_SCRAPE_HASHES,
  type UdpResponse,
} from '../wire/udp.ts';
import { TrackerRefusal } from './refusal.ts';

/** BEP 15 waits 15 × 2^n s, made for lines that no longer exist; a lost packet is asked for again sooner. */
const RETRY_MS: readonly number[] = [3000, 6000, 12_000];
/** BEP 15: a connection id lasts a minute on the client's side. */
const CONNECTION_MS = 60_000;
const MAX_CONNECTIONS = 1000;

interface Waiting {
  readonly host: string;
  readonly port: number;
  readonly settle: (response: UdpResponse) => void;
}

export class UdpTrackerClient {
  readonly #sockets = new Map<4 | 6, Promise<Socket>>();
  readonly #waiting = new Map<number, Waiting>();
  readonly #connections = new Map<string, { readonly id: Uint8Array; readonly at: number }>();
  #isClosed = false;

  /** Announces over every family that the tracker's name has; one answer is enough. */
  async announce(url: string, request: AnnounceRequest, signal?: AbortSignal): Promise<AnnounceResponse> {
    const target = new URL(url);
    const urlData = target.pathname + target.search;
    const outcomes = await Promise.allSettled(
      (await resolveHost(target)).map(async (host) => {
        const connection = await this.#connect(url, host, signal);
        const answer = await this.#ask(url, host, signal, (transaction) =>
          encodeUdpAnnounce(connection, transaction, request, urlData),
        );
        if (answer.action !== 'announce')
          throw new ShoalError('tracker-failed', `${url} answered something else`);
        return answer.response;
      }),
    );
    return mergeOutcomes(outcomes);
  }

  async scrape(url: string, infoHashes: readonly Uint8Array[], signal?: AbortSignal): Promise<ScrapeEntry[]> {
    const target = new URL(url);
    const host = (await resolveHost(target))[0]!;
    const connection = await this.#connect(url, host, signal);
    const asked = infoHashes.slice(0, MAX_SCRAPE_HASHES);
    const answer = await this.#ask(url, host, signal, (transaction) =>
      encodeUdpScrape(connection, transaction, asked),
    );
    if (answer.action !== 'scrape') throw new ShoalError('tracker-failed', `${url} answered something else`);
    return answer.counts.map((counts, i) => ({ infoHash: asked[i]!, ...counts })).slice(0, asked.length);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const socket of this.#sockets.values()) (await socket.catch(() => undefined))?.close();
  }

  async #connect(url: string, host: Endpoint, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const key = `${host.host}/${host.port}`;
    const known = this.#connections.get(key);
    if (known !== undefined && performance.now() - known.at < CONNECTION_MS) return known.id;
    const answer = await this.#ask(url, host, signal, encodeConnect);
    if (answer.action !== 'connect') throw new ShoalError('tracker-failed', `${url} answered something else`);
    if (this.#connections.size >= MAX_CONNECTIONS) this.#connections.clear();
    this.#connections.set(key, { id: answer.connection, at: performance.now() });
    return answer.connection;
  }

  async #ask(
    url: string,
    to: Endpoint,
    signal: AbortSignal | undefined,
    encode: (transaction: number) => Uint8Array,
  ): Promise<UdpResponse> {
    const socket = await this.#socket(to.family);
    const transaction = readUint32(randomBytes(4), 0);
    const packet = encode(transaction);
    try {
      for (const waitMs of RETRY_MS) {
        if (signal?.aborted === true || this.#isClosed) throw new ShoalError('aborted', 'interrupted');
        const answer = new Promise<UdpResponse>((settle) => {
          this.#waiting.set(transaction, { host: to.host, port: to.port, settle });
        });
        socket.send(packet, to.port, to.host);
        const response = await withTimeout(answer, waitMs, signal);
        if (response === undefined) continue;
        if (response.action === 'error') throw new TrackerRefusal(url, { reason: response.message });
        return response;
      }
    } finally {
      this.#waiting.delete(transaction);
    }
    throw new ShoalError('tracker-failed', `${url} did not answer`);
  }

  #socket(family: 4 | 6): Promise<Socket> {
    let socket = this.#sockets.get(family);
    if (socket === undefined) {
      socket = openSocket(family, (bytes, host, port) => this.#receive(bytes, family, host, port));
      this.#sockets.set(family, socket);
    }
    return socket;
  }

  #receive(bytes: Uint8Array, family: 4 | 6, host: string, port: number): void {
    const decoded = decodeUdpResponse(bytes, family);
    if (!decoded.ok) return;
    const waiting = this.#waiting.get(decoded.value.transaction);
    const sender = createAddress(host, port);
    if (waiting === undefined || sender?.host !== waiting.host || port !== waiting.port) return;
    waiting.settle(decoded.value);
  }
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly family: 4 | 6;
}

async function resolveHost(url: URL): Promise<Endpoint[]> {
  const name = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port);
  if (port === 0) throw new ShoalError('tracker-failed', `${url.href} names no port`);
  const literal = parseHost(name);
  if (literal !== undefined)
    return [{ host: formatHost(literal), port, family: literal.length === 4 ? 4 : 6 }];
  try {
    const found = await lookup(name, { all: true });
    const first = (family: 4 | 6): Endpoint[] =>
      found
        .filter((entry) => entry.family === family)
        .slice(0, 1)
        .map((entry) => ({ host: formatHost(parseHost(entry.address)!), port, family }));
    return [...first(4), ...first(6)];
  } catch (error) {
    throw new ShoalError('tracker-failed', `${name}: no such host name`, error);
  }
}

function openSocket(
  family: 4 | 6,
  receive: (bytes: Uint8Array, host: string, port: number) => void,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(family === 4 ? { type: 'udp4' } : { type: 'udp6', ipv6Only: true });
    socket.once('error', reject);
    socket.on('message', (bytes, from) => receive(bytes, from.address, from.port));
    socket.bind(0, () => {
      socket.off('error', reject);
      socket.on('error', () => {});
      socket.unref();
      resolve(socket);
    });
  });
}

async function withTimeout<T>(
  promise: Promise<T>,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
    onAbort = () => resolve(undefined);
    signal?.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
  }
}

/** One answer of all that came; the failures matter only when there is none. */
export function mergeOutcomes(outcomes: readonly PromiseSettledResult<AnnounceResponse>[]): AnnounceResponse {
  const answers = outcomes
    .filter((outcome) => outcome.status === 'fulfilled')
    .map((outcome) => outcome.value);
  const first = answers[0];
  if (first === undefined)
    throw (outcomes.find((outcome) => outcome.status === 'rejected') as PromiseRejectedResult).reason;
  return { ...first, peers: answers.flatMap((answer) => answer.peers) };
}
