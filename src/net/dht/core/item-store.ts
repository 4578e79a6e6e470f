/**
 * Items that were put to us (BEP 44): immutable ones under the hash of their value, mutable ones under the hash of key
 * and salt, with a sequence number that only grows. Bounded in number, size and age, fairly per source.
 */
import { toByteString } from '../../../ground/bytes.ts';
import { equalBytes } from '../../../ground/bytes.ts';
import type { Hasher, Prng } from '../../../ground/ports.ts';
import type { Instant } from '../../../ground/units.ts';
import { immutableTarget, mutableTarget, signedBytes } from '../wire/items.ts';
import { type KrpcMessage, MAX_SALT_LENGTH, MAX_VALUE_LENGTH } from '../wire/krpc.ts';
import { FairMap } from './fair-map.ts';
import type { SignatureVerifier } from './sink.ts';

export const MAX_ITEMS = 4000;
/** BEP 44: items are kept for two hours after their last put. Their owners put them again. */
export const ITEM_LIFETIME_MS: number = 2 * 3_600_000;

/** A source of its own: no network of others has this number. */
const OWN = -1;

export interface StoredItem {
  /** Bencoded. */
  readonly value: Uint8Array;
  /** Absent for an immutable item. */
  readonly key: Uint8Array | undefined;
  readonly signature: Uint8Array | undefined;
  readonly sequence: number | undefined;
  expiresAt: Instant;
}

/** An error to answer with (BEP 44, BEP 5). */
export interface Refusal {
  readonly code: 203 | 205 | 206 | 207 | 301 | 302;
  readonly message: string;
}

export class ItemStore {
  readonly #hasher: Hasher;
  readonly #signatures: SignatureVerifier;
  readonly #items: FairMap<StoredItem>;

  constructor(prng: Prng, hasher: Hasher, signatures: SignatureVerifier) {
    this.#hasher = hasher;
    this.#signatures = signatures;
    this.#items = new FairMap(MAX_ITEMS, prng);
  }

  get size(): number {
    return this.#items.size;
  }

  get(now: Instant, target: Uint8Array): StoredItem | undefined {
    const key = toByteString(target);
    const item = this.#items.get(key);
    if (item === undefined || item.expiresAt > now) return item;
    this.#items.delete(key);
    return undefined;
  }

  /** Stores the item of a put query, or says why not. The token has been checked. */
  put(now: Instant, query: KrpcMessage, source: number): Refusal | undefined {
    const { value, key } = query;
    if (value === undefined) return { code: 203, message: 'no value' };
    if (value.length >= MAX_VALUE_LENGTH) return { code: 205, message: 'value too large' };
    if (key === undefined) return this.#putImmutable(now, value, source);
    return this.#putMutable(now, query, value, key, source);
  }

  /** Our own items are here as well: a node that asks us first finds them at once. Signed by the caller. */
  keep(now: Instant, target: Uint8Array, item: Omit<StoredItem, 'expiresAt'>): void {
    const key = toByteString(target);
    const known = this.#items.get(key);
    const isOlder =
      known?.sequence !== undefined && item.sequence !== undefined && item.sequence < known.sequence;
    if (!isOlder) this.#items.set(key, { ...item, expiresAt: now + ITEM_LIFETIME_MS }, OWN);
  }

  handleTick(now: Instant): void {
    for (const key of [...this.#items.keys()])
      if (this.#items.get(key)!.expiresAt <= now) this.#items.delete(key);
  }

  #putImmutable(now: Instant, value: Uint8Array, source: number): undefined {
    const expiresAt = now + ITEM_LIFETIME_MS;
    const item = {
      value: value.slice(),
      key: undefined,
      signature: undefined,
      sequence: undefined,
      expiresAt,
    };
    this.#items.set(toByteString(immutableTarget(value, this.#hasher)), item, source);
  }

  #putMutable(
    now: Instant,
    query: KrpcMessage,
    value: Uint8Array,
    key: Uint8Array,
    source: number,
  ): Refusal | undefined {
    const { signature, sequence, salt, cas } = query;
    if (signature === undefined || sequence === undefined)
      return { code: 203, message: 'no signature or seq' };
    if (salt !== undefined && salt.length > MAX_SALT_LENGTH) return { code: 207, message: 'salt too long' };
    const target = toByteString(mutableTarget(key, salt, this.#hasher));
    const known = this.#items.get(target);
    if (known !== undefined && known.expiresAt > now) {
      const before = known.sequence!;
      if (cas !== undefined && cas !== before) return { code: 301, message: 'the CAS number does not match' };
      if (sequence < before) return { code: 302, message: 'sequence number less than current' };
      if (sequence === before) {
        if (!equalBytes(value, known.value))
          return { code: 302, message: 'another value has this sequence number' };
        // The same again keeps it alive; its signature was checked when it came first.
        if (equalBytes(signature, known.signature!)) {
          known.expiresAt = now + ITEM_LIFETIME_MS;
          return undefined;
        }
      }
    }
    if (!this.#signatures.verify(key, signedBytes(salt, sequence, value), signature)) {
      return { code: 206, message: 'invalid signature' };
    }
    const expiresAt = now + ITEM_LIFETIME_MS;
    const item = {
      value: value.slice(),
      key: key.slice(),
      signature: signature.slice(),
      sequence,
      expiresAt,
    };
    this.#items.set(target, item, source);
    return undefined;
  }
}
