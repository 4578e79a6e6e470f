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
export class NetworkMemory {
    #db;
    constructor(db) {
        this.#db = db;
    }
    /** @param network "public", or a name of a private DHT */
    saveDht(network, record) {
        this.#db
            .prepare('INSERT OR REPLACE INTO dht_nodes VALUES (?, ?, ?, ?, ?, ?)')
            .run(network, record.family, record.id, record.externalHost ?? null, record.contacts, Date.now());
    }
    loadDht(network) {
        return this.#db
            .prepare('SELECT * FROM dht_nodes WHERE network = ?')
            .all(network)
            .map((row) => ({
            family: row.family,
            id: row.id,
            externalHost: row.external_host ?? undefined,
            contacts: row.contacts,
        }));
    }
    saveGoodPeers(key, peers) {
        const put = this.#db.prepare('INSERT OR REPLACE INTO good_peers VALUES (?, ?, ?, ?)');
        const now = Date.now();
        this.#db.exec('BEGIN IMMEDIATE');
        for (const { host, port } of peers.slice(0, MAX_GOOD_PEERS))
            put.run(key, host, port, now);
        this.#db
            .prepare(`DELETE FROM good_peers WHERE key = ? AND (seen_at < ? OR rowid NOT IN
         (SELECT rowid FROM good_peers WHERE key = ? ORDER BY seen_at DESC LIMIT ?))`)
            .run(key, now - GOOD_PEER_MS, key, MAX_GOOD_PEERS);
        this.#db.exec('COMMIT');
    }
    loadGoodPeers(key) {
        return this.#db
            .prepare('SELECT host, port FROM good_peers WHERE key = ? AND seen_at > ? ORDER BY seen_at DESC LIMIT ?')
            .all(key, Date.now() - GOOD_PEER_MS, MAX_GOOD_PEERS)
            .map((row) => ({ host: row.host, port: row.port }));
    }
    savePublication(record) {
        this.#db
            .prepare('INSERT OR REPLACE INTO publications VALUES (?, ?, ?, ?, ?, ?)')
            .run(record.publicKey, record.name, record.sequence, record.shareKey, record.pieceLength, Date.now());
    }
    loadPublication(publicKey, name) {
        const row = this.#db
            .prepare('SELECT * FROM publications WHERE public_key = ? AND name = ?')
            .get(publicKey, name);
        if (row === undefined)
            return undefined;
        return {
            publicKey,
            name,
            sequence: row.sequence,
            shareKey: row.share_key,
            pieceLength: row.piece_length,
        };
    }
    saveFollow(record) {
        this.#db
            .prepare('INSERT OR REPLACE INTO follows VALUES (?, ?, ?, ?, ?, ?, ?)')
            .run(record.target, record.folder, record.sequence, record.torrent, record.fingerprints, record.item, Date.now());
    }
    loadFollow(target, folder) {
        const row = this.#db.prepare('SELECT * FROM follows WHERE target = ? AND folder = ?').get(target, folder);
        if (row === undefined)
            return undefined;
        return {
            target,
            folder,
            sequence: row.sequence,
            torrent: row.torrent,
            fingerprints: row.fingerprints,
            item: row.item,
        };
    }
}
