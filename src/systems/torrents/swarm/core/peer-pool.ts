/**
 * The addresses that a swarm knows: whom to connect to next, when to try again, whom never. Failures back off
 * exponentially; who broke the protocol or sent bad data is banned for the run. Ties are broken by the canonical
 * peer priority (BEP 40) when our own address is known.
 */
import {
  addressKey,
  hostBytesOf,
  hostKeyOf,
  isInternetAddress,
  isUnusable,
  type PeerAddress,
} from '../../../../ground/address.ts';
import { equalBytes } from '../../../../ground/bytes.ts';
import { isLoopbackHost } from '../../../../ground/endpoint.ts';
import type { Prng } from '../../../../ground/ports.ts';
import type { Instant } from '../../../../ground/units.ts';
import { peerPriority } from './peer-priority.ts';

export type PeerSource = 'dht' | 'incoming' | 'link' | 'local' | 'memory' | 'person' | 'pex' | 'tracker';

/** What an address is known to take: a plain handshake, or an encrypted one. */
export type Greeting = 'plain' | 'encrypted';
/** Whether a dial begins with an encrypted handshake, by what is known of the address. */
export type DialsEncrypted = (known: Greeting | undefined) => boolean;

/** Asked before all others: a person named them, they are next door, or they were good the last time. */
const PREFERRED: readonly PeerSource[] = ['person', 'link', 'local', 'memory'];
/** Who was spoken with, or named by a person. */
const TRUSTED: readonly PeerSource[] = ['person', 'link', 'memory', 'incoming'];

const MAX_CANDIDATES = 4000;
/** What peers tell of each other may be made up: it never crowds out what trackers, the DHT and people say. */
const MAX_HEARSAY = 2000;
/** Ports of one host: a lie about more would make us knock at every door of somebody's house. */
const MAX_PER_HOST = 8;
/** No peer listens below; services that are none of our business do. Only people may name such ports. */
const FIRST_PORT = 1024;
const MAX_BANNED = 10_000;
/** Bans of ports after which a host is banned: several peers may live behind one address. */
const MAX_STRIKES = 6;
/** Of the programs of this machine each stands for itself. */
const OWN_HOSTS: readonly string[] = ['127.0.0.1', '::1'];
const FIRST_RETRY_MS = 15_000;
const MAX_RETRY_MS = 30 * 60_000;
/** A peer that closes normally may be asked again after this. */
const RECONNECT_MS = 60_000;
/** After this many failures in a row an address is forgotten, unless a person named it. */
const MAX_FAILURES = 6;

interface Candidate {
  readonly address: PeerAddress;
  readonly key: string;
  readonly source: PeerSource;
  failures: number;
  retryAt: Instant;
  isConnected: boolean;
  /** What it took the last time, or is said to prefer. */
  greeting: Greeting | undefined;
  /** It left one greeting without an answer, and the other one is tried. */
  hasTurned: boolean;
  readonly tieBreak: number;
  /** The higher, the sooner; undefined until it is asked for, and again when our own address changes. */
  priority: number | undefined;
}

export class PeerPool {
  readonly #candidates = new Map<string, Candidate>();
  readonly #banned = new Map<string, string>();
  readonly #strikes = new Map<string, number>();
  readonly #perHost = new Map<string, number>();
  /** Candidates that only peers told of. */
  #hearsay = 0;
  readonly #prng: Prng;
  #ownHost: Uint8Array | undefined;
  #ownPort = 0;

  readonly #isBlocked: (host: string) => boolean;
  readonly #dialsEncrypted: DialsEncrypted;

  constructor(
    prng: Prng,
    isBlocked: (host: string) => boolean = () => false,
    dialsEncrypted: DialsEncrypted = () => false,
  ) {
    this.#prng = prng;
    this.#isBlocked = isBlocked;
    this.#dialsEncrypted = dialsEncrypted;
  }

  /** What `nextRetryAt` found; null when something has changed since. */
  #retryAt: Instant | undefined | null = null;

  /** Who told of it; a link, where it is forgotten by now. */
  sourceOf(address: PeerAddress): PeerSource {
    return this.#candidates.get(addressKey(address))?.source ?? 'link';
  }

  get size(): number {
    return this.#candidates.size;
  }

  get bannedCount(): number {
    return this.#banned.size;
  }

