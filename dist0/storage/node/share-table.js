/** Migration 0 → 1. */
export const SHARE_TABLES = `
  CREATE TABLE shares (
    key TEXT NOT NULL,
    folder TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('place', 'fetch')),
    torrent BLOB NOT NULL,
    have BLOB NOT NULL,
    fingerprints TEXT NOT NULL,
    is_clean INTEGER NOT NULL,
    uploaded INTEGER NOT NULL DEFAULT 0,
    downloaded INTEGER NOT NULL DEFAULT 0,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (key, folder)
  ) STRICT;
  CREATE TABLE locks (
    key TEXT NOT NULL,
    folder TEXT NOT NULL,
    pid INTEGER NOT NULL,
    PRIMARY KEY (key, folder)
  ) STRICT;`;
/** Migration 2 → 3: a row a file, so that saving a share of 100,000 files writes what changed, and journals. */
export const FILE_TABLES = `
  CREATE TABLE share_files (
    key TEXT NOT NULL,
    folder TEXT NOT NULL,
    file INTEGER NOT NULL,
    size INTEGER NOT NULL,
    modified_ms REAL NOT NULL,
    PRIMARY KEY (key, folder, file)
  ) STRICT, WITHOUT ROWID;
  INSERT OR IGNORE INTO share_files
    SELECT s.key, s.folder, f.value ->> '$.file', f.value ->> '$.size', CAST(f.value ->> '$.modifiedMs' AS REAL)
    FROM shares s, json_each(CASE WHEN json_valid(s.fingerprints) THEN s.fingerprints ELSE '[]' END) f
    WHERE s.is_clean = 1;
  CREATE TABLE moves (
    key TEXT NOT NULL,
    from_folder TEXT NOT NULL,
    to_folder TEXT NOT NULL,
    PRIMARY KEY (key, from_folder)
  ) STRICT;
  CREATE TABLE file_names (
    key TEXT NOT NULL,
    folder TEXT NOT NULL,
    file INTEGER NOT NULL,
    path TEXT NOT NULL,
    previous TEXT,
    PRIMARY KEY (key, folder, file)
  ) STRICT, WITHOUT ROWID;
  ALTER TABLE shares ADD COLUMN trust TEXT NOT NULL DEFAULT 'none' CHECK (trust IN ('none', 'all', 'journal'));
  ALTER TABLE shares ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
  UPDATE shares SET trust = 'all' WHERE is_clean = 1;
  ALTER TABLE shares DROP COLUMN fingerprints;
  ALTER TABLE shares DROP COLUMN is_clean;`;
