/**
 * KRPC: encoding. One buffer is written again and again; what `query`, `response` and `error` return is a view of it,
 * valid until the next call. Keys are written in the order that bencode asks for.
 */
import { type Bytes } from '../../ground/bytes.ts';
export type QueryMethod = 'announce_peer' | 'find_node' | 'get' | 'get_peers' | 'ping' | 'put' | 'sample_infohashes';
export interface QueryArguments {
    readonly target?: Bytes | undefined;
    readonly infoHash?: Bytes | undefined;
    readonly token?: Bytes | undefined;
    readonly port?: number | undefined;
    readonly isSeed?: boolean | undefined;
    readonly wantsNoSeeds?: boolean | undefined;
    readonly wantsScrape?: boolean | undefined;
    readonly wants?: number | undefined;
    /** Bencoded. */
    readonly value?: Bytes | undefined;
    readonly key?: Bytes | undefined;
    readonly signature?: Bytes | undefined;
    readonly salt?: Bytes | undefined;
    readonly sequence?: number | undefined;
    readonly cas?: number | undefined;
    /** The packet is filled up to this length: what is answered to a stranger is bounded by what he sent. */
    readonly padTo?: number | undefined;
}
export interface ResponseValues {
    readonly id: Bytes;
    readonly nodes?: Bytes | undefined;
    readonly nodes6?: Bytes | undefined;
    readonly token?: Bytes | undefined;
    /** Bencoded strings, one after the other. */
    readonly values?: Bytes | undefined;
    readonly value?: Bytes | undefined;
    readonly key?: Bytes | undefined;
    readonly signature?: Bytes | undefined;
    readonly sequence?: number | undefined;
    readonly samples?: Bytes | undefined;
    readonly intervalSeconds?: number | undefined;
    readonly count?: number | undefined;
    readonly bloomPeers?: Bytes | undefined;
    readonly bloomSeeds?: Bytes | undefined;
}
export declare function readTransaction(bytes: Bytes): number | undefined;
export declare class KrpcWriter {
    #private;
    query(method: QueryMethod, transaction: number, ownId: Bytes, isReadOnly: boolean, args: QueryArguments): Uint8Array;
    /** @param requester compact address of the asker, echoed as BEP 42 asks for */
    response(transaction: Bytes, requester: Bytes, values: ResponseValues): Uint8Array;
    error(transaction: Bytes, requester: Bytes, code: number, message: string): Uint8Array;
}