  /** Our address as others see it: peer priority needs it. */
  setOwnAddress(host: Uint8Array, port: number): void {
    if (this.#ownHost !== undefined && this.#ownPort === port && equalBytes(this.#ownHost, host)) return;
    this.#ownHost = host;
    this.#ownPort = port;
    for (const candidate of this.#candidates.values()) candidate.priority = undefined;
  }

  /** True when the address is new and worth keeping. */
  add(now: Instant, address: PeerAddress, source: PeerSource): boolean {
    const key = addressKey(address);
    if (isUnusable(address) || this.isBanned(address) || this.#candidates.has(key)) return false;
    if (!TRUSTED.includes(source) && !this.#isPlausible(address)) return false;
    if (source === 'pex' && this.#hearsay >= MAX_HEARSAY && !this.#evict('pex')) return false;
    if (this.#candidates.size >= MAX_CANDIDATES && !this.#evict()) return false;
    if (source === 'pex') this.#hearsay++;
    const host = hostKeyOf(address);
    this.#perHost.set(host, (this.#perHost.get(host) ?? 0) + 1);
    const tieBreak = this.#prng.fraction();
    this.#retryAt = null;
    this.#candidates.set(key, {
      address,
      key,
      source,
      failures: 0,
      retryAt: now,
      isConnected: false,
      greeting: undefined,
      hasTurned: false,
      tieBreak,
      priority: undefined,
    });
    return true;
  }

  /** The best address to connect to now; it counts as connected until `handleClosed`. */
  take(
    now: Instant,
  ): (Pick<Candidate, 'address' | 'failures'> & { readonly isEncrypted: boolean }) | undefined {
    let best: Candidate | undefined;
    let bestPriority = -1;
    for (const candidate of this.#candidates.values()) {
      if (candidate.isConnected || candidate.retryAt > now) continue;
      if (best !== undefined && candidate.failures > best.failures) continue;
      candidate.priority ??= this.#priority(candidate);
      const { priority } = candidate;
      if (best !== undefined && candidate.failures === best.failures && priority <= bestPriority) continue;
      best = candidate;
      bestPriority = priority;
    }
    if (best === undefined) return undefined;
    best.isConnected = true;
    this.#retryAt = null;
    const { address, failures, greeting } = best;
    return { address, failures, isEncrypted: this.#dialsEncrypted(greeting) };
  }

  /** There is something to fetch again: peers that were of no use for a while may be. */
  hurry(now: Instant): void {
    this.#retryAt = null;
    for (const candidate of this.#candidates.values())
      if (candidate.failures === 0) candidate.retryAt = Math.min(candidate.retryAt, now);
  }

  /** When `take` may next have something; undefined while every address is connected or none is known. */
  nextRetryAt(): Instant | undefined {
    if (this.#retryAt !== null) return this.#retryAt;
    let next: Instant | undefined;
    for (const { isConnected, retryAt } of this.#candidates.values()) {
      if (!isConnected && (next === undefined || retryAt < next)) next = retryAt;
    }
    this.#retryAt = next;
    return next;
  }

  /** An incoming peer told where it listens: no second connection to it. */
  markConnected(now: Instant, address: PeerAddress): void {
    this.add(now, address, 'incoming');
    const candidate = this.#candidates.get(addressKey(address));
    if (candidate !== undefined) candidate.isConnected = true;
    this.#retryAt = null;
  }

  /**
   * @param worth useful: it got past the handshake; useless: neither side needs this connection, for now; unanswered: our
   * greeting got no answer
   */
  handleClosed(
    now: Instant,
    address: PeerAddress,
    worth: 'useful' | 'useless' | 'unanswered' | 'failed',
    isEncrypted: boolean,
  ): void {
    const candidate = this.#candidates.get(addressKey(address));
    if (candidate === undefined) return;
    candidate.isConnected = false;
    this.#retryAt = null;
    if (worth === 'unanswered' && this.#turn(candidate, isEncrypted)) {
      candidate.retryAt = now;
      return;
    }
    candidate.hasTurned = false;
    if (worth === 'useful' || worth === 'useless') {
      candidate.failures = 0;
      candidate.greeting = isEncrypted ? 'encrypted' : 'plain';
      candidate.retryAt = now + (worth === 'useful' ? RECONNECT_MS : MAX_RETRY_MS);
      return;
    }
    candidate.failures++;
    if (candidate.failures >= MAX_FAILURES && candidate.source !== 'person' && candidate.source !== 'link') {
      this.#forget(candidate);
      return;
    }
    const backOff = Math.min(FIRST_RETRY_MS * 2 ** (candidate.failures - 1), MAX_RETRY_MS);
    candidate.retryAt = now + backOff * (0.75 + this.#prng.fraction() / 2);
  }

  /** The peer may want the other greeting: that is tried at once, if the policy lets it, before the address counts as failed. */
  #turn(candidate: Candidate, isEncrypted: boolean): boolean {
    const other = isEncrypted ? 'plain' : 'encrypted';
    const isPossible = !candidate.hasTurned && this.#dialsEncrypted(other) !== isEncrypted;
    candidate.hasTurned = isPossible;
    candidate.greeting = isPossible ? other : undefined;
    return isPossible;
  }

  /** The peer was seen to speak it, or is said to prefer it. */
  noteEncryption(address: PeerAddress): void {
    const candidate = this.#candidates.get(addressKey(address));
    if (candidate !== undefined) candidate.greeting ??= 'encrypted';
  }

  /**
   * Never again in this run. Who sent bad data is banned with every port: a liar that comes back from another is the same
   * liar. So is a host of which several ports were banned for lesser things.
   */
  ban(address: PeerAddress, reason: string, everyPort: boolean): void {
    const candidate = this.#candidates.get(addressKey(address));
    if (candidate !== undefined) this.#forget(candidate);
    if (this.#banned.size >= MAX_BANNED) this.#banned.delete(this.#banned.keys().next().value!);
    const host = hostKeyOf(address);
    const strikes = (this.#strikes.get(host) ?? 0) + 1;
    if (this.#strikes.size >= MAX_BANNED) this.#strikes.clear();
    this.#strikes.set(host, strikes);
    const isEveryPort = everyPort || (strikes >= MAX_STRIKES && !OWN_HOSTS.includes(host));
    this.#banned.set(isEveryPort ? host : addressKey(address), reason);
  }

  isBanned(address: PeerAddress): boolean {
    if (this.#banned.has(addressKey(address))) return true;
    // What is blocked are hosts of the internet.
    return isInternetAddress(address) && (this.#banned.has(address.host) || this.#isBlocked(address.host));
  }

  #priority(candidate: Candidate): number {
    if (PREFERRED.includes(candidate.source)) return Number.POSITIVE_INFINITY;
    const { address } = candidate;
    const host = this.#ownHost === undefined ? undefined : hostBytesOf(address);
    if (!isInternetAddress(address) || host === undefined || host.length !== this.#ownHost!.length)
      return candidate.tieBreak;
    return peerPriority(this.#ownHost!, this.#ownPort, host, address.port);
  }

  #isPlausible(address: PeerAddress): boolean {
    if (!isInternetAddress(address)) return true;
    const bytes = hostBytesOf(address);
    if (bytes !== undefined && isLoopbackHost(bytes)) return true;
    return address.port >= FIRST_PORT && (this.#perHost.get(address.host) ?? 0) < MAX_PER_HOST;
  }

  #forget(candidate: Candidate): boolean {
    if (!this.#candidates.delete(candidate.key)) return false;
    this.#retryAt = null;
    if (candidate.source === 'pex') this.#hearsay--;
    const host = hostKeyOf(candidate.address);
    const left = this.#perHost.get(host)! - 1;
    if (left === 0) this.#perHost.delete(host);
    else this.#perHost.set(host, left);
    return true;
  }

  /** Makes room by dropping the address with most failures, or one of hearsay that was never tried. */
  #evict(source?: PeerSource): boolean {
    let worst: Candidate | undefined;
    let hearsay: Candidate | undefined;
    for (const candidate of this.#candidates.values()) {
      if (candidate.isConnected) continue;
      if (source !== undefined && candidate.source !== source) continue;
      if (candidate.failures > (worst?.failures ?? 0)) worst = candidate;
      if (candidate.source === 'pex' && candidate.failures === 0) hearsay ??= candidate;
    }
    const victim = worst ?? (source === undefined ? hearsay : undefined);
    return victim !== undefined && this.#forget(victim);
  }
}
