/**
 * Which info hashes are announced on the local network, and when (BEP 14): a new share at once, each again every five
 * minutes, never more than one packet a second in all. What neighbours announce is told to the share that it is for.
 * Private shares are never handed to this machine.
 */
import { type Address } from '../../ground/address.ts';
import type { Instant } from '../../ground/units.ts';
import { type LsdMessage } from '../wire/message.ts';
export declare class LocalDiscovery {
    #private;
    constructor(port: number, cookie: string);
    add(now: Instant, infoHash: Uint8Array): void;
    delete(infoHash: Uint8Array): void;
    /** An interface came up: its neighbours have heard nothing yet. */
    handleNewInterface(now: Instant): void;
    /** What is to be sent now; undefined for nothing. */
    poll(now: Instant): LsdMessage | undefined;
    encode(message: LsdMessage, family: 4 | 6): Uint8Array;
    nextTimeout(): Instant | undefined;
    /** A neighbour and our shares that it has; undefined when there are none. `host` has been found to be local. */
    handlePacket(now: Instant, packet: Uint8Array, host: string): {
        readonly address: Address;
        readonly infoHashes: readonly Uint8Array[];
    } | undefined;
}
