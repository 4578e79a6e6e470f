import { Endpoint } from '../../ground/endpoint.ts';
import type { UdpPorts } from '../../link/node/udp.ts';
import type { StartKind, StartStatus } from '../core/bootstrap.ts';
import { DhtNode } from '../core/dht-node.ts';
import type { LookupResult } from '../core/lookup.ts';
import { type Item, type SampleAnswer, type Scrape, type WriteResult } from '../core/operations.ts';
import { type TableCounts } from '../core/routing-table.ts';
/** What is kept over restarts, a family. */
export interface SavedNode {
    readonly family: 4 | 6;
    readonly id: Uint8Array | undefined;
    readonly externalHost: Uint8Array | undefined;
    readonly contacts: readonly {
        readonly id: Uint8Array;
        readonly endpoint: Endpoint;
    }[];
}
export interface DhtServiceOptions {
    readonly udp: UdpPorts;
    readonly isReadOnly?: boolean | undefined;
    /** `HOST:PORT` of bootstrap nodes; those of the public network by default. */
    readonly routers?: readonly string[] | undefined;
    /** Starts that a person named. */
    readonly starts?: readonly {
        readonly host: string;
        readonly port: number;
    }[] | undefined;
    readonly saved?: readonly SavedNode[] | undefined;
    readonly save?: ((nodes: readonly SavedNode[]) => void) | undefined;
    readonly onClosed?: (() => void) | undefined;
    /** Makes the DHT a private one: whoever does not have the secret is not heard. */
    readonly networkSecret?: Uint8Array | undefined;
    readonly queriesPerSecond?: number | undefined;
}
export interface FamilyStatus extends TableCounts {
    readonly family: 4 | 6;
    readonly id: Uint8Array;
    readonly externalHost: string | undefined;
    readonly port: number | undefined;
    readonly isReady: boolean;
    readonly storedHashes: number;
    readonly storedPeers: number;
    readonly storedItems: number;
    readonly queriesSent: number;
    readonly answersReceived: number;
    readonly queriesAnswered: number;
    readonly queriesRefused: number;
    readonly packetsDropped: number;
    readonly starts: readonly StartStatus[];
}
export declare class DhtService {
    #private;
    /**
     * Called when a node that knows few others comes to know another one. In a small network everybody is among the nearest
     * to everything: who came late must be told what was stored before, and some who were told are gone.
     */
    readonly onNewNeighbour: Set<() => void>;
    constructor(options: DhtServiceOptions);
    start(): void;
    get nodes(): readonly DhtNode[];
    /** Some node has contacts. */
    get isReady(): boolean;
    /** A node that somebody told of: a peer's PORT message, a torrent's or link's list, a neighbour. */
    addNode(kind: StartKind, host: string, port: number): void;
    status(): FamilyStatus[];
    /** Finds peers in every family; `onPeers` hears of them as they come. */
    findPeers(infoHash: Uint8Array, options: {
        readonly onPeers: (peers: readonly Endpoint[]) => void;
        readonly wantsNoSeeds?: boolean;
        readonly wantsScrape?: boolean;
        readonly signal?: AbortSignal | undefined;
    }): Promise<{
        readonly lookups: readonly LookupResult[];
        readonly scrape: Scrape | undefined;
    }>;
    announce(infoHash: Uint8Array, options: {
        readonly port: number;
        readonly isSeed: boolean;
        readonly onPeers: (peers: readonly Endpoint[]) => void;
        readonly signal?: AbortSignal | undefined;
    }): Promise<WriteResult[]>;
    /** The best item of all families. */
    getItem(target: Uint8Array, options?: {
        readonly salt?: Uint8Array | undefined;
        readonly onItem?: (item: Item) => void;
        readonly signal?: AbortSignal | undefined;
    }): Promise<{
        readonly item: Item | undefined;
        readonly lookups: readonly LookupResult[];
    }>;
    putItem(item: Item, options?: {
        readonly cas?: number | undefined;
        readonly signal?: AbortSignal | undefined;
    }): Promise<WriteResult[]>;
    sample(target: Uint8Array, options: {
        readonly onSample: (answer: SampleAnswer) => void;
        readonly signal?: AbortSignal | undefined;
    }): Promise<LookupResult[]>;
    /** Waits until some node has contacts, or for `ms`. True when it has. */
    waitUntilReady(ms: number, signal?: AbortSignal): Promise<boolean>;
    close(): void;
    /** Hears of peers that announce themselves to us; undefined to stop. */
    watch(infoHash: Uint8Array, onPeer: ((peer: Endpoint) => void) | undefined): void;
}
