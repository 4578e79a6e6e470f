import { type Address } from '../ground/address.ts';
import type { ShareDriver } from '../swarm/node/share-driver.ts';
export declare class WebSeeds {
    #private;
    constructor(driver: ShareDriver, infoHash: Uint8Array, urls: readonly string[]);
    start(): void;
    /** A connection of the swarm ended: if it was a web seed's, it is tried again later, unless it lied. */
    handleClosed(address: Address, isBanned: boolean): void;
    stop(): void;
}