export class ShareTable {
    #db;
    #put;
    #get;
    #update;
    #putFile;
    #getFiles;
    constructor(db) {
        this.#db = db;
        this.#put = db.prepare(`INSERT OR REPLACE INTO shares
       (key, folder, kind, torrent, have, trust, epoch, uploaded, downloaded, changed_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
        this.#get = db.prepare('SELECT * FROM shares WHERE key = ? AND folder = ?');
        this.#update = db.prepare(`UPDATE shares SET have = ?, trust = ?, epoch = ?, uploaded = ?, downloaded = ?, changed_at = ?
       WHERE key = ? AND folder = ?`);
        this.#putFile = db.prepare('INSERT OR REPLACE INTO share_files (key, folder, file, size, modified_ms) VALUES (?, ?, ?, ?, ?)');
        this.#getFiles = db.prepare('SELECT file, size, modified_ms FROM share_files WHERE key = ? AND folder = ?');
    }
    put(record) {
        const { key, folder, kind, torrent, have, trust, epoch, uploaded, downloaded, prints } = record;
        transact(this.#db, () => {
            this.#put.run(key, folder, kind, torrent, have, trust, epoch, uploaded, downloaded, Date.now());
            this.#db.prepare('DELETE FROM share_files WHERE key = ? AND folder = ?').run(key, folder);
            this.#putFiles(key, folder, prints);
        });
    }
    update(update) {
        const { key, folder, have, trust, epoch, uploaded, downloaded, prints } = update;
        transact(this.#db, () => {
            this.#update.run(have, trust, epoch, uploaded, downloaded, Date.now(), key, folder);
            this.#putFiles(key, folder, prints);
        });
    }
    get(key, folder) {
        const row = this.#get.get(key, folder);
        return row === undefined ? undefined : this.#toRecord(row);
    }
    setTorrent(key, folder, torrent) {
        this.#db.prepare('UPDATE shares SET torrent = ? WHERE key = ? AND folder = ?').run(torrent, key, folder);
    }
    beginMove(key, from, to) {
        this.#db.prepare('INSERT OR REPLACE INTO moves VALUES (?, ?, ?)').run(key, from, to);
    }
    findMove(key, folder) {
        const row = this.#db
            .prepare('SELECT from_folder, to_folder FROM moves WHERE key = ? AND (from_folder = ? OR to_folder = ?)')
            .get(key, folder, folder);
        return row === undefined ? undefined : { from: row.from_folder, to: row.to_folder };
    }
    /** Everything that is known of the share in one folder is known of it in the other from now on. */
    finishMove(key, { from, to }) {
        transact(this.#db, () => {
            for (const table of ['shares', 'share_files', 'file_names', 'locks'])
                this.#db
                    .prepare(`UPDATE OR REPLACE ${table} SET folder = ? WHERE key = ? AND folder = ?`)
                    .run(to, key, from);
            this.#db.prepare('DELETE FROM moves WHERE key = ? AND from_folder = ?').run(key, from);
        });
    }
    cancelMove(key, { from }) {
        this.#db.prepare('DELETE FROM moves WHERE key = ? AND from_folder = ?').run(key, from);
    }
    setName(key, folder, file, name) {
        this.#db
            .prepare('INSERT OR REPLACE INTO file_names VALUES (?, ?, ?, ?, ?)')
            .run(key, folder, file, JSON.stringify(name.path), name.previous === undefined ? null : JSON.stringify(name.previous));
    }
    names(key, folder) {
        const names = new Map();
        const query = this.#db.prepare('SELECT file, path, previous FROM file_names WHERE key = ? AND folder = ?');
        for (const row of query.all(key, folder)) {
            const previous = row.previous === null ? undefined : JSON.parse(row.previous);
            names.set(row.file, { path: JSON.parse(row.path), previous });
        }
        return names;
    }
    has(key, folder) {
        return this.#get.get(key, folder) !== undefined;
    }
    /** What was shared in place from a path before, newest first. */
    findInPlace(path) {
        const query = this.#db.prepare(`SELECT * FROM shares WHERE folder = ? AND kind = 'place' ORDER BY changed_at DESC`);
        return query.all(path).map((row) => this.#toRecord(row));
    }
    /** All of them, the latest first. */
    list() {
        const rows = this.#db.prepare('SELECT * FROM shares ORDER BY changed_at DESC').all();
        return rows.map((row) => ({
            key: row.key,
            folder: row.folder,
            kind: row.kind,
            torrent: row.torrent,
            have: row.have,
            changedAt: new Date(row.changed_at),
        }));
    }
    #putFiles(key, folder, prints) {
        for (const [file, { size, modifiedMs }] of prints)
            this.#putFile.run(key, folder, file, size, modifiedMs);
    }
    #toRecord(row) {
        const key = row.key;
        const folder = row.folder;
        const prints = new Map();
        for (const file of this.#getFiles.all(key, folder))
            prints.set(file.file, { size: file.size, modifiedMs: file.modified_ms });
        return {
            key,
            folder,
            kind: row.kind,
            torrent: row.torrent,
            have: row.have,
            trust: row.trust,
            epoch: row.epoch,
            uploaded: row.uploaded,
            downloaded: row.downloaded,
            prints,
        };
    }
}
export function transact(db, action) {
    db.exec('BEGIN IMMEDIATE');
    try {
        action();
        db.exec('COMMIT');
    }
    catch (error) {
        db.exec('ROLLBACK');
        throw error;
    }
}
