/**
 * Keeps the table alive: finds the own neighbourhood at the start and again every quarter of an hour, refreshes
 * buckets that lack contacts, asks contacts that have been silent (BEP 5), and asks unknown nodes that queried us
 * and would fit the table. They enter it when they answer.
 */
import { addressKey } from '../../../ground/address.ts';
import type { Endpoint } from '../../../ground/endpoint.ts';
import type { Prng } from '../../../ground/ports.ts';
import type { Instant } from '../../../ground/units.ts';
import { randomIdInBucket, sharedPrefix } from '../wire/node-id.ts';
import type { Bootstrap } from './bootstrap.ts';
import type { LookupOptions, LookupResult } from './lookup.ts';
import { K, QUESTIONABLE_MS, type RoutingTable } from './routing-table.ts';
import type { Rpc } from './rpc.ts';

/** A bucket with so many contacts fills by itself, with nodes that ask us. */
const ENOUGH = K / 4;
/** A refresh ends when its bucket has so many live contacts. */
const PLENTY = K / 2;
/** Lookups after the start that go to the end: each costs as much as two looks, and the second adds little. */
const SOUNDINGS = 1;
const TICK_MS = 20_000;
/** While the table is being filled after the start. */
const FILL_TICK_MS = 1500;
const NEIGHBOURHOOD_MS = 15 * 60_000;
const BUCKET_REFRESH_MS = 15 * 60_000;
/** We ask contacts a little before they become questionable. */
const REFRESH_AFTER_MS = QUESTIONABLE_MS - 2 * TICK_MS;
const MAX_PINGS_A_TICK = 16;
/** Unknown nodes that we ask back: at once, and per second. */
const MAX_PING_BACKS = 16;
const PING_BACKS_PER_SECOND = 4;

export interface MaintenanceParts {
  readonly rpc: Rpc;
  readonly prng: Prng;
  readonly bootstrap: Bootstrap;
  table(): RoutingTable;
  startLookup(
    now: Instant,
    options: Omit<LookupOptions, 'family' | 'start' | 'method' | 'args'> & { start?: LookupOptions['start'] },
  ): void;
  onFailure(id: Uint8Array): void;
  onReady(now: Instant): void;
  /** The nearest that we know lie further apart than the size of the network lets us expect. */
  isNeighbourhoodThin(): boolean;
}

export class Maintenance {
  readonly #parts: MaintenanceParts;
  #tickAt: Instant = Number.POSITIVE_INFINITY;
  #neighbourhoodAt: Instant = 0;
  #isLooking = false;
  #isFilling = true;
  readonly #refreshedAt = new Map<number, Instant>();
  readonly #asking = new Set<string>();
  #pingBacks = PING_BACKS_PER_SECOND;
  #pingBacksAt: Instant = 0;

  constructor(parts: MaintenanceParts) {
    this.#parts = parts;
  }

  start(now: Instant): void {
    this.#isFilling = true;
    this.#refreshedAt.clear();
    this.#neighbourhoodAt = now;
    this.#tickAt = now;
  }

