/**
 * Items that were put to us (BEP 44): immutable ones under the hash of their value, mutable ones under the hash of key
 * and salt, with a sequence number that only grows. Bounded in number, size and age, fairly per source.
 */
import { toByteString } from '../../ground/bytes.js';
import { equalBytes } from '../../ground/bytes.js';
import { immutableTarget, mutableTarget, signedBytes } from '../wire/items.js';
import { MAX_SALT_LENGTH, MAX_VALUE_LENGTH } from '../wire/krpc.js';
import { FairMap } from './fair-map.js';
export const MAX_ITEMS = 4000;
/** BEP 44: items are kept for two hours after their last put; who wants them longer puts them again. */
export const ITEM_LIFETIME_MS = 2 * 3_600_000;
/** A source of its own: no network of others has this number. */
const OWN = -1;
export class ItemStore {
    #hasher;
    #signatures;
    #items;
    constructor(prng, hasher, signatures) {
        this.#hasher = hasher;
        this.#signatures = signatures;
        this.#items = new FairMap(MAX_ITEMS, prng);
    }
    get size() {
        return this.#items.size;
    }
    get(now, target) {
        const key = toByteString(target);
        const item = this.#items.get(key);
        if (item === undefined || item.expiresAt > now)
            return item;
        this.#items.delete(key);
        return undefined;
    }
    /** Stores the item of a put query, or says why not. The token has been checked. */
    put(now, query, source) {
        const { value, key } = query;
        if (value === undefined)
            return { code: 203, message: 'no value' };
        if (value.length >= MAX_VALUE_LENGTH)
            return { code: 205, message: 'value too large' };
        if (key === undefined)
            return this.#putImmutable(now, value, source);
        return this.#putMutable(now, query, value, key, source);
    }
    /** What we put ourselves is here, too: who asks us first need not look further. Signed by the caller. */
    keep(now, target, item) {
        const key = toByteString(target);
        const known = this.#items.get(key);
        const isOlder = known?.sequence !== undefined && item.sequence !== undefined && item.sequence < known.sequence;
        if (!isOlder)
            this.#items.set(key, { ...item, expiresAt: now + ITEM_LIFETIME_MS }, OWN);
    }
    handleTick(now) {
        for (const key of [...this.#items.keys()])
            if (this.#items.get(key).expiresAt <= now)
                this.#items.delete(key);
    }
    #putImmutable(now, value, source) {
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
    #putMutable(now, query, value, key, source) {
        const { signature, sequence, salt, cas } = query;
        if (signature === undefined || sequence === undefined)
            return { code: 203, message: 'no signature or seq' };
        if (salt !== undefined && salt.length > MAX_SALT_LENGTH)
            return { code: 207, message: 'salt too long' };
        const target = toByteString(mutableTarget(key, salt, this.#hasher));
        const known = this.#items.get(target);
        if (known !== undefined && known.expiresAt > now) {
            const before = known.sequence;
            if (cas !== undefined && cas !== before)
                return { code: 301, message: 'the CAS number does not match' };
            if (sequence < before)
                return { code: 302, message: 'sequence number less than current' };
            if (sequence === before) {
                if (!equalBytes(value, known.value))
                    return { code: 302, message: 'another value has this sequence number' };
                // The same again keeps it alive; its signature was checked when it came first.
                if (equalBytes(signature, known.signature)) {
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
