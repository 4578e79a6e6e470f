/**
 * Runs the DHT nodes of this machine, one a family, on the Datagrams port: moves packets, arms one timer a node,
 * resolves the names of bootstrap nodes, saves the table, and makes promises of the operations. No protocol decision is
 * made here.
 */
import { lookup } from 'node:dns/promises';
import { addressKey, parseHostPort } from '../../../ground/address.ts';
import { toHex } from '../../../ground/bytes.ts';
import { Endpoint } from '../../../ground/endpoint.ts';
import { type Filter, NO_FILTER } from '../../../ground/filter.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { systemClock } from '../../../ground/node/clock.ts';
import { createSystemPrng, createSecretPrng } from '../../../ground/node/random.ts';
import type { Clock, Datagrams, Prng, Timer } from '../../../ground/ports.ts';
import type { Instant } from '../../../ground/units.ts';
import type { StartKind, StartStatus } from '../core/bootstrap.ts';
import { DhtNode, type LookupHandle } from '../core/dht-node.ts';
import { ItemStore } from '../core/item-store.ts';
import type { Answered, LookupResult } from '../core/lookup.ts';
import {
  announce,
  getItem,
  getPeers,
  type Item,
  putItem,
  type SampleAnswer,
  sampleInfohashes,
  type Scrape,
  type WriteResult,
} from '../core/operations.ts';
import { filterDatagrams } from '../../link/core/filtered.ts';
import { K, type TableCounts } from '../core/routing-table.ts';
import type { KrpcWriter } from '../wire/krpc-writer.ts';
import { nodeSignatures } from './ed25519.ts';
import { DEFAULT_ROUTERS } from './routers.ts';
import { Seal } from './seal.ts';

/** The state of one family that survives restarts. */
export interface SavedNode {
  readonly family: 4 | 6;
  readonly id: Uint8Array | undefined;
  readonly externalHost: Uint8Array | undefined;
  readonly contacts: readonly { readonly id: Uint8Array; readonly endpoint: Endpoint }[];
}

export interface DhtServiceOptions {
  readonly datagrams: Datagrams;
  /** The system's by default. */
  readonly clock?: Clock | undefined;
  /** Those of the system by default: one for choices, one for what others must not guess. */
  readonly random?: { readonly prng: Prng; readonly secretPrng: Prng } | undefined;
  /** Services of one thread may share it: what it returns is sent at once. */
  readonly writer?: KrpcWriter | undefined;
  /** The addresses of a host name, none for an unknown one; the system's resolver by default. */
  readonly resolveName?: ((host: string) => Promise<readonly string[]>) | undefined;
  readonly isReadOnly?: boolean | undefined;
  /** `HOST:PORT` of bootstrap nodes; those of the public network by default. */
  readonly routers?: readonly string[] | undefined;
  /** Starts that a person named. */
  readonly starts?: readonly { readonly host: string; readonly port: number }[] | undefined;
  readonly saved?: readonly SavedNode[] | undefined;
  readonly save?: ((nodes: readonly SavedNode[]) => void) | undefined;
  readonly onClosed?: (() => void) | undefined;
  /** Makes the DHT private: packets of nodes without the secret are dropped. */
  readonly networkSecret?: Uint8Array | undefined;
  readonly queriesPerSecond?: number | undefined;
  /** Denied hosts are not talked to; nothing is looked up, kept or told of denied info hashes. */
  readonly filter?: Filter | undefined;
}

export interface FamilyStatus extends TableCounts {
  readonly family: 4 | 6;
  readonly id: Uint8Array;
  readonly externalHost: string | undefined;
  readonly port: number | undefined;
  readonly isReady: boolean;
  readonly storedHashes: number;
  readonly storedPeers: number;
  readonly storedItems: number;
  readonly queriesSent: number;
  readonly answersReceived: number;
  readonly queriesAnswered: number;
  readonly queriesRefused: number;
  readonly packetsDropped: number;
  readonly starts: readonly StartStatus[];
}

/** Soon after the start, so that a crash costs little, then now and then. */
const FIRST_SAVE_MS = 10_000;
const SAVE_MS = 5 * 60_000;
const SAVED_CONTACTS = 200;
/** How often `waitUntilReady` looks. */
const LOOK_MS = 20;
/** In a network of up to so many everybody is near everything. */
const SMALL_NETWORK = 2 * K;
/** Dead names are kept to be shown, and torrents may name many. */
const MAX_UNRESOLVED = 100;

interface Running {
  readonly node: DhtNode;
  timer: Timer | undefined;
  timerAt: Instant;
}

