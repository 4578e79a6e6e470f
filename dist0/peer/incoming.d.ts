/** Reads the handshake of an incoming connection to find out which share it is for. Bounded in bytes, time, number. */
import type { Socket } from 'node:net';
import type { Address } from '../ground/address.ts';
import { type Handshake } from '../swarm/wire/handshake.ts';
export type Route = (socket: Socket, address: Address, handshake: Handshake, rest: Uint8Array) => boolean;
export declare class IncomingLinks {
    #private;
    /** @param route returns false when no share has that info hash */
    constructor(route: Route);
    accept(socket: Socket, address: Address): void;
    close(): void;
}
