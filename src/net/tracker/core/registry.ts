/**
 * The memory of a tracker: for each info hash the peers that announced lately. Answers are random samples, so that no peer is
 * everybody's first choice.
 *
 * Nothing in it is an object for each peer or each swarm: swarms are rows of one table (`swarm-table.ts`), peers lie packed as they
 * are sent (`packed-peers.ts`), in some 12 to 20 bytes each over IPv4 and 30 over IPv6. An announce costs the same in a swarm of one and
 * of twenty thousand, and makes no garbage.
 *
 * Everything is bounded. A full swarm drops a peer at random; when there are too many swarms or too many peers in all, the swarm
 * goes that was not announced to for longest. Peers that fell silent are dropped when their swarm is asked for, and by a round that
 * looks at a bounded number of them at a time, so that no call takes long.
 *
 * Invariant: the counts of an answer and the peers in it are of peers that announced within two and a half intervals, and that no
 * rule denied when the rules last changed.
 */
import { assert } from '../../../ground/assert.ts';
import type { Bytes } from '../../../ground/bytes.ts';
import { type Filter, NO_FILTER } from '../../../ground/filter.ts';
import type { Prng } from '../../../ground/ports.ts';
import { SipHash, SIPHASH_KEY_BYTES } from '../../../ground/siphash.ts';
import type { Instant } from '../../../ground/units.ts';
import type { AnnounceEvent, ScrapeEntry } from '../wire/announce.ts';
import { PackedPeers } from './packed-peers.ts';
import { Field, ROW_WORDS, SwarmTable } from './swarm-table.ts';

export interface RegistryOptions {
  readonly prng: Prng;
  /** For the keys of its tables, which strangers must not guess. */
  readonly secretPrng: Prng;
  readonly intervalSeconds?: number;
  readonly maxSwarms?: number;
  /** Of one address family. */
  readonly maxPeersPerSwarm?: number;
  /** Of all swarms together. */
  readonly maxPeers?: number;
  /** Denied shares are not served, and denied peers are never in an answer. */
  readonly filter?: Filter | undefined;
}

/** The answer does not name the list that denies it. */
export const DENIED_REASON = 'this tracker does not serve that share';
export const MAX_ANSWERED_PEERS = 200;

const DEFAULT_INTERVAL_SECONDS = 900;
const MIN_INTERVAL_SECONDS = 60;
const DEFAULT_MAX_SWARMS = 100_000;
const DEFAULT_MAX_PEERS_PER_SWARM = 20_000;
/** 20 to 60 MiB. */
const DEFAULT_MAX_PEERS = 2_000_000;
/** A peer that misses two announces is gone. */
const EXPIRY_INTERVALS = 2.5;
/** Times are kept in ticks: 32 bits of them last for thirteen years. */
const TICK_MS = 100;
/** How many swarms and peers one call of `handleTick` looks at: about a millisecond. */
const SLICE = 20_000;
/** Between two calls: then even a full registry is gone through in a minute. */
export const REGISTRY_TICK_MS = 500;
/** `oldest` of a swarm that has to be looked at before it is answered for. */
const LOOK_AT_ALL = 0;

export class Registry {
  readonly #prng: Prng;
  readonly #filter: Filter;
  readonly #stopListening: () => void;
  readonly #maxPeersPerSwarm: number;
  readonly #maxPeers: number;
  readonly #expiryTicks: number;
  readonly #swarms: SwarmTable;
  readonly #v4: PackedPeers;
  readonly #v6: PackedPeers;
  readonly #isDenied: (host: Bytes) => boolean;
  readonly intervalSeconds: number;
  readonly minIntervalSeconds: number;
  /** The time of tick 1: time may begin anywhere. */
  #epoch: Instant | undefined;
  /** Where the round goes on. */
  #cursor = 1;
  /** Of the announce that was handled last: its swarm, its list of peers, and where in it the asker is. */
  #row = 0;
  #asker = -1;
  #askerPeers: PackedPeers;

