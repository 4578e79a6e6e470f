/** What a peer remembers of the network between runs: its DHT table, good peers of each share, and what it publishes and follows. */
import type { DatabaseSync } from 'node:sqlite';
import type { DhtRecord } from '../../../net/dht/node/start.ts';
import { Statements } from '../../../host/state/statements.ts';

/** Entry of the migrations of `state-db.ts`. */
export const NETWORK_TABLES = `
  CREATE TABLE dht_nodes (
    network TEXT NOT NULL,
    family INTEGER NOT NULL,
    id BLOB NOT NULL,
    external_host BLOB,
    contacts BLOB NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (network, family)
  ) STRICT;
  CREATE TABLE good_peers (
    key TEXT NOT NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (key, host, port)
  ) STRICT;
  CREATE TABLE publications (
    public_key TEXT NOT NULL,
    name TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    share_key TEXT NOT NULL,
    piece_length INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (public_key, name)
  ) STRICT;
  CREATE TABLE follows (
    target TEXT NOT NULL,
    folder TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    torrent BLOB NOT NULL,
    fingerprints TEXT NOT NULL,
    item BLOB NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (target, folder)
  ) STRICT;`;

/** Peers that were good in a share; more are of no use at the next start. */
const MAX_GOOD_PEERS = 60;
/** Addresses change hands. */
const GOOD_PEER_MS = 14 * 24 * 3_600_000;

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

export class NetworkMemory {
  readonly #db: DatabaseSync;
  readonly #statements: Statements;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#statements = new Statements(db);
  }

  /** @param network "public", or a name of a private DHT */
  saveDht(network: string, record: DhtRecord): void {
    this.#statements
      .of('INSERT OR REPLACE INTO dht_nodes VALUES (?, ?, ?, ?, ?, ?)')
      .run(network, record.family, record.id, record.externalHost ?? null, record.contacts, Date.now());
  }

  loadDht(network: string): DhtRecord[] {
    return this.#statements
      .of('SELECT * FROM dht_nodes WHERE network = ?')
      .all(network)
      .map((row) => ({
        family: row.family as 4 | 6,
        id: row.id as Uint8Array,
        externalHost: (row.external_host as Uint8Array | null) ?? undefined,
        contacts: row.contacts as Uint8Array,
      }));
  }

  saveGoodPeers(key: string, peers: readonly { readonly host: string; readonly port: number }[]): void {
    const put = this.#statements.of('INSERT OR REPLACE INTO good_peers VALUES (?, ?, ?, ?)');
    const now = Date.now();
    this.#db.exec('BEGIN IMMEDIATE');
    for (const { host, port } of peers.slice(0, MAX_GOOD_PEERS)) put.run(key, host, port, now);
    this.#statements
      .of(
        `DELETE FROM good_peers WHERE key = ? AND (seen_at < ? OR rowid NOT IN
         (SELECT rowid FROM good_peers WHERE key = ? ORDER BY seen_at DESC LIMIT ?))`,
      )
      .run(key, now - GOOD_PEER_MS, key, MAX_GOOD_PEERS);
    this.#db.exec('COMMIT');
  }

  loadGoodPeers(key: string): { readonly host: string; readonly port: number }[] {
    return this.#statements
      .of('SELECT host, port FROM good_peers WHERE key = ? AND seen_at > ? ORDER BY seen_at DESC LIMIT ?')
      .all(key, Date.now() - GOOD_PEER_MS, MAX_GOOD_PEERS)
      .map((row) => ({ host: row.host as string, port: row.port as number }));
  }

  savePublication(record: PublicationRecord): void {
    this.#statements
      .of('INSERT OR REPLACE INTO publications VALUES (?, ?, ?, ?, ?, ?)')
      .run(record.publicKey, record.name, record.sequence, record.shareKey, record.pieceLength, Date.now());
  }

  loadPublication(publicKey: string, name: string): PublicationRecord | undefined {
    const row = this.#statements
      .of('SELECT * FROM publications WHERE public_key = ? AND name = ?')
      .get(publicKey, name);
    if (row === undefined) return undefined;
    return {
      publicKey,
      name,
      sequence: row.sequence as number,
      shareKey: row.share_key as string,
      pieceLength: row.piece_length as number,
    };
  }

  saveFollow(record: FollowRecord): void {
    this.#statements
      .of('INSERT OR REPLACE INTO follows VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(
        record.target,
        record.folder,
        record.sequence,
        record.torrent,
        record.fingerprints,
        record.item,
        Date.now(),
      );
  }

  loadFollow(target: string, folder: string): FollowRecord | undefined {
    const row = this.#statements
      .of('SELECT * FROM follows WHERE target = ? AND folder = ?')
      .get(target, folder);
    if (row === undefined) return undefined;
    return {
      target,
      folder,
      sequence: row.sequence as number,
      torrent: row.torrent as Uint8Array,
      fingerprints: row.fingerprints as string,
      item: row.item as Uint8Array,
    };
  }
}
