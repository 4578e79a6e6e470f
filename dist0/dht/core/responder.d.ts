import { Endpoint } from '../../ground/endpoint.ts';
import type { Instant } from '../../ground/units.ts';
import { type KrpcMessage } from '../wire/krpc.ts';
import type { KrpcWriter } from '../wire/krpc-writer.ts';
import { type ProvedHosts } from './host-tables.ts';
import type { ItemStore } from './item-store.ts';
import type { PeerStore } from './peer-store.ts';
import type { DhtNodeOptions, NodeSource } from './sink.ts';
/** QUIC's factor is 3 (RFC 9000); ours is 4, so that a plain `get_peers` still gets K nodes. */
export declare const AMPLIFICATION = 4;
export interface ResponderParts {
    readonly options: DhtNodeOptions;
    readonly writer: KrpcWriter;
    readonly peers: PeerStore;
    readonly items: ItemStore;
    readonly proved: ProvedHosts;
    ownId(): Uint8Array;
    closestInfos(target: Uint8Array, count: number): Uint8Array;
    /** The other family's table. */
    other(): NodeSource | undefined;
}
export declare class Responder {
    #private;
    /** Queries that were not answered because somebody, or all together, asked too much. */
    refused: number;
    answered: number;
    constructor(parts: ResponderParts);
    /** False when the sender had its share: nothing is read, nothing sent. */
    admits(now: Instant, from: Endpoint): boolean;
    /** The packet to send back; undefined for silence. `queryLength` is that of the packet in bytes. */
    answer(now: Instant, query: KrpcMessage, from: Endpoint, queryLength: number): Uint8Array | undefined;
}
