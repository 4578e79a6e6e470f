/**
 * Keeps a share's web seeds (BEP 19) connected while data is missing, lets those rest that fail, and tells why one gives
 * nothing. A server that gives whole files only is read as a stream from then on.
 */
import { lookup } from 'node:dns/promises';
import { type Address, createAddress } from '../../../ground/address.ts';
import { randomBytes } from '../../../ground/node/random.ts';
import type { ConnectionId } from '../../../ground/units.ts';
import type { Reach } from '../../../net/link/node/web-access.ts';
import type { Blame } from '../swarm/core/sink.ts';
import type { ShareDriver } from '../swarm/node/share-driver.ts';
import { NoRanges, WebFiles } from '../swarm/node/web-files.ts';
import { USER_AGENT } from '../../../ground/version.ts';

const FIRST_RETRY_MS = 10_000;
const MAX_RETRY_MS = 10 * 60_000;
/** More servers than this at once help nobody; the others step in for those that fail. */
const MAX_ACTIVE = 8;
/** Torrents of archives name a few dozen mirrors. */
const MAX_SEEDS = 100;

/** `asking`: connected, and nothing came yet. `banned`: it sent wrong data. */
export type WebSeedState = 'waiting' | 'asking' | 'working' | 'failed' | 'banned';

export interface WebSeedStatus {
  readonly url: string;
  readonly state: WebSeedState;
  /** Why it gives nothing. */
  readonly message?: string;
}

interface Seed {
  readonly url: string;
  state: WebSeedState;
  message: string | undefined;
  /** Of the connection while there is one. */
  id: ConnectionId | undefined;
  givesWholeFiles: boolean;
  /** In a row. */
  failures: number;
}

export interface WebSeedsOptions {
  readonly driver: ShareDriver;
  readonly infoHash: Uint8Array;
  readonly urls: readonly string[];
  /** May they lie in our own network, and redirect there, without limits? */
  readonly mayReachPrivate: () => boolean;
}

export class WebSeeds {
  readonly #options: WebSeedsOptions;
  readonly #seeds: readonly Seed[];
  readonly #timers = new Set<NodeJS.Timeout>();
  #isStopped = false;

  private constructor(options: WebSeedsOptions) {
    this.#options = options;
    this.#seeds = options.urls.slice(0, MAX_SEEDS).map((url) => ({
      url,
      state: 'waiting',
      message: undefined,
      id: undefined,
      givesWholeFiles: false,
      failures: 0,
    }));
  }

  /** @returns undefined when there are none */
  static begin(options: WebSeedsOptions): WebSeeds | undefined {
    if (options.urls.length === 0) return undefined;
    const seeds = new WebSeeds(options);
    seeds.fill();
    return seeds;
  }

  status(): WebSeedStatus[] {
    return this.#seeds.map(({ url, state, message }) => ({
      url,
      state,
      ...(message === undefined ? {} : { message }),
    }));
  }

  /** A connection of the swarm ended: a web seed's is opened again later, unless it lied. */
  handleClosed(id: ConnectionId, blame: Blame): void {
    const seed = this.#seeds.find((entry) => entry.id === id);
    if (seed === undefined) return;
    seed.id = undefined;
    if (blame.ban === true) {
      seed.state = 'banned';
      seed.message = blame.message;
    } else if (this.#isOver) seed.state = 'waiting';
    // The link told before what it could not do itself.
    else if (seed.state !== 'failed') this.#rest(seed, blame.message);
    this.fill();
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  get #isOver(): boolean {
    return this.#isStopped || this.#options.driver.swarm.isComplete;
  }

  /** Connects those that wait, as far as there is room: while something is missing. */
  fill(): void {
    if (this.#isOver) return;
    let active = this.#seeds.filter(({ state }) => state === 'asking' || state === 'working').length;
    for (const seed of this.#seeds) {
      if (active >= MAX_ACTIVE) return;
      if (seed.state !== 'waiting') continue;
      active++;
      seed.state = 'asking';
      void this.#connect(seed);
    }
  }

  /** Not for ever, and longer each time. */
  #rest(seed: Seed, message: string): void {
    seed.state = 'failed';
    seed.message = message;
    const delay = Math.min(FIRST_RETRY_MS * 2 ** seed.failures, MAX_RETRY_MS);
    seed.failures++;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      seed.state = 'waiting';
      this.fill();
    }, delay);
    timer.unref();
    this.#timers.add(timer);
  }

  async #connect(seed: Seed): Promise<void> {
    const address = await addressOf(seed.url);
    if (this.#isOver) {
      seed.state = 'waiting';
      return;
    }
    if (address === undefined) {
      this.#rest(seed, `${new URL(seed.url).host}: no such host name`);
      this.fill();
      return;
    }
    const { driver, infoHash } = this.#options;
    const peerId = randomBytes(20);
    peerId.set(new TextEncoder().encode('-WEB---'));
    const handshake = {
      infoHash,
      peerId,
      supportsExtensions: false,
      supportsFast: true,
      supportsV2: false,
    };
    const { geometry } = driver.swarm.share!;
    const files = new WebFiles({
      url: seed.url,
      geometry,
      userAgent: USER_AGENT,
      reach: this.#reachOf(seed.url),
      onGiving: () => {
        seed.failures = 0;
        seed.state = 'working';
        seed.message = undefined;
      },
    });
    seed.id = driver.swarm.nextId();
    driver.addWebSeed({
      id: seed.id,
      address,
      handshake,
      files,
      givesWholeFiles: seed.givesWholeFiles,
      onFailure: (error) => this.#handleFailure(seed, error),
    });
  }

  /** The link gives up; `handleClosed` follows. */
  #handleFailure(seed: Seed, error: Error): void {
    if (this.#isOver) return;
    if (error instanceof NoRanges && !seed.givesWholeFiles) {
      seed.givesWholeFiles = true;
      seed.state = 'waiting';
      seed.id = undefined;
      // When this link is gone.
      setImmediate(() => this.fill());
    } else this.#rest(seed, error.message);
  }

  /** A query to a service of our own network is nothing that a torrent may have us send. */
  #reachOf(url: string): Reach {
    if (this.#options.mayReachPrivate()) return 'anywhere';
    return new URL(url).search === '' ? 'inside' : 'public';
  }
}

/** Under which it is blamed if it lies. */
async function addressOf(url: string): Promise<Address | undefined> {
  const { hostname, port, protocol } = new URL(url);
  const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  const found = await lookup(hostname.replace(/^\[|\]$/g, '')).catch(() => undefined);
  return found === undefined ? undefined : createAddress(found.address, number);
}