export class DhtService {
  readonly #options: DhtServiceOptions;
  readonly #clock: Clock;
  readonly #filter: Filter;
  readonly #nodes: Running[] = [];
  readonly #seal: Seal | undefined;
  #saveTimer: Timer | undefined;
  #isClosed = false;
  /**
   * Called when a node that knows few others comes to know another one. In a small network everybody is among the nearest
   * to everything: nodes that came late must be told of stored values, and some that were told are gone.
   */
  readonly onNewNeighbour: Set<() => void> = new Set();
  /** Names of bootstrap nodes that do not resolve. */
  readonly #unresolved = new Map<string, StartKind>();
  readonly #watched = new Map<string, (peer: Endpoint) => void>();
  readonly #abort = new AbortController();

  constructor(options: DhtServiceOptions) {
    const { filter } = options;
    const datagrams = filter === undefined ? options.datagrams : filterDatagrams(options.datagrams, filter);
    this.#options = { ...options, datagrams };
    this.#filter = filter ?? NO_FILTER;
    this.#clock = options.clock ?? systemClock;
    this.#seal = options.networkSecret === undefined ? undefined : new Seal(options.networkSecret);
    const { prng, secretPrng } = options.random ?? {
      prng: createSystemPrng(),
      secretPrng: createSecretPrng(),
    };
    const items = new ItemStore(prng, nodeHasher, nodeSignatures);
    for (const family of options.datagrams.families) {
      const saved = options.saved?.find((entry) => entry.family === family);
      const node = new DhtNode(
        {
          sink: {
            send: (packet, to) => this.#send(packet, to),
            onIdentity: () => this.#save(),
            onAnnounced: (infoHash, peer) => this.#watched.get(toHex(infoHash))?.(peer),
          },
          prng,
          secretPrng,
          hasher: nodeHasher,
          signatures: nodeSignatures,
          family,
          writer: options.writer,
          id: saved?.id,
          externalHost: saved?.externalHost,
          isReadOnly: options.isReadOnly,
          queriesPerSecond: options.queriesPerSecond,
          filter,
        },
        items,
      );
      this.#nodes.push({ node, timer: undefined, timerAt: Number.POSITIVE_INFINITY });
    }
    const [first, second] = this.#nodes;
    if (first !== undefined && second !== undefined) {
      first.node.sibling = second.node;
      second.node.sibling = first.node;
    }
  }

