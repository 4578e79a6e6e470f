import type { Address } from '../ground/address.ts';
import { DhtService } from '../dht/node/service.ts';
import type { UdpPorts } from '../link/node/udp.ts';
import type { StateDb } from '../storage/node/state-db.ts';
export interface DhtOptions {
    /** Nodes to begin with besides the known ones; host names are resolved. */
    readonly nodes?: readonly Address[] | undefined;
    /** `HOST:PORT` of bootstrap nodes; several independent ones of the public network by default, none for []. */
    readonly routers?: readonly string[] | undefined;
    /** Asks and never answers (BEP 43): for a peer that is up for moments. */
    readonly isReadOnly?: boolean | undefined;
    /** A secret that a group shares: their DHT is apart from the public one. At least 16 bytes. */
    readonly networkSecret?: Uint8Array | undefined;
    /** Queries that leave in a second at most. */
    readonly queriesPerSecond?: number | undefined;
}
/** Starts DHT nodes on the sockets, with the table of last time. */
export declare function startDht(udp: UdpPorts, state: StateDb, options: DhtOptions): DhtService;
/** Reads the secret of a private network from a file. @throws ShoalError not-found, no-permission, bad-argument */
export declare function readNetworkSecret(path: string): Promise<Uint8Array>;
