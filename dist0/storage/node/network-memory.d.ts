/** What a peer remembers of the network between runs: its DHT table, good peers of each share, and what it publishes and follows. */
import type { DatabaseSync } from 'node:sqlite';
/** Entry of the migrations of `state-db.ts`. */
export declare const NETWORK_TABLES = "\n  CREATE TABLE dht_nodes (\n    network TEXT NOT NULL,\n    family INTEGER NOT NULL,\n    id BLOB NOT NULL,\n    external_host BLOB,\n    contacts BLOB NOT NULL,\n    changed_at INTEGER NOT NULL,\n    PRIMARY KEY (network, family)\n  ) STRICT;\n  CREATE TABLE good_peers (\n    key TEXT NOT NULL,\n    host TEXT NOT NULL,\n    port INTEGER NOT NULL,\n    seen_at INTEGER NOT NULL,\n    PRIMARY KEY (key, host, port)\n  ) STRICT;\n  CREATE TABLE publications (\n    public_key TEXT NOT NULL,\n    name TEXT NOT NULL,\n    sequence INTEGER NOT NULL,\n    share_key TEXT NOT NULL,\n    piece_length INTEGER NOT NULL,\n    changed_at INTEGER NOT NULL,\n    PRIMARY KEY (public_key, name)\n  ) STRICT;\n  CREATE TABLE follows (\n    target TEXT NOT NULL,\n    folder TEXT NOT NULL,\n    sequence INTEGER NOT NULL,\n    torrent BLOB NOT NULL,\n    fingerprints TEXT NOT NULL,\n    item BLOB NOT NULL,\n    changed_at INTEGER NOT NULL,\n    PRIMARY KEY (target, folder)\n  ) STRICT;";
export interface DhtRecord {
    readonly family: 4 | 6;
    readonly id: Uint8Array;
    readonly externalHost: Uint8Array | undefined;
    /** Compact node infos. */
    readonly contacts: Uint8Array;
}
export interface PublicationRecord {
    readonly publicKey: string;
    readonly name: string;
    readonly sequence: number;
    readonly shareKey: string;
    readonly pieceLength: number;
}
export interface FollowRecord {
    /** Hex of the item's target. */
    readonly target: string;
    readonly folder: string;
    readonly sequence: number;
    readonly torrent: Uint8Array;
    readonly fingerprints: string;
    /** The signed item, bencoded: followers keep it alive. */
    readonly item: Uint8Array;
}
export declare class NetworkMemory {
    #private;
    constructor(db: DatabaseSync);
    /** @param network "public", or a name of a private DHT */
    saveDht(network: string, record: DhtRecord): void;
    loadDht(network: string): DhtRecord[];
    saveGoodPeers(key: string, peers: readonly {
        readonly host: string;
        readonly port: number;
    }[]): void;
    loadGoodPeers(key: string): {
        readonly host: string;
        readonly port: number;
    }[];
    savePublication(record: PublicationRecord): void;
    loadPublication(publicKey: string, name: string): PublicationRecord | undefined;
    saveFollow(record: FollowRecord): void;
    loadFollow(target: string, folder: string): FollowRecord | undefined;
}
