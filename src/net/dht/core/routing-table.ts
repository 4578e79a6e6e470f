/**
 * The routing table of Kademlia as BEP 5 has it: buckets of k contacts by shared prefix with our own id, each with a
 * cache of replacements.
 *
 * Contacts lie in typed arrays, not in objects: a table costs some kilobytes and nothing to the garbage collector, and
 * 100,000 of them fit one simulated world. Bucket b owns the slots [b·2k, b·2k + 2k): the first k live, the rest
 * replacements. Diversity: one contact a host, and few of one network (/24, /48) in a bucket, so that who owns one
 * network can't own a neighbourhood; local hosts are exempt.
 *
 * A live contact has answered us. Good: heard of within 15 minutes. Questionable: longer ago. Bad: failed twice
 * in a row; replaced as soon as there is a replacement, asked again otherwise (BEP 5).
 */
import { readUint16, readUint32, writeUint32 } from '../../../ground/bytes.ts';
import { Endpoint, isLocalHost, networkOf } from '../../../ground/endpoint.ts';
import type { Instant } from '../../../ground/units.ts';
import { ID_LENGTH, isIdBoundTo, sharedPrefix } from '../wire/node-id.ts';

/** Bucket size of BEP 5. */
export const K = 8;
const SLOTS = 2 * K;
const WORDS = 5;
/** BEP 5: after 15 minutes of silence a contact is questionable. */
export const QUESTIONABLE_MS: number = 15 * 60_000;
const MAX_FAILURES = 2;
const MAX_PER_NETWORK = 2;
/** Buckets are made in such steps. */
const GROWTH = 4;
const START_BUCKETS = 2 * GROWTH;

const EMPTY = 0;
const OCCUPIED = 1;
/** The id follows from the host (BEP 42), or the host is local. */
const BOUND = 2;

/** The target that is being compared with, as words; valid during one call. */
const wanted: Uint32Array = new Uint32Array(WORDS);

/** The result of `closestInfos` is copied into a packet at once. */
const scratch = { v4: new Uint8Array(2 * K * 26), v6: new Uint8Array(2 * K * 38) };

export interface TableCounts {
  readonly live: number;
  readonly replacements: number;
  /** Live contacts that were heard of within 15 minutes. */
  readonly good: number;
  readonly buckets: number;
}

export interface Contact {
  readonly id: Uint8Array;
  readonly endpoint: Endpoint;
}

export class RoutingTable {
  readonly ownId: Uint8Array;
  readonly #hostLength: number;
  readonly #addressLength: number;
  #bucketCount = 0;
  #ids: Uint32Array = new Uint32Array(0);
  #addresses: Uint8Array = new Uint8Array(0);
  #seenAt: Float64Array = new Float64Array(0);
  #state: Uint8Array = new Uint8Array(0);
  #failures: Uint8Array = new Uint8Array(0);
  #live = 0;

  constructor(ownId: Uint8Array, family: 4 | 6) {
    this.ownId = ownId;
    this.#hostLength = family === 4 ? 4 : 16;
    this.#addressLength = this.#hostLength + 2;
    this.#grow(START_BUCKETS);
  }

  /** Live contacts. */
  get size(): number {
    return this.#live;
  }

  get bucketCount(): number {
    return this.#bucketCount;
  }

