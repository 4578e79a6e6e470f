import { Endpoint } from '../../ground/endpoint.ts';
import type { Instant } from '../../ground/units.ts';
/** Bucket size of BEP 5. */
export declare const K = 8;
/** BEP 5: after 15 minutes of silence a contact is questionable. */
export declare const QUESTIONABLE_MS: number;
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
export declare class RoutingTable {
    #private;
    readonly ownId: Uint8Array;
    constructor(ownId: Uint8Array, family: 4 | 6);
    /** Live contacts. */
    get size(): number;
    get bucketCount(): number;
    counts(now: Instant): TableCounts;
    /** A contact answered a query of ours. True when it is in the table now. */
    handleAnswer(now: Instant, id: Uint8Array, endpoint: Endpoint): boolean;
    /** A contact that answered before sent a query: it is alive (BEP 5). True when it is in the table. */
    handleQuery(now: Instant, id: Uint8Array, endpoint: Endpoint): boolean;
    /** True when an answer of this stranger would put it among the live: worth a ping. */
    wouldTake(id: Uint8Array, endpoint: Endpoint): boolean;
    /** A query to the contact was not answered. */
    handleFailure(id: Uint8Array): void;
    /** The longest silent live contact, if it has been silent since `before`. */
    stalest(before: Instant): Contact | undefined;
    liveIn(bucket: number): number;
    /** The last bucket that holds anything; -1 for an empty table. */
    get deepestBucket(): number;
    /** The most useful contacts to begin again with after a restart: the freshest. */
    freshest(count: number): Contact[];
    /** Live contacts, nearest to `target` first. */
    closest(target: Uint8Array, count: number): Contact[];
    /**
     * The same as compact node infos (BEP 5, BEP 32): id and address, 26 or 38 bytes each. Valid until the next call for
     * the same family; at most 2 K.
     */
    closestInfos(target: Uint8Array, count: number): Uint8Array;
}
