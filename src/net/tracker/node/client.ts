/** One face for all kinds of tracker URLs, and the driver that runs a share's announcer. */
import { lookup } from 'node:dns/promises';
import type { Address } from '../../../ground/address.ts';
import { parseHost } from '../../../ground/address.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { type Filter, NO_FILTER } from '../../../ground/filter.ts';
import type { Datagrams } from '../../../ground/ports.ts';
import { createSystemPrng } from '../../../ground/node/random.ts';
import type { EncryptionPolicy } from '../../encryption/core/policy.ts';
import { Announcer, type DueAnnounce, type TrackerStatus } from '../core/announcer.ts';
import { type AnnounceRequest, type AnnounceResponse, NUM_WANT, type ScrapeEntry } from '../wire/announce.ts';
import { announceHttp, scrapeHttp } from './http-client.ts';
import { TrackerRefusal } from './refusal.ts';
import { mergeOutcomes, UdpTrackerClient } from './udp-client.ts';

export function isTrackerUrl(url: string): boolean {
  return URL.canParse(url) && /^(https?|udp):$/.test(new URL(url).protocol);
}

export interface TrackerClientOptions {
  /** Whether trackers may lie anywhere in our own network. */
  readonly mayReachPrivate?: () => boolean;
  /** Told to HTTP trackers, which then send peers that fit. */
  readonly encryption?: () => EncryptionPolicy;
  /** Denied addresses get no announce. */
  readonly filter?: Filter | undefined;
}

export class TrackerClient {
  readonly #userAgent: string;
  readonly #mayReachPrivate: () => boolean;
  readonly #encryption: () => EncryptionPolicy;
  readonly #filter: Filter;
  readonly #udp: UdpTrackerClient;

  constructor(userAgent: string, udp: Datagrams, options: TrackerClientOptions = {}) {
    const { mayReachPrivate = () => false, encryption = () => 'off', filter = NO_FILTER } = options;
    this.#userAgent = userAgent;
    this.#mayReachPrivate = mayReachPrivate;
    this.#encryption = encryption;
    this.#filter = filter;
    this.#udp = new UdpTrackerClient(udp, filter);
  }

  /** @throws ShoalError tracker-failed, unsupported, denied, aborted */
  async announce(
    due: DueAnnounce,
    request: AnnounceRequest,
    signal?: AbortSignal,
  ): Promise<AnnounceResponse> {
    if (!isTrackerUrl(due.url))
      throw new ShoalError('unsupported', `${due.url}: trackers are http, https or udp`);
    const { protocol } = new URL(due.url);
    if (protocol === 'udp:') return this.#udp.announce(due.url, request, signal);
    const families = await familiesOf(due.url);
    const encryption = this.#encryption();
    const outcomes = await Promise.allSettled(
      families.map((family) =>
        announceHttp(due.url, { ...request, encryption }, due.trackerId, {
          userAgent: this.#userAgent,
          mayReachPrivate: this.#mayReachPrivate(),
          filter: this.#filter,
          signal,
          ...(family === undefined ? {} : { family }),
        }),
      ),
    );
    return mergeOutcomes(outcomes);
  }

  async scrape(url: string, infoHashes: readonly Uint8Array[], signal?: AbortSignal): Promise<ScrapeEntry[]> {
    if (!isTrackerUrl(url)) throw new ShoalError('unsupported', `${url}: trackers are http, https or udp`);
    if (new URL(url).protocol === 'udp:') return this.#udp.scrape(url, infoHashes, signal);
    return scrapeHttp(url, infoHashes, {
      userAgent: this.#userAgent,
      mayReachPrivate: this.#mayReachPrivate(),
      filter: this.#filter,
      signal,
    });
  }

  close(): void {
    this.#udp.close();
  }
}

/** BEP 7: a tracker with both addresses learns both of ours: we announce over both. */
async function familiesOf(url: string): Promise<(4 | 6 | undefined)[]> {
  const { hostname } = new URL(url);
  if (parseHost(hostname.replace(/^\[|\]$/g, '')) !== undefined) return [undefined];
  try {
    const families = new Set((await lookup(hostname, { all: true })).map((entry) => entry.family as 4 | 6));
    return families.size > 1 ? [...families] : [undefined];
  } catch {
    return [undefined];
  }
}

export interface AnnounceCounters {
  readonly uploaded: number;
  readonly downloaded: number;
  readonly left: number;
  /** More peers would help now: small groups find newcomers within a minute. */
  readonly isShortOfPeers: boolean;
}

export interface AnnounceOptions {
  readonly tiers: readonly (readonly string[])[];
  readonly infoHash: Uint8Array;
  readonly peerId: Uint8Array;
  readonly port: number;
  readonly counters: () => AnnounceCounters;
  readonly onPeers: (peers: readonly Address[]) => void;
  /** BEP 24: our address as a tracker sees it, 4 or 16 bytes. */
  readonly onExternalIp?: (host: Uint8Array) => void;
}

/** How long a stopping share waits for trackers to hear of it. */
const STOP_MS = 2000;

/** Runs one share's announces until it is stopped. */
export class AnnounceDriver {
  readonly #client: TrackerClient;
  readonly #options: AnnounceOptions;
  readonly #announcer: Announcer;
  readonly #abort = new AbortController();
  readonly #key = createSystemPrng().below(0x1_0000_0000);
  #timer: NodeJS.Timeout | undefined;

  constructor(client: TrackerClient, options: AnnounceOptions) {
    this.#client = client;
    this.#options = options;
    this.#announcer = new Announcer(options.tiers, createSystemPrng());
  }

  start(): void {
    this.#step();
  }

  status(): TrackerStatus[] {
    return this.#announcer.status();
  }

  handleCompleted(): void {
    this.#announcer.handleCompleted(performance.now());
    this.#step();
  }

  /** As soon as the trackers allow. */
  announceNow(): void {
    this.#announcer.handleShortage(performance.now());
    this.#step();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    const due = this.#announcer.handleStop();
    this.#abort.abort();
    const signal = AbortSignal.timeout(STOP_MS);
    await Promise.allSettled(
      due.map((announce) => this.#client.announce(announce, this.#request(announce), signal)),
    );
  }

  #step(): void {
    if (this.#abort.signal.aborted) return;
    for (const due of this.#announcer.due(performance.now())) void this.#run(due);
    clearTimeout(this.#timer);
    const next = this.#announcer.nextTimeout();
    if (next === undefined || next === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#step(), Math.max(10, next - performance.now()));
    this.#timer.unref();
  }

  async #run(due: DueAnnounce): Promise<void> {
    try {
      const response = await this.#client.announce(due, this.#request(due), this.#abort.signal);
      this.#announcer.handleResponse(performance.now(), due.url, due.event, response);
      if (this.#abort.signal.aborted) return;
      this.#options.onPeers(response.peers);
      if (response.externalIp !== undefined) this.#options.onExternalIp?.(response.externalIp);
      if (this.#options.counters().isShortOfPeers) this.#announcer.handleShortage(performance.now());
    } catch (error) {
      const failure = error instanceof TrackerRefusal ? error.failure : { reason: (error as Error).message };
      this.#announcer.handleFailure(performance.now(), due.url, failure);
    }
    this.#step();
  }

  #request(due: DueAnnounce): AnnounceRequest {
    const { uploaded, downloaded, left } = this.#options.counters();
    const { infoHash, peerId, port } = this.#options;
    const numWant = due.event === 'stopped' ? 0 : NUM_WANT;
    return { infoHash, peerId, port, uploaded, downloaded, left, event: due.event, key: this.#key, numWant };
  }
}