  constructor(options: RegistryOptions) {
    this.#prng = options.prng;
    this.#filter = options.filter ?? NO_FILTER;
    this.#stopListening = this.#filter.listen(() => this.#lookAtAll());
    this.#isDenied = (host) => this.#filter.denyHost(host, 'tracker') !== undefined;
    this.intervalSeconds = options.intervalSeconds ?? DEFAULT_INTERVAL_SECONDS;
    this.minIntervalSeconds = Math.min(MIN_INTERVAL_SECONDS, this.intervalSeconds);
    this.#expiryTicks = Math.ceil((this.intervalSeconds * 1000 * EXPIRY_INTERVALS) / TICK_MS);
    this.#maxPeersPerSwarm = options.maxPeersPerSwarm ?? DEFAULT_MAX_PEERS_PER_SWARM;
    this.#maxPeers = options.maxPeers ?? DEFAULT_MAX_PEERS;
    assert(this.#maxPeersPerSwarm >= 1 && this.#maxPeers >= 1, 'a tracker has room for a peer');
    const hasher = new SipHash(options.secretPrng.fill(new Uint8Array(SIPHASH_KEY_BYTES)));
    this.#swarms = new SwarmTable(options.maxSwarms ?? DEFAULT_MAX_SWARMS, hasher);
    this.#v4 = new PackedPeers(6, hasher, this.#prng);
    this.#v6 = new PackedPeers(18, hasher, this.#prng);
    this.#askerPeers = this.#v4;
  }

  get swarmCount(): number {
    return this.#swarms.size;
  }

  get peerCount(): number {
    return this.#v4.size + this.#v6.size;
  }

  /** Arrays that hold peers. */
  get slabCount(): number {
    return this.#v4.slabCount + this.#v6.slabCount;
  }

  /** Of the swarm of the last announce. */
  get seeders(): number {
    return this.#countPeers(this.#row) - this.#countFetching(this.#row);
  }

  get leechers(): number {
    return this.#countFetching(this.#row);
  }

  /** Changes of rules are no longer heard. */
  close(): void {
    this.#stopListening();
  }

  /** An announce of it is refused, and what was known of it is forgotten. @param infoHash 20 bytes at `at` */
  denies(infoHash: Bytes, at = 0): boolean {
    if (this.#filter.allowsAllHashes) return false;
    if (this.#filter.denyHash(infoHash.subarray(at, at + 20), 'tracker') === undefined) return false;
    const row = this.#swarms.find(infoHash, at);
    if (row !== 0) this.#forget(row);
    return true;
  }

  /** The sender is not talked to. @param host 4 or 16 bytes */
  ignores(host: Bytes): boolean {
    return !this.#filter.allowsAllHosts && this.#filter.denyHost(host, 'tracker') !== undefined;
  }

  /**
   * Remembers the peer, or forgets it. Then `seeders`, `leechers` and the samples speak of its swarm, until the next call.
   * @param infoHash 20 bytes at `at`
   * @param address where the announce came from, with the port that it named: 6 or 18 bytes (BEP 23, BEP 7)
   */
  handleAnnounce(
    now: Instant,
    infoHash: Bytes,
    at: number,
    address: Bytes,
    event: AnnounceEvent,
    isSeed: boolean,
  ): void {
    const tick = this.#tickOf(now);
    const peers = address.length === 6 ? this.#v4 : this.#v6;
    this.#askerPeers = peers;
    this.#asker = -1;
    this.#row = this.#swarms.find(infoHash, at);
    if (this.#row !== 0) {
      this.#swarms.touch(this.#row);
      this.#sweepIfDue(this.#row, tick);
    } else if (event === 'stopped') return;
    else this.#row = this.#addSwarm(infoHash, at, tick);
    const position = peers.find(this.#swarms.words, this.#listOf(this.#row, peers), address);
    if (event === 'stopped') this.#remove(peers, position);
    else this.#asker = this.#put(peers, position, tick, isSeed);
    if (event === 'completed') this.#swarms.words[this.#row * ROW_WORDS + Field.completed]!++;
  }

  /**
   * Writes up to `count` peers of the asker's own family, drawn at random, into `out` from `at` on: not itself, and no seeds for a seed.
   * Returns where the next byte goes.
   */
  sample(count: number, isSeed: boolean, out: Uint8Array, at: number): number {
    if (this.#row === 0) return at;
    const peers = this.#askerPeers;
    const list = this.#listOf(this.#row, peers);
    return peers.sample(this.#swarms.words, list, this.#asker, isSeed, count, out, at);
  }

  /** The same over both families: HTTP answers have both. */
  sampleBoth(count: number, isSeed: boolean): { readonly v4: Uint8Array; readonly v6: Uint8Array } {
    const [v4, v6] = [this.#eligible(this.#v4, isSeed), this.#eligible(this.#v6, isSeed)];
    const wanted = Math.min(count, v4 + v6, MAX_ANSWERED_PEERS);
    // Each family gets its share; what is left of a peer is drawn, so that every peer has the same chance.
    const ofV4 = v4 === 0 ? 0 : Math.floor((wanted * v4) / (v4 + v6) + this.#prng.fraction());
    const draw = (peers: PackedPeers, some: number): Uint8Array => {
      const out = new Uint8Array(some * peers.addressBytes);
      const list = this.#listOf(this.#row, peers);
      return out.subarray(
        0,
        peers.sample(this.#swarms.words, list, this.#askerIn(peers), isSeed, some, out, 0),
      );
    };
    return { v4: draw(this.#v4, ofV4), v6: draw(this.#v6, wanted - ofV4) };
  }

  handleScrape(now: Instant, infoHashes: readonly Uint8Array[]): ScrapeEntry[] {
    return infoHashes.map((infoHash) => {
      const row = this.denies(infoHash) ? 0 : this.#swarms.find(infoHash, 0);
      if (row === 0) return { infoHash, seeders: 0, completed: 0, leechers: 0 };
      this.#sweepIfDue(row, this.#tickOf(now));
      const leechers = this.#countFetching(row);
      const completed = this.#swarms.words[row * ROW_WORDS + Field.completed]!;
      return { infoHash, seeders: this.#countPeers(row) - leechers, completed, leechers };
    });
  }

  /** Forgets peers that stopped announcing, a slice of all at a time. Called every `REGISTRY_TICK_MS`. */
  handleTick(now: Instant): void {
    const tick = this.#tickOf(now);
    const { end } = this.#swarms;
    let left = SLICE;
    for (let visited = 1; visited < end && left > 0; visited++) {
      if (this.#cursor >= end) this.#cursor = 1;
      const row = this.#cursor++;
      left--;
      if (!this.#swarms.isUsed(row)) continue;
      const count = this.#countPeers(row);
      if (this.#sweepIfDue(row, tick)) left -= count;
      if (this.#countPeers(row) === 0) this.#forget(row);
    }
  }

  #tickOf(now: Instant): number {
    this.#epoch ??= now;
    return Math.max(0, Math.floor((now - this.#epoch) / TICK_MS)) + 1;
  }

  #listOf(row: number, peers: PackedPeers): number {
    return row * ROW_WORDS + (peers === this.#v4 ? Field.peersV4 : Field.peersV6);
  }

  #other(peers: PackedPeers): PackedPeers {
    return peers === this.#v4 ? this.#v6 : this.#v4;
  }

  #askerIn(peers: PackedPeers): number {
    return peers === this.#askerPeers ? this.#asker : -1;
  }

  #eligible(peers: PackedPeers, isSeed: boolean): number {
    if (this.#row === 0) return 0;
    const list = this.#listOf(this.#row, peers);
    return peers.eligible(this.#swarms.words, list, this.#askerIn(peers), isSeed);
  }

  #countPeers(row: number): number {
    const { words } = this.#swarms;
    const base = row * ROW_WORDS;
    return this.#v4.countOf(words, base + Field.peersV4) + this.#v6.countOf(words, base + Field.peersV6);
  }

  #countFetching(row: number): number {
    const { words } = this.#swarms;
    const base = row * ROW_WORDS;
    return (
      this.#v4.fetchingOf(words, base + Field.peersV4) + this.#v6.fetchingOf(words, base + Field.peersV6)
    );
  }

  #addSwarm(infoHash: Bytes, at: number, tick: number): number {
    if (this.#swarms.isFull) {
      this.#forget(this.#swarms.oldest);
      this.#swarms.find(infoHash, at);
    }
    const row = this.#swarms.add();
    this.#swarms.words[row * ROW_WORDS + Field.oldest] = tick;
    return row;
  }

  #forget(row: number): void {
    const { words } = this.#swarms;
    this.#v4.release(words, row * ROW_WORDS + Field.peersV4);
    this.#v6.release(words, row * ROW_WORDS + Field.peersV6);
    this.#swarms.remove(row);
    if (row === this.#row) this.#row = 0;
  }

  #put(peers: PackedPeers, position: number, tick: number, isSeed: boolean): number {
    const list = this.#listOf(this.#row, peers);
    const { words } = this.#swarms;
    if (position >= 0) return peers.refresh(words, list, position, tick, isSeed);
    while (this.peerCount >= this.#maxPeers && this.#swarms.oldest !== this.#row)
      this.#forget(this.#swarms.oldest);
    const count = peers.countOf(words, list);
    if (count >= this.#maxPeersPerSwarm) this.#dropOne(peers);
    // No other swarm is left: one of its own goes, of the other family if need be.
    else if (this.peerCount >= this.#maxPeers) this.#dropOne(count > 0 ? peers : this.#other(peers));
    return peers.add(words, list, tick, isSeed);
  }

  #dropOne(peers: PackedPeers): void {
    const list = this.#listOf(this.#row, peers);
    const { words } = this.#swarms;
    peers.removeAt(words, list, this.#prng.below(peers.countOf(words, list)));
  }

  #remove(peers: PackedPeers, position: number): void {
    if (position >= 0) peers.removeAt(this.#swarms.words, this.#listOf(this.#row, peers), position);
    const isEmpty = this.#countPeers(this.#row) === 0;
    if (isEmpty && this.#swarms.words[this.#row * ROW_WORDS + Field.completed] === 0) this.#forget(this.#row);
  }

  /** True when it looked at the peers. */
  #sweepIfDue(row: number, tick: number): boolean {
    const { words } = this.#swarms;
    const base = row * ROW_WORDS;
    const oldest = words[base + Field.oldest]!;
    if (oldest !== LOOK_AT_ALL && oldest + this.#expiryTicks >= tick) return false;
    const limit = Math.max(0, tick - this.#expiryTicks);
    const isDenied = oldest === LOOK_AT_ALL && !this.#filter.allowsAllHosts ? this.#isDenied : undefined;
    const v4 = this.#v4.sweep(words, base + Field.peersV4, limit, isDenied);
    const v6 = this.#v6.sweep(words, base + Field.peersV6, limit, isDenied);
    words[base + Field.oldest] = Math.min(v4, v6, tick);
    return true;
  }

  /** The rules changed: no peer is told of before it was looked at. */
  #lookAtAll(): void {
    const { words, end } = this.#swarms;
    for (let row = 1; row < end; row++)
      if (this.#swarms.isUsed(row)) words[row * ROW_WORDS + Field.oldest] = LOOK_AT_ALL;
  }
}
