import { Endpoint } from '../../ground/endpoint.ts';
import type { Instant } from '../../ground/units.ts';
import { Bootstrap, type StartKind } from './bootstrap.ts';
import { ItemStore } from './item-store.ts';
import { type LookupOptions } from './lookup.ts';
import { Maintenance } from './maintenance.ts';
import { PeerStore } from './peer-store.ts';
import { Responder } from './responder.ts';
import { type Contact, RoutingTable } from './routing-table.ts';
import { Rpc } from './rpc.ts';
import type { DhtNodeOptions, NodeSource } from './sink.ts';
export type NodeLookup = Omit<LookupOptions, 'family' | 'start'> & {
    readonly start?: LookupOptions['start'];
};
export interface LookupHandle {
    cancel(): void;
}
export declare class DhtNode implements NodeSource {
    #private;
    readonly options: DhtNodeOptions;
    readonly rpc: Rpc;
    readonly bootstrap: Bootstrap;
    readonly peers: PeerStore;
    readonly items: ItemStore;
    readonly responder: Responder;
    readonly maintenance: Maintenance;
    /** The other family's node on this machine (BEP 32). */
    sibling: DhtNode | undefined;
    isReady: boolean;
    externalHost: Uint8Array | undefined;
    /** Packets that were dropped because they are not KRPC, or answer nothing that we asked. */
    dropped: number;
    constructor(options: DhtNodeOptions, items?: ItemStore);
    get id(): Uint8Array;
    get table(): RoutingTable;
    get runningLookups(): number;
    /** Nodes of the network, estimated; undefined before enough lookups have ended. */
    get networkSize(): number | undefined;
    /** For queries: nodes of both families are of use to a host that has both. */
    get wants(): number | undefined;
    start(now: Instant): void;
    /** Nothing is sent or answered any more. */
    stop(): void;
    /** A place to begin at. Who comes with an id is in no table before it has answered. */
    addStart(now: Instant, kind: StartKind, endpoint: Endpoint, name?: string, id?: Uint8Array): void;
    handlePacket(now: Instant, packet: Uint8Array, from: Endpoint): void;
    handleTimeout(now: Instant): void;
    nextTimeout(now: Instant): Instant;
    /** Starts a lookup from the nearest contacts of the table, as soon as there is room for one. */
    lookup(now: Instant, options: NodeLookup): LookupHandle;
    closestInfos(target: Uint8Array, count: number): Uint8Array;
    /** Contacts for the next start. */
    remembered(count: number): Contact[];
    /** Nodes of this family that the sibling heard of: starts, as long as there is nothing better. */
    handleForeignNodes(now: Instant, infos: Uint8Array): void;
}
