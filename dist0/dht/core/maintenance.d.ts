import type { Endpoint } from '../../ground/endpoint.ts';
import type { Prng } from '../../ground/ports.ts';
import type { Instant } from '../../ground/units.ts';
import type { Bootstrap } from './bootstrap.ts';
import type { LookupOptions } from './lookup.ts';
import { type RoutingTable } from './routing-table.ts';
import type { Rpc } from './rpc.ts';
export interface MaintenanceParts {
    readonly rpc: Rpc;
    readonly prng: Prng;
    readonly bootstrap: Bootstrap;
    table(): RoutingTable;
    startLookup(now: Instant, options: Omit<LookupOptions, 'family' | 'start' | 'method' | 'args'> & {
        start?: LookupOptions['start'];
    }): void;
    onFailure(id: Uint8Array): void;
    onReady(now: Instant): void;
    /** The nearest that we know lie further apart than the size of the network lets us expect. */
    isNeighbourhoodThin(): boolean;
}
export declare class Maintenance {
    #private;
    constructor(parts: MaintenanceParts);
    start(now: Instant): void;
    /** There are new starts, or a table to rebuild: no waiting for the next tick. */
    hurry(now: Instant): void;
    nextTimeout(): Instant;
    handleTimeout(now: Instant): void;
    /** A stranger asked something: worth asking back? */
    consider(now: Instant, id: Uint8Array, endpoint: Endpoint): void;
    ping(now: Instant, id: Uint8Array | undefined, endpoint: Endpoint, done?: () => void): void;
}
