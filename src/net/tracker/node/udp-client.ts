/**
 * Announces and scrapes over UDP (BEP 15), on the sockets that everything of this peer shares; connection ids are kept
 * for the minute that they last. Answers are matched by transaction *and* sender.
 *
 * A tracker forgets ids before their time, when it was restarted for instance. Some answer then with an error, in words
 * of their own, some with silence. So an id that was kept is given up at the first error or silence, and the request is
 * sent once more under a new one: what that brings counts.
 */
import { lookup } from 'node:dns/promises';
import { formatHost, parseHost } from '../../../ground/address.ts';
import { Endpoint } from '../../../ground/endpoint.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { denyAddress, describeDenial, type Filter, NO_FILTER } from '../../../ground/filter.ts';
import type { Datagrams } from '../../../ground/ports.ts';
import { randomBytes } from '../../../ground/node/random.ts';
import { readUint32 } from '../../../ground/bytes.ts';
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

/** BEP 15 waits 15 × 2^n s, made for lines that no longer exist. We repeat a lost packet sooner. */
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
  readonly #udp: Datagrams;
  readonly #filter: Filter;
  readonly #waiting = new Map<number, Waiting>();
  readonly #connections = new Map<string, { readonly id: Uint8Array; readonly at: number }>();
  #isClosed = false;

  constructor(udp: Datagrams, filter: Filter = NO_FILTER) {
    this.#udp = udp;
    this.#filter = filter;
    udp.setReceiver((packet, from) => this.#receive(packet, from));
  }

  /** Announces over every family that the tracker's name has; one answer is enough. */
  async announce(url: string, request: AnnounceRequest, signal?: AbortSignal): Promise<AnnounceResponse> {
    const target = new URL(url);
    const urlData = target.pathname + target.search;
    const outcomes = await Promise.allSettled(
      (await this.#resolve(target)).map(async (host) => {
        const answer = await this.#askConnected(url, host, signal, (connection, transaction) =>
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
    const host = (await this.#resolve(target))[0]!;
    const asked = infoHashes.slice(0, MAX_SCRAPE_HASHES);
    const answer = await this.#askConnected(url, host, signal, (connection, transaction) =>
      encodeUdpScrape(connection, transaction, asked),
    );
    if (answer.action !== 'scrape') throw new ShoalError('tracker-failed', `${url} answered something else`);
    return answer.counts.map((counts, i) => ({ infoHash: asked[i]!, ...counts })).slice(0, asked.length);
  }

  close(): void {
    this.#isClosed = true;
    this.#udp.setReceiver(undefined);
  }

  /** Where the tracker is, in the families that we have. */
  async #resolve(url: URL): Promise<Endpoint[]> {
    const all = await resolveHost(url);
    const usable = all.filter((host) => this.#udp.families.includes(host.family));
    if (usable.length === 0)
      throw new ShoalError('tracker-failed', `${url.host} has no address that we can reach`);
    const allowed = usable.filter((host) => denyAddress(this.#filter, host, 'web') === undefined);
    if (allowed.length > 0) return allowed;
    throw new ShoalError('denied', describeDenial(url.host, denyAddress(this.#filter, usable[0]!, 'web')!));
  }

  /** Asks under a connection id: the one that is known, and when that brings nothing, a new one. */
  async #askConnected(
    url: string,
    host: Endpoint,
    signal: AbortSignal | undefined,
    encode: (connection: Uint8Array, transaction: number) => Uint8Array,
  ): Promise<UdpResponse> {
    const key = `${host.host}/${host.port}`;
    const known = this.#connections.get(key);
    if (known !== undefined && performance.now() - known.at >= CONNECTION_MS) this.#connections.delete(key);
    else if (known !== undefined) {
      try {
        const once = RETRY_MS.slice(0, 1);
        return await this.#ask(url, host, signal, (transaction) => encode(known.id, transaction), once);
      } catch (error) {
        if (signal?.aborted === true || this.#isClosed) throw error;
        // Another request may have fetched a new one meanwhile.
        if (this.#connections.get(key) === known) this.#connections.delete(key);
      }
    }
    const connection = this.#connections.get(key)?.id ?? (await this.#connect(url, host, signal));
    return this.#ask(url, host, signal, (transaction) => encode(connection, transaction));
  }

  async #connect(url: string, host: Endpoint, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const answer = await this.#ask(url, host, signal, encodeConnect);
    if (answer.action !== 'connect') throw new ShoalError('tracker-failed', `${url} answered something else`);
    if (this.#connections.size >= MAX_CONNECTIONS) this.#connections.clear();
    this.#connections.set(`${host.host}/${host.port}`, { id: answer.connection, at: performance.now() });
    return answer.connection;
  }

  async #ask(
    url: string,
    to: Endpoint,
    signal: AbortSignal | undefined,
    encode: (transaction: number) => Uint8Array,
    waitsMs: readonly number[] = RETRY_MS,
  ): Promise<UdpResponse> {
    const transaction = readUint32(randomBytes(4), 0);
    const packet = encode(transaction);
    try {
      for (const waitMs of waitsMs) {
        if (signal?.aborted === true || this.#isClosed) throw new ShoalError('aborted', 'interrupted');
        const answer = new Promise<UdpResponse>((settle) => {
          this.#waiting.set(transaction, { host: to.host, port: to.port, settle });
        });
        this.#udp.send(packet, to);
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

  #receive(packet: Uint8Array, from: Endpoint): void {
    const decoded = decodeUdpResponse(packet, from.family);
    if (!decoded.ok) return;
    const waiting = this.#waiting.get(decoded.value.transaction);
    if (waiting === undefined || from.host !== waiting.host || from.port !== waiting.port) return;
    waiting.settle(decoded.value);
  }
}

async function resolveHost(url: URL): Promise<Endpoint[]> {
  const name = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port);
  if (port === 0) throw new ShoalError('tracker-failed', `${url.href} names no port`);
  const literal = parseHost(name);
  if (literal !== undefined) return [Endpoint.from(formatHost(literal), port)!];
  try {
    const found = await lookup(name, { all: true });
    const first = (family: 4 | 6): Endpoint[] =>
      found
        .filter((entry) => entry.family === family)
        .slice(0, 1)
        .map((entry) => Endpoint.from(entry.address, port)!);
    return [...first(4), ...first(6)];
  } catch (error) {
    throw new ShoalError('tracker-failed', `${name}: no such host name`, error);
  }
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
