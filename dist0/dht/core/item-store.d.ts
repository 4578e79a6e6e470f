import type { Hasher, Prng } from '../../ground/ports.ts';
import type { Instant } from '../../ground/units.ts';
import { type KrpcMessage } from '../wire/krpc.ts';
import type { SignatureVerifier } from './sink.ts';
export declare const MAX_ITEMS = 4000;
/** BEP 44: items are kept for two hours after their last put; who wants them longer puts them again. */
export declare const ITEM_LIFETIME_MS: number;
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
export declare class ItemStore {
    #private;
    constructor(prng: Prng, hasher: Hasher, signatures: SignatureVerifier);
    get size(): number;
    get(now: Instant, target: Uint8Array): StoredItem | undefined;
    /** Stores the item of a put query, or says why not. The token has been checked. */
    put(now: Instant, query: KrpcMessage, source: number): Refusal | undefined;
    /** What we put ourselves is here, too: who asks us first need not look further. Signed by the caller. */
    keep(now: Instant, target: Uint8Array, item: Omit<StoredItem, 'expiresAt'>): void;
    handleTick(now: Instant): void;
}