  start(): void {
    const now = this.#clock.now();
    this.#options.datagrams.setReceiver((packet, from) => this.#receive(packet, from));
    for (const saved of this.#options.saved ?? []) {
      for (const { id, endpoint } of saved.contacts) this.#addStart('saved', endpoint, undefined, id);
    }
    for (const { host, port } of this.#options.starts ?? []) void this.#resolve('person', host, port);
    const routers = this.#options.routers ?? (this.#seal === undefined ? DEFAULT_ROUTERS : []);
    for (const router of routers) {
      const parsed = parseHostPort(router);
      if (parsed !== undefined) void this.#resolve('router', parsed.host, parsed.port);
    }
    for (const running of this.#nodes) {
      running.node.start(now);
      this.#after(running);
    }
    if (this.#options.save !== undefined) {
      this.#saveSoon(FIRST_SAVE_MS);
    }
  }

  get nodes(): readonly DhtNode[] {
    return this.#nodes.map(({ node }) => node);
  }

  /** Some node has contacts. */
  get isReady(): boolean {
    return this.#nodes.some(({ node }) => node.table.size > 0);
  }

  /** A node that was named to us: by a peer's PORT message, a torrent's or link's list, a neighbour. */
  addNode(kind: StartKind, host: string, port: number): void {
    void this.#resolve(kind, host, port);
  }

  status(): FamilyStatus[] {
    const now = this.#clock.now();
    return this.#nodes.map(({ node }) => ({
      ...node.table.counts(now),
      family: node.options.family,
      id: node.id,
      externalHost: node.externalHost === undefined ? undefined : hostText(node.externalHost),
      port: this.#options.datagrams.portOf(node.options.family),
      isReady: node.isReady,
      storedHashes: node.peers.hashCount,
      storedPeers: node.peers.peerCount,
      storedItems: node.items.size,
      queriesSent: node.rpc.sent,
      answersReceived: node.rpc.answered,
      queriesAnswered: node.responder.answered,
      queriesRefused: node.responder.refused,
      packetsDropped: node.dropped,
      starts: [...node.bootstrap.status(), ...this.#unresolvedStarts()],
    }));
  }

  /** Finds peers in every family; `onPeers` hears of them as they come. A denied info hash has none. */
  async findPeers(
    infoHash: Uint8Array,
    options: {
      /** @param from the node that told of them; undefined for those that this node keeps */
      readonly onPeers: (peers: readonly Endpoint[], from: Answered | undefined) => void;
      readonly wantsNoSeeds?: boolean;
      readonly wantsScrape?: boolean;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<{ readonly lookups: readonly LookupResult[]; readonly scrape: Scrape | undefined }> {
    if (this.#denies(infoHash)) return { lookups: [], scrape: undefined };
    const scrapes: Scrape[] = [];
    const lookups = await this.#onEach<LookupResult>(options.signal, (node, now, resolve) =>
      getPeers(node, now, {
        ...options,
        infoHash,
        onDone: (_, result, scrape) => {
          if (scrape !== undefined) scrapes.push(scrape);
          resolve(result);
        },
      }),
    );
    const scrape = scrapes.length === 0 ? undefined : sumScrapes(scrapes);
    return { lookups, scrape };
  }

  announce(
    infoHash: Uint8Array,
    options: {
      readonly port: number;
      readonly isSeed: boolean;
      readonly onPeers: (peers: readonly Endpoint[]) => void;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<WriteResult[]> {
    if (this.#denies(infoHash)) return Promise.resolve([]);
    return this.#onEach<WriteResult>(options.signal, (node, now, resolve) =>
      announce(node, now, { ...options, infoHash, onDone: (_, result) => resolve(result) }),
    );
  }

  #denies(infoHash: Uint8Array): boolean {
    return !this.#filter.allowsAllHashes && this.#filter.denyHash(infoHash, 'dht') !== undefined;
  }

  /** The best item of all families. */
  async getItem(
    target: Uint8Array,
    options: {
      readonly salt?: Uint8Array | undefined;
      readonly onItem?: (item: Item, from: Answered) => void;
      readonly signal?: AbortSignal | undefined;
    } = {},
  ): Promise<{ readonly item: Item | undefined; readonly lookups: readonly LookupResult[] }> {
    const found = await this.#onEach<{ item: Item | undefined; result: LookupResult }>(
      options.signal,
      (node, now, resolve) =>
        getItem(node, now, { ...options, target, onDone: (_, item, result) => resolve({ item, result }) }),
    );
    let best: Item | undefined;
    for (const { item } of found) {
      if (item !== undefined && (item.sequence ?? 0) >= (best?.sequence ?? -1)) best = item;
    }
    return { item: best, lookups: found.map(({ result }) => result) };
  }

  putItem(
    item: Item,
    options: { readonly cas?: number | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<WriteResult[]> {
    return this.#onEach<WriteResult>(options.signal, (node, now, resolve) =>
      putItem(node, now, { item, cas: options.cas, onDone: (_, result) => resolve(result) }),
    );
  }

  async sample(
    target: Uint8Array,
    options: { readonly onSample: (answer: SampleAnswer) => void; readonly signal?: AbortSignal | undefined },
  ): Promise<LookupResult[]> {
    return this.#onEach<LookupResult>(options.signal, (node, now, resolve) =>
      sampleInfohashes(node, now, { ...options, target, onDone: (_, result) => resolve(result) }),
    );
  }

  /** Waits until some node has contacts, or for `ms`. True when it has. */
  async waitUntilReady(ms: number, signal?: AbortSignal): Promise<boolean> {
    const until = this.#clock.now() + ms;
    while (!this.#nodes.some(({ node }) => node.isReady)) {
      if (signal?.aborted === true || this.#clock.now() >= until || this.#isClosed) return this.isReady;
      await new Promise<void>((resolve) => this.#clock.after(LOOK_MS, resolve, true));
    }
    return true;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#save();
    this.#isClosed = true;
    this.#abort.abort();
    this.#saveTimer?.cancel();
    this.#options.datagrams.setReceiver(undefined);
    for (const running of this.#nodes) {
      running.timer?.cancel();
      running.node.stop();
    }
    this.#options.onClosed?.();
  }

  /** Hears of peers that announce themselves to us; undefined to stop. */
  watch(infoHash: Uint8Array, onPeer: ((peer: Endpoint) => void) | undefined): void {
    if (onPeer === undefined) this.#watched.delete(toHex(infoHash));
    else this.#watched.set(toHex(infoHash), onPeer);
  }

  /** One operation on every node. A node with an empty table is left out, unless all are empty. */
  #onEach<T>(
    signal: AbortSignal | undefined,
    begin: (node: DhtNode, now: Instant, resolve: (value: T) => void) => LookupHandle,
  ): Promise<T[]> {
    const able = this.#nodes.filter(({ node }) => node.table.size > 0 || node.bootstrap.size > 0);
    const chosen = able.length > 0 ? able : this.#nodes.slice(0, 1);
    return Promise.all(
      chosen.map(
        (running) =>
          new Promise<T>((resolve, reject) => {
            let handle: LookupHandle | undefined;
            const onAbort = (): void => {
              // The service outlives its callers: it must not keep every caller that gave up.
              signal?.removeEventListener('abort', onAbort);
              this.#abort.signal.removeEventListener('abort', onAbort);
              handle?.cancel();
              reject(signal?.reason ?? new Error('the DHT was closed'));
            };
            if (signal?.aborted === true || this.#isClosed) return onAbort();
            const settle = (value: T): void => {
              signal?.removeEventListener('abort', onAbort);
              this.#abort.signal.removeEventListener('abort', onAbort);
              resolve(value);
            };
            signal?.addEventListener('abort', onAbort, { once: true });
            this.#abort.signal.addEventListener('abort', onAbort, { once: true });
            handle = begin(running.node, this.#clock.now(), settle);
            this.#after(running);
          }),
      ),
    );
  }

  #unresolvedStarts(): StartStatus[] {
    return [...this.#unresolved].map(([name, kind]) => ({
      kind,
      name,
      address: '',
      asked: false,
      answered: false,
    }));
  }

  async #resolve(kind: StartKind, host: string, port: number): Promise<void> {
    const name = addressKey({ host, port });
    const direct = Endpoint.from(host, port);
    if (direct !== undefined) {
      this.#addStart(kind, direct, name);
      return;
    }
    const found = await (this.#options.resolveName ?? askSystem)(host);
    if (found.length === 0 && this.#unresolved.size < MAX_UNRESOLVED) this.#unresolved.set(name, kind);
    for (const address of found.slice(0, 8)) {
      const endpoint = Endpoint.from(address, port);
      if (endpoint !== undefined) this.#addStart(kind, endpoint, name);
    }
  }

  #addStart(kind: StartKind, endpoint: Endpoint, name?: string, id?: Uint8Array): void {
    if (this.#isClosed) return;
    for (const running of this.#nodes) {
      if (running.node.options.family !== endpoint.family) continue;
      running.node.addStart(this.#clock.now(), kind, endpoint, name, id);
      this.#after(running);
    }
  }

  #receive(packet: Uint8Array, from: Endpoint): void {
    const opened = this.#seal === undefined ? packet : this.#seal.open(packet);
    if (opened === undefined) return;
    for (const running of this.#nodes) {
      if (running.node.options.family !== from.family) continue;
      const before = running.node.table.size;
      running.node.handlePacket(this.#clock.now(), opened, from);
      this.#after(running);
      if (before < SMALL_NETWORK && running.node.table.size > before)
        for (const wake of this.onNewNeighbour) wake();
    }
  }

  #send(packet: Uint8Array, to: Endpoint): void {
    this.#options.datagrams.send(this.#seal === undefined ? packet : this.#seal.seal(packet), to);
  }

  /** A timer that is early is left alone: it looks again when it goes off. */
  #after(running: Running): void {
    const at = running.node.nextTimeout(this.#clock.now());
    if (at >= running.timerAt || this.#isClosed) return;
    running.timer?.cancel();
    running.timerAt = at;
    running.timer = this.#clock.after(Math.max(1, at - this.#clock.now()), () => {
      running.timerAt = Number.POSITIVE_INFINITY;
      running.node.handleTimeout(this.#clock.now());
      this.#after(running);
    });
  }

  #saveSoon(ms: number): void {
    this.#saveTimer = this.#clock.after(ms, () => {
      this.#save();
      this.#saveSoon(SAVE_MS);
    });
  }

  #save(): void {
    if (this.#isClosed) return;
    this.#options.save?.(
      this.#nodes
        .filter(({ node }) => node.table.size > 0)
        .map(({ node }) => ({
          family: node.options.family,
          id: node.id,
          externalHost: node.externalHost,
          contacts: node.remembered(SAVED_CONTACTS),
        })),
    );
  }
}

async function askSystem(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}

function sumScrapes(scrapes: readonly Scrape[]): Scrape {
  return {
    seeds: scrapes.reduce((sum, scrape) => sum + scrape.seeds, 0),
    peers: scrapes.reduce((sum, scrape) => sum + scrape.peers, 0),
  };
}

function hostText(host: Uint8Array): string {
  const compact = new Uint8Array(host.length + 2);
  compact.set(host);
  compact[host.length + 1] = 1;
  return Endpoint.fromCompact(compact)!.host;
}
