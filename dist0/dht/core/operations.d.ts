/**
 * What people want of the DHT, made of lookups: peers of an info hash, announcing (BEP 5), items (BEP 44), samples
 * (BEP 51), scrapes (BEP 33). Every operation ends with one call of `onDone`.
 */
import { Endpoint } from '../../ground/endpoint.ts';
import type { Instant } from '../../ground/units.ts';
import type { DhtNode, LookupHandle } from './dht-node.ts';
import type { Answered, LookupResult } from './lookup.ts';
export interface WriteResult {
    /** Nodes that stored it. */
    readonly stored: number;
    readonly asked: number;
    /** The first error that a node gave, as code and text. */
    readonly refusal: {
        readonly code: number;
        readonly message: string;
    } | undefined;
    readonly lookup: LookupResult;
}
export interface PeersOptions {
    readonly infoHash: Uint8Array;
    readonly wantsNoSeeds?: boolean;
    readonly wantsScrape?: boolean;
    readonly isCareful?: boolean;
    /** @param from who told; undefined for what this node itself keeps */
    readonly onPeers: (peers: readonly Endpoint[], from: Answered | undefined) => void;
}
export interface Scrape {
    readonly seeds: number;
    readonly peers: number;
}
export declare function getPeers(node: DhtNode, now: Instant, options: PeersOptions & {
    readonly onDone: (now: Instant, result: LookupResult, scrape: Scrape | undefined) => void;
}): LookupHandle;
/** Looks for peers, then tells the nearest that answered that we are one. */
export declare function announce(node: DhtNode, now: Instant, options: PeersOptions & {
    readonly port: number;
    readonly isSeed: boolean;
    readonly onDone: (now: Instant, result: WriteResult) => void;
}): LookupHandle;
export interface Item {
    /** Bencoded. */
    readonly value: Uint8Array;
    /** Absent for an immutable item. */
    readonly key?: Uint8Array;
    readonly salt?: Uint8Array;
    readonly sequence?: number;
    readonly signature?: Uint8Array;
}
export interface GetItemOptions {
    readonly target: Uint8Array;
    /** Needed to check a mutable item that was put with one. */
    readonly salt?: Uint8Array | undefined;
    /** Each item that is better than the ones before. */
    readonly onItem?: (item: Item, from: Answered) => void;
    readonly onDone: (now: Instant, item: Item | undefined, result: LookupResult) => void;
}
/** Finds an item; of a mutable one the highest sequence number. Nothing that fails its hash or signature is shown. */
export declare function getItem(node: DhtNode, now: Instant, options: GetItemOptions): LookupHandle;
/** Puts an item to the nearest nodes. */
export declare function putItem(node: DhtNode, now: Instant, options: {
    readonly item: Item;
    readonly cas?: number | undefined;
    readonly onDone: (now: Instant, result: WriteResult) => void;
}): LookupHandle;
export interface SampleAnswer {
    readonly from: Answered;
    /** 20 bytes each. */
    readonly samples: readonly Uint8Array[];
    /** Info hashes that the node holds. */
    readonly count: number;
    readonly intervalSeconds: number;
}
/** Asks the nodes around a target for a sample of the info hashes that they hold. */
export declare function sampleInfohashes(node: DhtNode, now: Instant, options: {
    readonly target: Uint8Array;
    readonly onSample: (answer: SampleAnswer) => void;
    readonly onDone: (now: Instant, result: LookupResult) => void;
}): LookupHandle;
