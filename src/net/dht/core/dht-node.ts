/**
 * A node of the DHT: the machine that routes. Packets go to the queries that wait for them or to the responder, time-outs to
 * the machine that set them. Its machines decide. `sink.ts` has the calling contract.
 */
import { equalBytes, readUint32, toByteString } from '../../../ground/bytes.ts';
import { Endpoint, isLocalHost } from '../../../ground/endpoint.ts';
import { shuffle } from '../../../ground/prng.ts';
import type { Instant } from '../../../ground/units.ts';
import { decodeKrpc, type KrpcMessage, WANT_V4, WANT_V6 } from '../wire/krpc.ts';
import { createNodeId, ID_LENGTH, isIdBoundTo } from '../wire/node-id.ts';
import { Bootstrap, type StartKind } from './bootstrap.ts';
import { AddressVotes, ProvedHosts } from './host-tables.ts';
import { ItemStore } from './item-store.ts';
import { Lookup, type LookupOptions } from './lookup.ts';
import { Maintenance } from './maintenance.ts';
import { PeerStore } from './peer-store.ts';
import { Responder } from './responder.ts';
import { type Contact, K, RoutingTable } from './routing-table.ts';
import { Rpc } from './rpc.ts';
import type { DhtNodeOptions, NodeSource } from './sink.ts';
import { type Neighbourhood, SizeEstimate } from './size-estimate.ts';

const DEFAULT_QUERIES_PER_SECOND = 200;
/** Lookups at once; others wait for their turn. */
const MAX_LOOKUPS = 32;
const MAX_WAITING_LOOKUPS = 10_000;
const STORE_TICK_MS = 60_000;

export type NodeLookup = Omit<LookupOptions, 'family' | 'start'> & {
  readonly start?: LookupOptions['start'];
};

export interface LookupHandle {
  cancel(): void;
}

export class DhtNode implements NodeSource {
  readonly options: DhtNodeOptions;
  readonly rpc: Rpc;
  readonly bootstrap: Bootstrap = new Bootstrap();
  readonly peers: PeerStore;
  readonly items: ItemStore;
  readonly responder: Responder;
  readonly maintenance: Maintenance;
  /** The other family's node on this machine (BEP 32). */
  sibling: DhtNode | undefined;
  isReady = false;
  externalHost: Uint8Array | undefined;
  /** Packets that were dropped because they are not KRPC, or answer nothing that we asked. */
  dropped = 0;

  readonly #proved: ProvedHosts;
  readonly #votes = new AddressVotes();
  readonly #size = new SizeEstimate();
  readonly #lookups = new Set<Lookup>();
  readonly #waiting: { readonly options: NodeLookup; isCancelled: boolean; lookup: Lookup | undefined }[] =
    [];
  #table: RoutingTable;
  #storeTickAt: Instant = Number.POSITIVE_INFINITY;
  #isStopped = false;

  constructor(options: DhtNodeOptions, items?: ItemStore) {
    this.options = options;
    const { prng, secretPrng, hasher, family, sink } = options;
    this.externalHost = options.externalHost;
    const saved = options.id;
    const isUsable =
      saved?.length === ID_LENGTH &&
      (this.externalHost === undefined || isIdBoundTo(saved, this.externalHost));
    this.#table = new RoutingTable(isUsable ? saved : createNodeId(this.externalHost, secretPrng), family);
    this.#proved = new ProvedHosts(secretPrng);
    this.peers = new PeerStore(family, prng, hasher);
    this.items = items ?? new ItemStore(prng, hasher, options.signatures);
    this.rpc = new Rpc({
      sink,
      secretPrng,
      ownId: () => this.#table.ownId,
      isReadOnly: options.isReadOnly === true,
      queriesPerSecond: options.queriesPerSecond ?? DEFAULT_QUERIES_PER_SECOND,
      writer: options.writer,
    });
    this.responder = new Responder({
      options,
      writer: this.rpc.writer,
      peers: this.peers,
      items: this.items,
      proved: this.#proved,
      ownId: () => this.#table.ownId,
      closestInfos: (target, count) => this.closestInfos(target, count),
      other: () => this.sibling,
    });
    this.maintenance = new Maintenance({
      rpc: this.rpc,
      prng,
      bootstrap: this.bootstrap,
      table: () => this.#table,
      startLookup: (now, lookup) =>
        void this.lookup(now, {
          method: 'find_node',
          args: { target: lookup.target, wants: this.wants },
          ...lookup,
        }),
      onFailure: (id) => this.#table.handleFailure(id),
      onReady: () => (this.isReady = true),
      isNeighbourhoodThin: () => this.#size.isThin(this.#neighbourhood()),
    });
  }

