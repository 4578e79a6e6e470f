import { type Handshake } from '../wire/handshake.ts';
import type { Peer } from './peer.ts';
import type { Blame } from './sink.ts';
export interface GreeterOptions {
    readonly peerId: Uint8Array;
    readonly infoHashV1?: Uint8Array | undefined;
    readonly infoHashV2?: Uint8Array | undefined;
    /** UDP port of our DHT node; undefined when there is none. */
    readonly dhtPort?: number | undefined;
}
export declare class Greeter {
    #private;
    constructor(options: GreeterOptions);
    /** A peer that is in the v2 swarm only closes on the v1 hash: each further try takes the other one. */
    choose(peer: Peer, failures: number): void;
    /** Self connections and second connections to one peer; of two, both ends must keep the same one. */
    findTwin(peer: Peer, others: Iterable<Peer>): {
        readonly loser: Peer;
        readonly blame: Blame;
    } | undefined;
    isV2Hash(infoHash: Uint8Array): boolean;
    greeting(peer: Peer): Uint8Array;
    answer(theirs: Handshake): Uint8Array;
    /** Undefined while bytes are missing. */
    read(peer: Peer, chunk: Uint8Array): {
        readonly handshake: Handshake;
        readonly rest: Uint8Array;
    } | Blame | undefined;
}