  /** There are new starts, or a table to rebuild: no waiting for the next tick. */
  hurry(now: Instant): void {
    if (this.#tickAt > now) this.#tickAt = now;
  }

  nextTimeout(): Instant {
    return this.#tickAt;
  }

  handleTimeout(now: Instant): void {
    if (now < this.#tickAt) return;
    this.#tickAt =
      now + (this.#isFilling ? FILL_TICK_MS : TICK_MS * (0.75 + this.#parts.prng.fraction() / 2));
    this.#pingStale(now);
    if (this.#isLooking) return;
    const { bootstrap } = this.#parts;
    const table = this.#parts.table();
    if (table.size === 0) {
      if (bootstrap.size === 0) this.#tickAt = now + TICK_MS;
      else if (now >= bootstrap.retryAt) this.#lookAround(now);
      else this.#tickAt = bootstrap.retryAt;
    } else if (now >= this.#neighbourhoodAt) this.#lookAround(now);
    else this.#refreshBucket(now);
  }

  /** A stranger asked something: worth asking back? */
  consider(now: Instant, id: Uint8Array, endpoint: Endpoint): void {
    const elapsed = now - this.#pingBacksAt;
    this.#pingBacksAt = now;
    this.#pingBacks = Math.min(MAX_PING_BACKS, this.#pingBacks + (elapsed / 1000) * PING_BACKS_PER_SECOND);
    if (this.#pingBacks < 1 || this.#asking.size >= MAX_PING_BACKS) return;
    if (this.#parts.rpc.delayMs(now) > 0 || !this.#parts.table().wouldTake(id, endpoint)) return;
    const key = addressKey(endpoint);
    if (this.#asking.has(key)) return;
    this.#pingBacks--;
    this.#asking.add(key);
    this.ping(now, id.slice(), endpoint, () => this.#asking.delete(key));
  }

  ping(now: Instant, id: Uint8Array | undefined, endpoint: Endpoint, done: () => void = () => {}): void {
    this.#parts.rpc.query(
      now,
      'ping',
      endpoint,
      id,
      {},
      {
        onAnswer: () => done(),
        onFailure: () => {
          if (id !== undefined) this.#parts.onFailure(id);
          done();
        },
      },
    );
  }

  #pingStale(now: Instant): void {
    const table = this.#parts.table();
    const due = Math.ceil((table.size * TICK_MS) / REFRESH_AFTER_MS) + 1;
    for (let i = 0; i < Math.min(due, MAX_PINGS_A_TICK); i++) {
      if (this.#parts.rpc.delayMs(now) > 0) return;
      const contact = table.stalest(now - REFRESH_AFTER_MS);
      if (contact === undefined) return;
      const key = addressKey(contact.endpoint);
      if (this.#asking.has(key)) return;
      this.#asking.add(key);
      this.ping(now, contact.id, contact.endpoint, () => this.#asking.delete(key));
    }
  }

  #lookAround(now: Instant): void {
    const { bootstrap } = this.#parts;
    const table = this.#parts.table();
    const first = table.size < K ? bootstrap.take(now) : { contacts: [], strangers: [] };
    this.#isLooking = true;
    this.#neighbourhoodAt = now + NEIGHBOURHOOD_MS * (0.75 + this.#parts.prng.fraction() / 2);
    this.#parts.startLookup(now, {
      target: table.ownId,
      start: [...table.closest(table.ownId, 2 * K), ...first.contacts],
      strangers: first.strangers,
      onDone: (at, result) => this.#handleLookedAround(at, result),
    });
  }

  #handleLookedAround(now: Instant, result: LookupResult): void {
    this.#isLooking = false;
    if (result.answers === 0) return;
    this.#parts.onReady(now);
    this.#tickAt = Math.min(this.#tickAt, now + FILL_TICK_MS);
  }

  /** The first bucket that lacks contacts and was not looked into for a quarter of an hour. */
  #refreshBucket(now: Instant): void {
    const table = this.#parts.table();
    // There is no node nearer than the K nearest.
    const nearest = table.closest(table.ownId, K);
    const last = nearest.length < K ? table.deepestBucket : sharedPrefix(table.ownId, nearest[K - 1]!.id);
    for (let bucket = 0; bucket <= last; bucket++) {
      if (table.liveIn(bucket) >= ENOUGH) continue;
      const refreshedAt = this.#refreshedAt.get(bucket);
      if (refreshedAt !== undefined && now - refreshedAt < BUCKET_REFRESH_MS) continue;
      this.#refreshedAt.set(bucket, now);
      this.#isLooking = true;
      const onDone = (): void => void (this.#isLooking = false);
      const target = randomIdInBucket(table.ownId, bucket, this.#parts.prng);
      // The first lookup goes all the way: it tells the size of the network, which makes the node hard to lead
      // astray.
      if (this.#refreshedAt.size <= SOUNDINGS) this.#parts.startLookup(now, { target, onDone });
      else {
        // It is about the bucket, not about the target: no need to go on when it is full, and no hurry.
        const onAnswer = (): boolean => table.liveIn(bucket) >= PLENTY;
        this.#parts.startLookup(now, { target, onAnswer, parallel: 2, onDone });
      }
      return;
    }
    if (!this.#isFilling) return;
    this.#isFilling = false;
    // Once more around our own id, if it looks thinner there than elsewhere: the first look may have been led astray.
    if (this.#parts.isNeighbourhoodThin()) this.#neighbourhoodAt = now;
  }
}