  counts(now: Instant): TableCounts {
    let [replacements, good, buckets] = [0, 0, 0];
    for (let bucket = 0; bucket < this.#bucketCount; bucket++) {
      let isUsed = false;
      for (let i = 0; i < SLOTS; i++) {
        const slot = bucket * SLOTS + i;
        if (this.#state[slot] === EMPTY) continue;
        isUsed = true;
        if (i >= K) replacements++;
        else if (now - this.#seenAt[slot]! < QUESTIONABLE_MS && this.#failures[slot]! < MAX_FAILURES) good++;
      }
      if (isUsed) buckets++;
    }
    return { live: this.#live, replacements, good, buckets };
  }

  /** A contact answered a query of ours. True when it is in the table now. */
  handleAnswer(now: Instant, id: Uint8Array, endpoint: Endpoint): boolean {
    const bucket = this.#bucketOf(id);
    if (bucket < 0) return false;
    const known = this.#find(bucket, id);
    if (known >= 0) {
      if (!this.#hasAddress(known, endpoint.compact)) return this.#handleMove(now, known, id, endpoint);
      this.#seenAt[known] = now;
      this.#failures[known] = 0;
      return known % SLOTS < K || this.#promote(bucket);
    }
    return this.#insert(now, bucket, id, endpoint);
  }

  /** A contact that answered before sent a query: it is alive (BEP 5). True when it is in the table. */
  handleQuery(now: Instant, id: Uint8Array, endpoint: Endpoint): boolean {
    const bucket = this.#bucketOf(id);
    if (bucket < 0) return true;
    const slot = this.#find(bucket, id);
    if (slot < 0 || !this.#hasAddress(slot, endpoint.compact)) return false;
    if (this.#failures[slot] === 0) this.#seenAt[slot] = now;
    return true;
  }

  /** True when an answer of this stranger would put it among the live: worth a ping. */
  wouldTake(id: Uint8Array, endpoint: Endpoint): boolean {
    const bucket = this.#bucketOf(id);
    if (bucket < 0 || this.#find(bucket, id) >= 0) return false;
    if (!this.#isDiverse(bucket, endpoint.hostBytes)) return false;
    return bucket >= this.#bucketCount || this.#placeFor(bucket, this.#isBound(id, endpoint)) >= 0;
  }

  /** A query to the contact was not answered. */
  handleFailure(id: Uint8Array): void {
    const bucket = this.#bucketOf(id);
    const slot = bucket < 0 ? -1 : this.#find(bucket, id);
    if (slot < 0) return;
    this.#failures[slot] = Math.min(255, this.#failures[slot]! + 1);
    if (this.#failures[slot]! < MAX_FAILURES) return;
    if (slot % SLOTS >= K) this.#clear(slot);
    else {
      const replacement = this.#freshestReplacement(bucket);
      if (replacement >= 0) this.#move(replacement, slot);
      // No replacement: it is kept for a while, because our own line may be down.
      else if (this.#failures[slot]! > 3 * MAX_FAILURES) this.#clear(slot);
    }
  }

  /** The longest silent live contact, if it has been silent since `before`. */
  stalest(before: Instant): Contact | undefined {
    let best = -1;
    for (let bucket = 0; bucket < this.#bucketCount; bucket++) {
      for (let i = 0; i < K; i++) {
        const slot = bucket * SLOTS + i;
        if (this.#state[slot] === EMPTY || this.#seenAt[slot]! > before) continue;
        if (best < 0 || this.#seenAt[slot]! < this.#seenAt[best]!) best = slot;
      }
    }
    return best < 0 ? undefined : this.#contact(best);
  }

  liveIn(bucket: number): number {
    if (bucket >= this.#bucketCount) return 0;
    let count = 0;
    for (let i = 0; i < K; i++) if (this.#state[bucket * SLOTS + i] !== EMPTY) count++;
    return count;
  }

  /** The last bucket that holds anything; -1 for an empty table. */
  get deepestBucket(): number {
    for (let bucket = this.#bucketCount - 1; bucket >= 0; bucket--)
      if (this.liveIn(bucket) > 0) return bucket;
    return -1;
  }

  /** The most useful contacts to begin again with after a restart: the freshest. */
  freshest(count: number): Contact[] {
    const slots: number[] = [];
    for (let slot = 0; slot < this.#bucketCount * SLOTS; slot++) {
      if (this.#state[slot] !== EMPTY && this.#failures[slot] === 0) slots.push(slot);
    }
    slots.sort((a, b) => this.#seenAt[b]! - this.#seenAt[a]!);
    return slots.slice(0, count).map((slot) => this.#contact(slot));
  }

  /** Live contacts, nearest to `target` first. */
  closest(target: Uint8Array, count: number): Contact[] {
    return this.#closestSlots(target, count).map((slot) => this.#contact(slot));
  }

  /**
   * The same as compact node infos (BEP 5, BEP 32): id and address, 26 or 38 bytes each. Valid until the next call for
   * the same family; at most 2 K.
   */
  closestInfos(target: Uint8Array, count: number): Uint8Array {
    const slots = this.#closestSlots(target, count);
    const size = ID_LENGTH + this.#addressLength;
    const out = (this.#hostLength === 4 ? scratch.v4 : scratch.v6).subarray(0, slots.length * size);
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]!;
      for (let word = 0; word < WORDS; word++)
        writeUint32(out, i * size + 4 * word, this.#ids[slot * WORDS + word]!);
      const from = slot * this.#addressLength;
      for (let at = 0; at < this.#addressLength; at++)
        out[i * size + ID_LENGTH + at] = this.#addresses[from + at]!;
    }
    return out;
  }

  /**
   * All contacts in bucket p, which shares the most with the target, are nearer than those of deeper buckets (which
   * share as much with it as our own id does), and these nearer than those of shallower ones, bucket by bucket.
   */
  #closestSlots(target: Uint8Array, count: number): number[] {
    for (let word = 0; word < WORDS; word++) wanted[word] = readUint32(target, 4 * word);
    const own = Math.min(sharedPrefix(target, this.ownId), this.#bucketCount);
    const best: number[] = [];
    if (own < this.#bucketCount) this.#collect(own, count, best, 0);
    if (best.length < count) {
      const from = best.length;
      for (let bucket = own + 1; bucket < this.#bucketCount; bucket++)
        this.#collect(bucket, count, best, from);
    }
    for (let bucket = own - 1; bucket >= 0 && best.length < count; bucket--) {
      this.#collect(bucket, count, best, best.length);
    }
    return best;
  }

  /** Inserts a bucket's contacts into `best` in order of distance, behind the first `from` entries. */
  #collect(bucket: number, count: number, best: number[], from: number): void {
    for (let i = 0; i < K; i++) {
      const slot = bucket * SLOTS + i;
      if (this.#state[slot] === EMPTY || this.#failures[slot]! >= MAX_FAILURES) continue;
      if (best.length >= count && !this.#isNearer(slot, best[best.length - 1]!)) continue;
      let at = best.length;
      while (at > from && this.#isNearer(slot, best[at - 1]!)) at--;
      if (at >= count) continue;
      best.splice(at, 0, slot);
      if (best.length > count) best.pop();
    }
  }

  #isNearer(a: number, b: number): boolean {
    for (let word = 0; word < WORDS; word++) {
      const left = (this.#ids[a * WORDS + word]! ^ wanted[word]!) >>> 0;
      const right = (this.#ids[b * WORDS + word]! ^ wanted[word]!) >>> 0;
      if (left !== right) return left < right;
    }
    return false;
  }

  #contact(slot: number): Contact {
    const id = new Uint8Array(ID_LENGTH);
    for (let word = 0; word < WORDS; word++) writeUint32(id, 4 * word, this.#ids[slot * WORDS + word]!);
    return { id, endpoint: Endpoint.fromCompact(this.#addressOf(slot))! };
  }

  #addressOf(slot: number): Uint8Array {
    return this.#addresses.subarray(slot * this.#addressLength, (slot + 1) * this.#addressLength);
  }

  /** -1 for our own id. */
  #bucketOf(id: Uint8Array): number {
    const shared = sharedPrefix(id, this.ownId);
    return shared === 8 * ID_LENGTH ? -1 : shared;
  }

  #find(bucket: number, id: Uint8Array): number {
    if (bucket >= this.#bucketCount) return -1;
    const last = readUint32(id, 16);
    for (let i = 0; i < SLOTS; i++) {
      const slot = bucket * SLOTS + i;
      if (this.#ids[slot * WORDS + 4] !== last || this.#state[slot] === EMPTY) continue;
      let word = 0;
      while (word < WORDS && this.#ids[slot * WORDS + word] === readUint32(id, 4 * word)) word++;
      if (word === WORDS) return slot;
    }
    return -1;
  }

  #hasAddress(slot: number, compact: Uint8Array): boolean {
    const from = slot * this.#addressLength;
    for (let i = 0; i < this.#addressLength; i++) if (this.#addresses[from + i] !== compact[i]) return false;
    return true;
  }

  /** A known id from another address: a move if the old address is silent, else a copied id. */
  #handleMove(now: Instant, slot: number, id: Uint8Array, endpoint: Endpoint): boolean {
    if (this.#failures[slot] === 0 && now - this.#seenAt[slot]! < QUESTIONABLE_MS) return false;
    this.#clear(slot);
    return this.#insert(now, this.#bucketOf(id), id, endpoint);
  }

  #insert(now: Instant, bucket: number, id: Uint8Array, endpoint: Endpoint): boolean {
    if (bucket >= this.#bucketCount) this.#grow(bucket + 1);
    this.#forgetPredecessor(endpoint.compact);
    if (!this.#isDiverse(bucket, endpoint.hostBytes)) return false;
    const isBound = this.#isBound(id, endpoint);
    const place = this.#placeFor(bucket, isBound);
    const slot = place >= 0 ? place : this.#replacementPlace(bucket);
    if (place >= 0 && this.#state[slot] !== EMPTY && this.#failures[slot] === 0) {
      this.#move(slot, this.#replacementPlace(bucket));
    }
    if (this.#state[slot] === EMPTY && slot % SLOTS < K) this.#live++;
    for (let word = 0; word < WORDS; word++) this.#ids[slot * WORDS + word] = readUint32(id, 4 * word);
    this.#addresses.set(endpoint.compact, slot * this.#addressLength);
    this.#state[slot] = OCCUPIED | (isBound ? BOUND : 0);
    this.#seenAt[slot] = now;
    this.#failures[slot] = 0;
    return place >= 0;
  }

  #isBound(id: Uint8Array, endpoint: Endpoint): boolean {
    return isIdBoundTo(id, endpoint.hostBytes);
  }

  /** A slot among the live: free, or held by a failed contact, or by an unbound one when this one is bound. -1: none. */
  #placeFor(bucket: number, isBound: boolean): number {
    let unbound = -1;
    let failed = -1;
    for (let i = 0; i < K; i++) {
      const slot = bucket * SLOTS + i;
      const state = this.#state[slot]!;
      if (state === EMPTY) return slot;
      if (this.#failures[slot]! >= MAX_FAILURES) failed = slot;
      else if (isBound && (state & BOUND) === 0) unbound = slot;
    }
    return failed >= 0 ? failed : unbound;
  }

  #replacementPlace(bucket: number): number {
    let oldest = bucket * SLOTS + K;
    for (let i = K; i < SLOTS; i++) {
      const slot = bucket * SLOTS + i;
      if (this.#state[slot] === EMPTY) return slot;
      if (this.#seenAt[slot]! < this.#seenAt[oldest]!) oldest = slot;
    }
    return oldest;
  }

  #freshestReplacement(bucket: number): number {
    let best = -1;
    for (let i = K; i < SLOTS; i++) {
      const slot = bucket * SLOTS + i;
      if (this.#state[slot] === EMPTY || this.#failures[slot] !== 0) continue;
      if (best < 0 || this.#seenAt[slot]! > this.#seenAt[best]!) best = slot;
    }
    return best;
  }

  /** A live slot is free: the freshest replacement takes it. */
  #promote(bucket: number): boolean {
    const replacement = this.#freshestReplacement(bucket);
    if (replacement < 0) return false;
    for (let i = 0; i < K; i++) {
      const slot = bucket * SLOTS + i;
      if (this.#state[slot] !== EMPTY && this.#failures[slot]! < MAX_FAILURES) continue;
      this.#move(replacement, slot);
      return true;
    }
    return false;
  }

  #move(from: number, to: number): void {
    if (this.#state[to] === EMPTY && to % SLOTS < K) this.#live++;
    this.#ids.copyWithin(to * WORDS, from * WORDS, (from + 1) * WORDS);
    this.#addresses.copyWithin(
      to * this.#addressLength,
      from * this.#addressLength,
      (from + 1) * this.#addressLength,
    );
    this.#seenAt[to] = this.#seenAt[from]!;
    this.#state[to] = this.#state[from]!;
    this.#failures[to] = this.#failures[from]!;
    this.#clear(from);
  }

  #clear(slot: number): void {
    if (this.#state[slot] === EMPTY) return;
    this.#state[slot] = EMPTY;
    if (slot % SLOTS < K) this.#live--;
  }

  /** An address has one id at a time: another id there means another node. */
  #forgetPredecessor(compact: Uint8Array): void {
    for (let slot = 0; slot < this.#bucketCount * SLOTS; slot++) {
      if (this.#state[slot] !== EMPTY && this.#hasAddress(slot, compact)) this.#clear(slot);
    }
  }

  #isDiverse(bucket: number, host: Uint8Array): boolean {
    if (isLocalHost(host)) return true;
    const network = networkOf(host);
    let neighbours = 0;
    for (let slot = 0; slot < this.#bucketCount * SLOTS; slot++) {
      if (this.#state[slot] === EMPTY) continue;
      const from = slot * this.#addressLength;
      if (readUint16(this.#addresses, from) !== readUint16(host, 0)) continue;
      const other = this.#addresses.subarray(from, from + this.#hostLength);
      if (networkOf(other) !== network) continue;
      let i = 0;
      while (i < this.#hostLength && other[i] === host[i]) i++;
      if (i === this.#hostLength) return false;
      if (Math.floor(slot / SLOTS) === bucket) neighbours++;
    }
    return neighbours < MAX_PER_NETWORK;
  }

  /** All columns lie in one buffer: fewer and larger allocations. */
  #grow(atLeast: number): void {
    const buckets = Math.ceil(atLeast / GROWTH) * GROWTH;
    const slots = buckets * SLOTS;
    const buffer = new ArrayBuffer(slots * (8 + 4 * WORDS + this.#addressLength + 2));
    const before = [this.#seenAt, this.#ids, this.#addresses, this.#state, this.#failures] as const;
    this.#seenAt = new Float64Array(buffer, 0, slots);
    this.#ids = new Uint32Array(buffer, 8 * slots, WORDS * slots);
    let at = (8 + 4 * WORDS) * slots;
    this.#addresses = new Uint8Array(buffer, at, this.#addressLength * slots);
    at += this.#addressLength * slots;
    this.#state = new Uint8Array(buffer, at, slots);
    this.#failures = new Uint8Array(buffer, at + slots, slots);
    this.#seenAt.set(before[0]);
    this.#ids.set(before[1]);
    this.#addresses.set(before[2]);
    this.#state.set(before[3]);
    this.#failures.set(before[4]);
    this.#bucketCount = buckets;
  }
}
