/** Finds peers of one share in the DHT (BEP 5), and announces there that we are one of them. */
import type { Address } from '../../../ground/address.ts';
import { createSystemPrng } from '../../../ground/node/random.ts';
import { DhtAnnouncer } from '../../../net/dht/core/announcer.ts';
import type { DhtService } from '../../../net/dht/node/service.ts';

export interface DhtFinderOptions {
  /** 20 bytes each: v1, and v2 truncated (BEP 52). */
  readonly infoHashes: readonly Uint8Array[];
  /** The TCP port that we listen on. */
  readonly port: number;
  readonly isSeed: () => boolean;
  readonly isShortOfPeers: () => boolean;
  readonly onPeers: (peers: readonly Address[]) => void;
}

export interface DhtFinderStatus {
  /** Finished announces. */
  readonly rounds: number;
  /** Nodes that keep our last announce. */
  readonly stored: number;
  /** Different peers heard of. */
  readonly found: number;
  /** Some DHT node has answered us. */
  readonly isReady: boolean;
}

export class DhtFinder {
  readonly #dht: DhtService;
  readonly #options: DhtFinderOptions;
  readonly #announcer = new DhtAnnouncer(createSystemPrng());
  readonly #abort = new AbortController();
  readonly #found = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #rounds = 0;
  #stored = 0;

  constructor(dht: DhtService, options: DhtFinderOptions) {
    this.#dht = dht;
    this.#options = options;
  }

  start(): void {
    this.#dht.onNewNeighbour.add(this.#wake);
    for (const infoHash of this.#options.infoHashes) this.#dht.watch(infoHash, (peer) => this.#take([peer]));
    void this.#step();
  }

  get status(): DhtFinderStatus {
    return {
      rounds: this.#rounds,
      stored: this.#stored,
      found: this.#found.size,
      isReady: this.#dht.isReady,
    };
  }

  /** A new node in a small network does not have our announce. */
  readonly #wake = (): void => {
    this.#announcer.hurry(performance.now() + 500);
    this.#arm();
  };

  /** We became a seed: announces it. */
  handleCompleted(): void {
    this.#announcer.hurry(performance.now());
    this.#arm();
  }

  stop(): void {
    this.#abort.abort();
    this.#dht.onNewNeighbour.delete(this.#wake);
    for (const infoHash of this.#options.infoHashes) this.#dht.watch(infoHash, undefined);
    clearTimeout(this.#timer);
  }

  async #step(): Promise<void> {
    if (!this.#announcer.isDue(performance.now()) || this.#abort.signal.aborted) return this.#arm();
    this.#announcer.handleStarted();
    const { signal } = this.#abort;
    const { port, isSeed } = this.#options;
    await this.#dht.waitUntilReady(10_000, signal);
    let stored = 0;
    for (const infoHash of this.#options.infoHashes) {
      const results = await this.#dht
        .announce(infoHash, { port, isSeed: isSeed(), onPeers: (peers) => this.#take(peers), signal })
        .catch(() => []);
      stored += results.reduce((sum, result) => sum + result.stored, 0);
    }
    if (signal.aborted) return;
    this.#rounds++;
    this.#stored = stored;
    this.#announcer.handleDone(performance.now(), stored === 0 || this.#options.isShortOfPeers());
    this.#arm();
  }

  #take(peers: readonly Address[]): void {
    for (const { host, port } of peers) if (this.#found.size < 10_000) this.#found.add(`${host}/${port}`);
    if (!this.#abort.signal.aborted) this.#options.onPeers(peers);
  }

  #arm(): void {
    const at = this.#announcer.nextTimeout();
    clearTimeout(this.#timer);
    if (at === undefined || this.#abort.signal.aborted) return;
    this.#timer = setTimeout(() => void this.#step(), Math.max(10, at - performance.now()));
    this.#timer.unref();
  }
}
