/** Keeps a share's web seeds (BEP 19) connected while data is missing, and lets those rest that fail. */
import { lookup } from 'node:dns/promises';
import { type Address, createAddress } from '../ground/address.ts';
import { randomBytes } from '../ground/node/random.ts';
import { isLocalName } from '../link/node/web-access.ts';
import type { ShareDriver } from '../swarm/node/share-driver.ts';
import { USER_AGENT } from './version.ts';

const FIRST_RETRY_MS = 10_000;
const MAX_RETRY_MS = 10 * 60_000;
/** More servers than this at once help nobody. */
const MAX_SEEDS = 8;

interface Seed {
  readonly url: string;
  address: Address | undefined;
  failures: number;
}

export class WebSeeds {
  readonly #driver: ShareDriver;
  readonly #infoHash: Uint8Array;
  readonly #seeds: readonly Seed[];
  readonly #timers = new Set<NodeJS.Timeout>();
  #isStopped = false;

  constructor(driver: ShareDriver, infoHash: Uint8Array, urls: readonly string[]) {
    this.#driver = driver;
    this.#infoHash = infoHash;
    this.#seeds = urls.slice(0, MAX_SEEDS).map((url) => ({ url, address: undefined, failures: 0 }));
  }

  /** @returns undefined when there are none */
  static begin(driver: ShareDriver, infoHash: Uint8Array, urls: readonly string[]): WebSeeds | undefined {
    if (urls.length === 0) return undefined;
    const seeds = new WebSeeds(driver, infoHash, urls);
    seeds.start();
    return seeds;
  }

  start(): void {
    for (const seed of this.#seeds) void this.#connect(seed);
  }

  /** A connection of the swarm ended: if it was a web seed's, it is tried again later, unless it lied. */
  handleClosed(address: Address, isBanned: boolean): void {
    const seed = this.#seeds.find(
      (entry) => entry.address?.host === address.host && entry.address.port === address.port,
    );
    if (seed === undefined || this.#isStopped || isBanned || this.#driver.swarm.isComplete) return;
    seed.failures++;
    const timer = setTimeout(
      () => void this.#connect(seed),
      Math.min(FIRST_RETRY_MS * 2 ** (seed.failures - 1), MAX_RETRY_MS),
    );
    timer.unref();
    this.#timers.add(timer);
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #connect(seed: Seed): Promise<void> {
    const { hostname, port, protocol } = new URL(seed.url);
    const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
    const found = await lookup(hostname.replace(/^\[|\]$/g, '')).catch(() => undefined);
    seed.address = found === undefined ? undefined : createAddress(found.address, number);
    // A query to a service of our own network is nothing that a torrent may have us send.
    if (found !== undefined && isLocalName(found.address) && new URL(seed.url).search !== '') return;
    if (seed.address === undefined || this.#isStopped || this.#driver.swarm.isComplete) return;
    const peerId = randomBytes(20);
    peerId.set(new TextEncoder().encode('-WEB---'));
    const handshake = {
      infoHash: this.#infoHash,
      peerId,
      supportsExtensions: false,
      supportsFast: true,
      supportsV2: false,
    };
    this.#driver.addWebSeed(seed.url, seed.address, handshake, USER_AGENT);
  }
}
