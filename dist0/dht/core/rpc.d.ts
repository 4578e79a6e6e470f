/**
 * Queries of ours that are under way. An answer counts when its transaction, its sender's address and (where it is
 * known) its sender's id are those that we asked; all else is dropped unread.
 *
 * Two time-outs: after the short one, measured from round trips, nobody waits for the answer any more (`onLate`), but it is
 * still welcome; after the long one the query has failed.
 */
import type { Endpoint } from '../../ground/endpoint.ts';
import type { Prng } from '../../ground/ports.ts';
import type { Instant } from '../../ground/units.ts';
import type { KrpcMessage } from '../wire/krpc.ts';
import { KrpcWriter, type QueryArguments, type QueryMethod } from '../wire/krpc-writer.ts';
import type { DhtSink } from './sink.ts';
export interface QueryHandler {
    onAnswer(now: Instant, answer: KrpcMessage): void;
    /** The short time-out has passed. */
    onLate?(now: Instant): void;
    /** No answer, an error, or an answer of somebody else. */
    onFailure(now: Instant, error: KrpcMessage | undefined): void;
}
export declare class Rpc {
    #private;
    readonly writer: KrpcWriter;
    /** For `status` and the simulation. */
    sent: number;
    answered: number;
    constructor(options: {
        sink: DhtSink;
        secretPrng: Prng;
        ownId: () => Uint8Array;
        isReadOnly: boolean;
        queriesPerSecond: number;
        writer: KrpcWriter | undefined;
    });
    get outstanding(): number;
    /** What is waited for an answer, in milliseconds. */
    get shortTimeoutMs(): number;
    /** Milliseconds until another query may leave; 0: now. */
    delayMs(now: Instant): number;
    /** The caller has looked at `delayMs`. */
    query(now: Instant, method: QueryMethod, to: Endpoint, id: Uint8Array | undefined, args: QueryArguments, handler: QueryHandler): void;
    /** True when the message comes from whom we asked, under the id that we asked. Changes nothing. */
    isExpected(message: KrpcMessage, from: Endpoint): boolean;
    /** True when the message answers a query of ours; then the handler has been called. */
    handleMessage(now: Instant, message: KrpcMessage, from: Endpoint): boolean;
    handleTimeout(now: Instant): void;
    nextTimeout(): Instant;
    /** Nobody waits for anything any more. */
    clear(): void;
}