  get id(): Uint8Array {
    return this.#table.ownId;
  }
  get table(): RoutingTable {
    return this.#table;
  }
  get runningLookups(): number {
    return this.#lookups.size + this.#waiting.length;
  }
  /** Nodes of the network, estimated; undefined before enough lookups have ended. */
  get networkSize(): number | undefined {
    return this.#size.nodes(this.#neighbourhood());
  }
  /** For queries: nodes of both families are of use to a host that has both. */
  get wants(): number | undefined {
    return this.sibling === undefined ? undefined : WANT_V4 | WANT_V6;
  }

  start(now: Instant): void {
    this.maintenance.start(now);
    this.#storeTickAt = now + STORE_TICK_MS;
  }

  /** Nothing is sent or answered any more. */
  stop(): void {
    this.#isStopped = true;
    this.rpc.clear();
    for (const lookup of this.#lookups) lookup.cancel();
    this.#lookups.clear();
    this.#waiting.length = 0;
  }

  /** A node to begin with. A node enters the table only when it has answered. */
  addStart(now: Instant, kind: StartKind, endpoint: Endpoint, name?: string, id?: Uint8Array): void {
    if (endpoint.family !== this.options.family || !this.bootstrap.add(kind, endpoint, name, id)) return;
    if (this.#table.size === 0) this.maintenance.hurry(now);
    else if (kind === 'peer' || kind === 'local' || kind === 'person') {
      if (this.rpc.delayMs(now) === 0) this.maintenance.ping(now, undefined, endpoint);
    }
  }

  handlePacket(now: Instant, packet: Uint8Array, from: Endpoint): void {
    if (this.#isStopped) return;
    const decoded = decodeKrpc(packet);
    if (!decoded.ok) {
      this.dropped++;
      return;
    }
    const message = decoded.value;
    if (message.kind === 'query') this.#handleQuery(now, message, from, packet.length);
    else this.#handleAnswer(now, message, from);
  }

  handleTimeout(now: Instant): void {
    if (this.#isStopped) return;
    this.rpc.handleTimeout(now);
    for (const lookup of [...this.#lookups]) lookup.advance(now);
    this.#startWaiting(now);
    this.maintenance.handleTimeout(now);
    if (now >= this.#storeTickAt) {
      this.#storeTickAt = now + STORE_TICK_MS;
      this.peers.handleTick(now);
      this.items.handleTick(now);
    }
  }

  nextTimeout(now: Instant): Instant {
    if (this.#isStopped) return Number.POSITIVE_INFINITY;
    let next = Math.min(this.rpc.nextTimeout(), this.maintenance.nextTimeout(), this.#storeTickAt);
    for (const lookup of this.#lookups) next = Math.min(next, lookup.nextTimeout(now));
    return next;
  }

  /** How far the K-th nearest to our own id is, as the table knows it. */
  #neighbourhood(): Neighbourhood | undefined {
    const own = this.#table.closest(this.#table.ownId, K);
    const farthest = own.length < K ? undefined : own[K - 1]!.id;
    if (farthest === undefined) return undefined;
    return { count: K, distance: (readUint32(farthest, 0) ^ readUint32(this.#table.ownId, 0)) >>> 0 };
  }

  /** Starts a lookup from the nearest contacts of the table, as soon as there is room for one. */
  lookup(now: Instant, options: NodeLookup): LookupHandle {
    const entry: { options: NodeLookup; isCancelled: boolean; lookup: Lookup | undefined } = {
      options,
      isCancelled: false,
      lookup: undefined,
    };
    if (this.#lookups.size < MAX_LOOKUPS) entry.lookup = this.#begin(now, options);
    else if (this.#waiting.length < MAX_WAITING_LOOKUPS) this.#waiting.push(entry);
    else options.onDone(now, { distance: undefined, closest: [], queries: 0, answers: 0, durationMs: 0 });
    return {
      cancel: () => {
        entry.isCancelled = true;
        entry.lookup?.cancel();
        if (entry.lookup !== undefined) this.#lookups.delete(entry.lookup);
      },
    };
  }

  closestInfos(target: Uint8Array, count: number): Uint8Array {
    return this.#table.closestInfos(target, count);
  }

  /** Contacts for the next start. */
  remembered(count: number): Contact[] {
    return this.#table.freshest(count);
  }

  #begin(now: Instant, options: NodeLookup): Lookup {
    let start = options.start ?? this.#table.closest(options.target, 2 * K);
    let { strangers } = options;
    // Before there is a table, every start helps.
    if (start.length < K && strangers === undefined) {
      const first = this.bootstrap.take(now);
      start = [...start, ...first.contacts];
      strangers = first.strangers;
    }
    const { networkSize } = this;
    const lookup: Lookup = new Lookup(
      now,
      {
        ...options,
        start,
        ...(strangers === undefined ? {} : { strangers }),
        family: this.options.family,
        spares: () => shuffle(this.#table.freshest(200), this.options.prng).slice(0, 2 * K),
        expectedDistance:
          networkSize === undefined || options.parallel !== undefined
            ? undefined
            : (K * 0x1_0000_0000) / networkSize,
        onDone: (at, result) => {
          if (result.distance !== undefined && options.parallel === undefined)
            this.#size.add(K, result.distance);
          this.#lookups.delete(lookup);
          options.onDone(at, result);
          this.#startWaiting(at);
        },
      },
      this.rpc,
      this.#table.ownId,
      (id) => this.#table.handleFailure(id),
    );
    this.#lookups.add(lookup);
    lookup.advance(now);
    return lookup;
  }

  #startWaiting(now: Instant): void {
    while (this.#waiting.length > 0 && this.#lookups.size < MAX_LOOKUPS) {
      const entry = this.#waiting.shift()!;
      if (!entry.isCancelled) entry.lookup = this.#begin(now, entry.options);
    }
  }

  #handleQuery(now: Instant, query: KrpcMessage, from: Endpoint, length: number): void {
    if (this.options.isReadOnly === true || equalBytes(query.id, this.#table.ownId)) {
      this.dropped++;
      return;
    }
    if (!this.responder.admits(now, from)) return;
    const answer = this.responder.answer(now, query, from, length);
    if (answer !== undefined) this.options.sink.send(answer, from);
    if (!query.isReadOnly && !this.#table.handleQuery(now, query.id, from)) {
      this.maintenance.consider(now, query.id, from);
    }
  }

  #handleAnswer(now: Instant, answer: KrpcMessage, from: Endpoint): void {
    // The table learns before the query's owner looks into it.
    const isAnswer = answer.kind === 'response' && this.rpc.isExpected(answer, from);
    if (isAnswer) {
      this.#table.handleAnswer(now, answer.id, from);
      this.#proved.add(now, from.hostBytes);
      this.bootstrap.handleAnswer(from);
    }
    if (!this.rpc.handleMessage(now, answer, from)) this.dropped++;
    if (!isAnswer) return;
    if (answer.ip !== undefined) this.#vote(now, from, answer.ip);
    const others = this.options.family === 4 ? answer.nodes6 : answer.nodes;
    if (others !== undefined) this.sibling?.handleForeignNodes(now, others);
  }

  /** Nodes of this family that the sibling heard of: starts, as long as there is nothing better. */
  handleForeignNodes(now: Instant, infos: Uint8Array): void {
    if (this.#table.size >= K || this.#isStopped) return;
    const size = this.options.family === 4 ? 26 : 38;
    for (let at = 0; at + size <= infos.length && at < K * size; at += size) {
      const endpoint = Endpoint.fromCompact(infos.subarray(at + ID_LENGTH, at + size));
      if (endpoint !== undefined) this.addStart(now, 'peer', endpoint);
    }
  }

  /** BEP 42: enough others agree on our address, and our id does not follow from it. */
  #vote(now: Instant, from: Endpoint, seen: Uint8Array): void {
    const host = seen.length % 4 === 2 ? seen.subarray(0, seen.length - 2) : seen;
    if (host.length !== (this.options.family === 4 ? 4 : 16) || isLocalHost(host)) return;
    if (this.externalHost !== undefined && equalBytes(host, this.externalHost)) return this.#votes.voteFor();
    if (!this.#votes.voteAgainst(from.hostBytes, toByteString(host))) return;
    this.externalHost = host.slice();
    if (isIdBoundTo(this.#table.ownId, this.externalHost)) return;
    this.#takeIdentity(now, createNodeId(this.externalHost, this.options.secretPrng));
  }

  #takeIdentity(now: Instant, id: Uint8Array): void {
    const before = this.#table.freshest(1000);
    this.#table = new RoutingTable(id, this.options.family);
    for (const { id: contact, endpoint } of before) this.#table.handleAnswer(now, contact, endpoint);
    this.options.sink.onIdentity(id, this.externalHost);
    this.maintenance.start(now);
  }
}
