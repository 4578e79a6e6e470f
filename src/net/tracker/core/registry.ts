/**
 * The memory of a tracker: for each info hash the peers that announced lately. Answers are random samples, so
 * that no peer is everybody's first choice. Everything is bounded; when full, the swarm that nobody asked for
 * longest goes.
 */
import type { Address } from '../../../ground/address.ts';
import { addressKey, encodeCompact } from '../../../ground/address.ts';
import { toByteString } from '../../../ground/bytes.ts';
import { denyAddress, type Filter, NO_FILTER } from '../../../ground/filter.ts';
import type { Prng } from '../../../ground/ports.ts';
import type { Instant } from '../../../ground/units.ts';
import type { AnnounceRequest, AnnounceResponse, ScrapeEntry } from '../wire/announce.ts';

export interface RegistryOptions {
  readonly prng: Prng;
  readonly intervalSeconds?: number;
  readonly maxSwarms?: number;
  readonly maxPeersPerSwarm?: number;
  /** Denied shares are not served, and denied peers are never in an answer. */
  readonly filter?: Filter | undefined;
}

/** The answer does not name the list that denies it. */
export const DENIED_REASON = 'this tracker does not serve that share';

const DEFAULT_INTERVAL_SECONDS = 900;
const MIN_INTERVAL_SECONDS = 60;
const MAX_ANSWERED_PEERS = 200;
const DEFAULT_MAX_SWARMS = 100_000;
const DEFAULT_MAX_PEERS = 20_000;
/** A peer that misses two announces is gone. */
const EXPIRY_INTERVALS = 2.5;

interface Member {
  readonly address: Address;
  isSeed: boolean;
  seenAt: Instant;
}

interface Members {
  /** An array beside the map makes random samples O(sample). */
  readonly list: Member[];
  readonly index: Map<string, number>;
  seeders: number;
  completed: number;
}

export class Registry {
  readonly #options: RegistryOptions;
  readonly #intervalSeconds: number;
  readonly #filter: Filter;
  /** In order of last announce. */
  readonly #swarms = new Map<string, Members>();

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#filter = options.filter ?? NO_FILTER;
    this.#intervalSeconds = options.intervalSeconds ?? DEFAULT_INTERVAL_SECONDS;
  }

  get swarmCount(): number {
    return this.#swarms.size;
  }

  get peerCount(): number {
    let count = 0;
    for (const members of this.#swarms.values()) count += members.list.length;
    return count;
  }

  /** An announce of it is refused, and what was known of it is forgotten. */
  denies(infoHash: Uint8Array): boolean {
    if (this.#filter.allowsAllHashes || this.#filter.denyHash(infoHash, 'tracker') === undefined)
      return false;
    this.#swarms.delete(toByteString(infoHash));
    return true;
  }

  /** The sender is not talked to. */
  ignores(address: Address): boolean {
    return denyAddress(this.#filter, address, 'tracker') !== undefined;
  }

  /** @param address where the announce came from, with the port that it named */
  handleAnnounce(now: Instant, request: AnnounceRequest, address: Address): AnnounceResponse {
    const key = toByteString(request.infoHash);
    const members = this.#touch(key);
    const memberKey = addressKey(address);
    if (request.event === 'stopped') remove(members, memberKey);
    else this.#put(now, members, memberKey, address, request.left === 0);
    if (request.event === 'completed') members.completed++;
    const wanted = request.event === 'stopped' ? 0 : Math.min(request.numWant, MAX_ANSWERED_PEERS);
    const peers = this.#sample(now, members, wanted, memberKey, request.left === 0);
    if (members.list.length === 0 && members.completed === 0) this.#swarms.delete(key);
    const host = encodeCompact(address);
    return {
      intervalSeconds: this.#intervalSeconds,
      minIntervalSeconds: Math.min(MIN_INTERVAL_SECONDS, this.#intervalSeconds),
      peers,
      seeders: members.seeders,
      leechers: members.list.length - members.seeders,
      ...(host === undefined ? {} : { externalIp: host.slice(0, host.length - 2) }),
    };
  }

  handleScrape(infoHashes: readonly Uint8Array[]): ScrapeEntry[] {
    return infoHashes.map((infoHash) => {
      this.denies(infoHash);
      const members = this.#swarms.get(toByteString(infoHash));
      const seeders = members?.seeders ?? 0;
      const leechers = (members?.list.length ?? 0) - seeders;
      return { infoHash, seeders, completed: members?.completed ?? 0, leechers };
    });
  }

  /** Forgets peers that stopped announcing. Called every minute or so. */
  handleTick(now: Instant): void {
    const oldest = now - this.#intervalSeconds * 1000 * EXPIRY_INTERVALS;
    for (const [key, members] of this.#swarms) {
      for (const member of [...members.list]) {
        if (member.seenAt < oldest) remove(members, addressKey(member.address));
      }
      if (members.list.length === 0) this.#swarms.delete(key);
    }
  }

  #touch(key: string): Members {
    let members = this.#swarms.get(key);
    if (members === undefined) {
      members = { list: [], index: new Map(), seeders: 0, completed: 0 };
      const max = this.#options.maxSwarms ?? DEFAULT_MAX_SWARMS;
      if (this.#swarms.size >= max) this.#swarms.delete(this.#swarms.keys().next().value!);
    } else this.#swarms.delete(key);
    this.#swarms.set(key, members);
    return members;
  }

  #put(now: Instant, members: Members, key: string, address: Address, isSeed: boolean): void {
    const at = members.index.get(key);
    if (at !== undefined) {
      const member = members.list[at]!;
      members.seeders += Number(isSeed) - Number(member.isSeed);
      member.isSeed = isSeed;
      member.seenAt = now;
      return;
    }
    const max = this.#options.maxPeersPerSwarm ?? DEFAULT_MAX_PEERS;
    if (members.list.length >= max) {
      remove(members, addressKey(members.list[this.#options.prng.below(members.list.length)]!.address));
    }
    members.index.set(key, members.list.length);
    members.list.push({ address, isSeed, seenAt: now });
    members.seeders += Number(isSeed);
  }

  /** Up to `count` distinct members other than the asker; a seed gets no other seeds. */
  #sample(now: Instant, members: Members, count: number, except: string, isSeed: boolean): Address[] {
    const { list } = members;
    const oldest = now - this.#intervalSeconds * 1000 * EXPIRY_INTERVALS;
    const found: Address[] = [];
    const start = this.#options.prng.below(Math.max(1, list.length));
    for (let i = 0; i < list.length && found.length < count; i++) {
      const member = list[(start + i) % list.length]!;
      if (isSeed && member.isSeed) continue;
      if (member.seenAt < oldest || addressKey(member.address) === except) continue;
      if (!this.ignores(member.address)) found.push(member.address);
    }
    return found;
  }
}

/** The last member takes the place of the removed one. */
function remove(members: Members, key: string): void {
  const at = members.index.get(key);
  if (at === undefined) return;
  const removed = members.list[at]!;
  const last = members.list.pop()!;
  members.index.delete(key);
  members.seeders -= Number(removed.isSeed);
  if (last === removed) return;
  members.list[at] = last;
  members.index.set(addressKey(last.address), at);
}
