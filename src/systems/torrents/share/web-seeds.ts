/**
 * Connects a share's web seeds (BEP 19) while data is missing. `core/web-seed-pool.ts` says which and when; here names are
 * resolved, links opened, and one timer armed.
 */
import { lookup } from 'node:dns/promises';
import { type Address, createAddress } from '../../../ground/address.ts';
import { randomBytes } from '../../../ground/node/random.ts';
import type { ConnectionId } from '../../../ground/units.ts';
import { USER_AGENT } from '../../../ground/version.ts';
import { AskLater } from '../../../net/link/node/retry-after.ts';
import type { Reach } from '../../../net/link/node/web-access.ts';
import type { Blame } from '../swarm/core/sink.ts';
import type { ShareDriver } from '../swarm/node/share-driver.ts';
import { NoRanges, WebFiles } from '../swarm/node/web-files.ts';
import { WebSeedPool, type WebSeedStatus, type WebServer } from './core/web-seed-pool.ts';

export interface WebSeedsOptions {
  readonly driver: ShareDriver;
  readonly infoHash: Uint8Array;
  readonly urls: readonly string[];
  /** Whether they may lie in our own network, and redirect there. */
  readonly mayReachPrivate: () => boolean;
}

export class WebSeeds {
  readonly #options: WebSeedsOptions;
  readonly #pool: WebSeedPool;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  private constructor(options: WebSeedsOptions) {
    this.#options = options;
    this.#pool = new WebSeedPool(options.urls);
  }

  /** @returns undefined when there are none */
  static begin(options: WebSeedsOptions): WebSeeds | undefined {
    if (options.urls.length === 0) return undefined;
    const seeds = new WebSeeds(options);
    seeds.fill();
    return seeds;
  }

  status(): WebSeedStatus[] {
    return this.#pool.status();
  }

  /** A connection of the swarm ended. */
  handleClosed(id: ConnectionId, { message, ban }: Blame): void {
    const end = { message, isBanned: ban === true, isOver: this.#isOver };
    if (this.#pool.handleClosed(performance.now(), id, end)) this.fill();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  get #isOver(): boolean {
    return this.#isStopped || this.#options.driver.swarm.isComplete;
  }

  /** Connects those that are due, while something is missing. */
  fill(): void {
    if (this.#isOver) return;
    for (const server of this.#pool.take(performance.now())) void this.#connect(server);
    const at = this.#pool.nextTimeout();
    clearTimeout(this.#timer);
    if (at === undefined) return;
    this.#timer = setTimeout(() => this.fill(), Math.max(1, at - performance.now()));
    this.#timer.unref();
  }

  async #connect(server: WebServer): Promise<void> {
    const { url, givesWholeFiles } = server;
    const address = await addressOf(url);
    if (this.#isOver) return this.#pool.handleNeedless(server);
    if (address === undefined)
      return this.#handleFailure(server, new Error(`${new URL(url).host}: no such host name`));
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
    const { geometry } = driver.swarm.content!;
    const files = new WebFiles({
      ...driver.webPorts,
      url,
      geometry,
      userAgent: USER_AGENT,
      reach: this.#reachOf(url),
      onGiving: () => this.#pool.handleGiving(server),
    });
    const id = driver.swarm.nextId();
    this.#pool.handleConnecting(server, id);
    driver.addWebSeed({
      id,
      address,
      handshake,
      files,
      givesWholeFiles,
      onFailure: (error) => this.#handleFailure(server, error),
    });
  }

  /** The link gives up; `handleClosed` follows if there is one. */
  #handleFailure(server: WebServer, error: Error): void {
    if (this.#isOver) return;
    const isTriedAgain = error instanceof NoRanges && this.#pool.handleNoRanges(server);
    const afterMs = error instanceof AskLater ? error.afterMs : 0;
    if (!isTriedAgain) this.#pool.handleFailure(performance.now(), server, error.message, afterMs);
    // When this link is gone.
    setImmediate(() => this.fill());
  }

  /** A torrent must not make us send queries to services of our own network. */
  #reachOf(url: string): Reach {
    if (this.#options.mayReachPrivate()) return 'anywhere';
    return new URL(url).search === '' ? 'inside' : 'public';
  }
}

/** The address that is banned when the server sends wrong data. */
async function addressOf(url: string): Promise<Address | undefined> {
  const { hostname, port, protocol } = new URL(url);
  const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  const found = await lookup(hostname.replace(/^\[|\]$/g, '')).catch(() => undefined);
  return found === undefined ? undefined : createAddress(found.address, number);
}
