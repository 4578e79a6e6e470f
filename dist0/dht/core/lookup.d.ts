import { Endpoint } from '../../ground/endpoint.ts';
import type { Instant } from '../../ground/units.ts';
import type { KrpcMessage } from '../wire/krpc.ts';
import type { QueryArguments, QueryMethod } from '../wire/krpc-writer.ts';
import type { Rpc } from './rpc.ts';
import { type Contact } from './routing-table.ts';
export interface Answered {
    readonly id: Uint8Array;
    readonly endpoint: Endpoint;
    readonly token: Uint8Array | undefined;
    /** Queries that lay before this one on the way to it: 1 for a node of our own table. */
    readonly hops: number;
    /** Sequence number of the item that it holds (BEP 44). */
    readonly sequence: number | undefined;
}
export interface LookupResult {
    /** The first 32 bits of the distance of the K-th; undefined when there are fewer. */
    readonly distance: number | undefined;
    /** Nearest first: K, or more where a crowd stands. */
    readonly closest: readonly Answered[];
    readonly queries: number;
    readonly answers: number;
    readonly durationMs: number;
}
export interface LookupOptions {
    readonly target: Uint8Array;
    readonly method: QueryMethod;
    readonly family: 4 | 6;
    readonly args: QueryArguments;
    /** Looks harder: for writes, which all who look later depend on. */
    readonly isCareful?: boolean;
    /** False: what was looked for has not been found, so the lookup looks harder before it ends. */
    readonly hasFound?: () => boolean;
    /** Queries waited for at once; fewer for what is in no hurry. */
    readonly parallel?: number;
    readonly start: readonly Contact[];
    /** How far the K-th nearest should be, by the size of the network: the first 32 bits. */
    readonly expectedDistance?: number | undefined;
    /** Contacts from everywhere, for a lookup that was led astray. */
    readonly spares?: () => readonly Contact[];
    /** Addresses whose id is not known: bootstrap nodes. */
    readonly strangers?: readonly Endpoint[];
    /** Each answer, as it comes. Returns true when nothing more is needed. */
    readonly onAnswer?: (answer: KrpcMessage, from: Answered) => boolean;
    readonly onDone: (now: Instant, result: LookupResult) => void;
}
export declare class Lookup {
    #private;
    readonly options: LookupOptions;
    isDone: boolean;
    constructor(now: Instant, options: LookupOptions, rpc: Rpc, ownId: Uint8Array, onFailure: (id: Uint8Array) => void);
    /** Asks whom there is to ask; ends when there is nobody and nothing to wait for. */
    advance(now: Instant): void;
    /** When it must be looked at although no packet comes: rate limits hold queries back. */
    nextTimeout(now: Instant): Instant;
    cancel(): void;
}
