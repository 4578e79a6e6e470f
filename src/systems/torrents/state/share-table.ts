/** The records of shares in the state database: the real `ShareRecords`. */
import type { DatabaseSync } from 'node:sqlite';
import type { FileIndex } from '../../../ground/units.ts';
import type {
  FileName,
  Move,
  RecordUpdate,
  ShareKind,
  ShareRecord,
  ShareRecords,
} from '../../../data/storage/records.ts';
import type { FilePrint, Trust } from '../../../data/storage/resume-plan.ts';
import { transact } from '../../../host/state/database.ts';
import { Statements } from '../../../host/state/statements.ts';

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

/** Torrents lie in files (`torrent-copies.ts`): the column is filled in records of earlier versions. */
const NO_TORRENT = new Uint8Array(0);

const PUT = `INSERT OR REPLACE INTO shares
  (key, folder, kind, torrent, have, trust, epoch, uploaded, downloaded, changed_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const COLUMNS = 'key, folder, kind, have, trust, epoch, uploaded, downloaded, changed_at';
const GET = `SELECT ${COLUMNS} FROM shares WHERE key = ? AND folder = ?`;
const UPDATE = `UPDATE shares SET have = ?, trust = ?, epoch = ?, uploaded = ?, downloaded = ?, changed_at = ?
  WHERE key = ? AND folder = ?`;
const PUT_FILE =
  'INSERT OR REPLACE INTO share_files (key, folder, file, size, modified_ms) VALUES (?, ?, ?, ?, ?)';
const GET_FILES = 'SELECT file, size, modified_ms FROM share_files WHERE key = ? AND folder = ?';

/** Migration 3 → 4: shares are found by their place, however many there are. */
export const FOLDER_INDEX = 'CREATE INDEX shares_by_folder ON shares (folder);';

/** What `shoal state list` shows. */
export interface ShareSummary {
  readonly key: string;
  readonly folder: string;
  readonly kind: ShareKind;
  readonly have: Uint8Array;
  readonly changedAt: Date;
}

export class ShareTable implements ShareRecords {
  readonly #db: DatabaseSync;
  readonly #statements: Statements;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#statements = new Statements(db);
  }

  put(record: ShareRecord): void {
    const { key, folder, kind, have, trust, epoch, uploaded, downloaded, prints } = record;
    transact(this.#db, () => {
      this.#statements
        .of(PUT)
        .run(key, folder, kind, NO_TORRENT, have, trust, epoch, uploaded, downloaded, Date.now());
      this.#statements.of('DELETE FROM share_files WHERE key = ? AND folder = ?').run(key, folder);
      this.#putFiles(key, folder, prints);
    });
  }

  update(update: RecordUpdate): void {
    const { key, folder, have, trust, epoch, uploaded, downloaded, prints } = update;
    transact(this.#db, () => {
      this.#statements.of(UPDATE).run(have, trust, epoch, uploaded, downloaded, Date.now(), key, folder);
      this.#putFiles(key, folder, prints);
    });
  }

  get(key: string, folder: string): ShareRecord | undefined {
    const row = this.#statements.of(GET).get(key, folder);
    return row === undefined ? undefined : this.#toRecord(row);
  }

  /** Nothing is known of it any more. */
  remove(key: string, folder: string): void {
    transact(this.#db, () => {
      for (const table of ['shares', 'share_files', 'file_names', 'moves'])
        this.#statements
          .of(`DELETE FROM ${table} WHERE key = ? AND ${table === 'moves' ? 'from_folder' : 'folder'} = ?`)
          .run(key, folder);
    });
  }

  /** What is noted of its data is not believed at the next start. */
  distrust(key: string, folder: string): void {
    this.#statements.of("UPDATE shares SET trust = 'none' WHERE key = ? AND folder = ?").run(key, folder);
  }

  /** The torrent in a record that an earlier version wrote, while its copy beside the database is missing. */
  oldTorrent(key: string, folder: string): Uint8Array | undefined {
    const row = this.#statements
      .of('SELECT torrent FROM shares WHERE key = ? AND folder = ?')
      .get(key, folder);
    const torrent = row?.torrent as Uint8Array | undefined;
    return torrent === undefined || torrent.length === 0 ? undefined : torrent;
  }

  beginMove(key: string, from: string, to: string): void {
    this.#statements.of('INSERT OR REPLACE INTO moves VALUES (?, ?, ?)').run(key, from, to);
  }

  findMove(key: string, folder: string): Move | undefined {
    const row = this.#statements
      .of('SELECT from_folder, to_folder FROM moves WHERE key = ? AND (from_folder = ? OR to_folder = ?)')
      .get(key, folder, folder);
    return row === undefined ? undefined : { from: row.from_folder as string, to: row.to_folder as string };
  }

  /** Everything that is known of the share in one folder is known of it in the other from now on. */
  finishMove(key: string, { from, to }: Move): void {
    transact(this.#db, () => {
      for (const table of ['shares', 'share_files', 'file_names', 'locks', 'roster'])
        this.#statements
          .of(`UPDATE OR REPLACE ${table} SET folder = ? WHERE key = ? AND folder = ?`)
          .run(to, key, from);
      this.#statements.of('DELETE FROM moves WHERE key = ? AND from_folder = ?').run(key, from);
    });
  }

  cancelMove(key: string, { from }: Move): void {
    this.#statements.of('DELETE FROM moves WHERE key = ? AND from_folder = ?').run(key, from);
  }

  setName(key: string, folder: string, file: FileIndex, name: FileName): void {
    this.#statements
      .of('INSERT OR REPLACE INTO file_names VALUES (?, ?, ?, ?, ?)')
      .run(
        key,
        folder,
        file,
        JSON.stringify(name.path),
        name.previous === undefined ? null : JSON.stringify(name.previous),
      );
  }

  setNames(key: string, folder: string, paths: ReadonlyMap<FileIndex, readonly string[]>): void {
    transact(this.#db, () => {
      for (const [file, path] of paths) this.setName(key, folder, file, { path, previous: undefined });
    });
  }

  names(key: string, folder: string): Map<FileIndex, FileName> {
    const names = new Map<FileIndex, FileName>();
    const query = this.#statements.of(
      'SELECT file, path, previous FROM file_names WHERE key = ? AND folder = ?',
    );
    for (const row of query.all(key, folder)) {
      const previous = row.previous === null ? undefined : (JSON.parse(row.previous as string) as string[]);
      names.set(row.file as number, { path: JSON.parse(row.path as string) as string[], previous });
    }
    return names;
  }

  has(key: string, folder: string): boolean {
    return this.#statements.of(GET).get(key, folder) !== undefined;
  }

  /** What was shared in place from a path before, newest first. */
  findInPlace(path: string): ShareRecord[] {
    const query = this.#statements.of(
      `SELECT ${COLUMNS} FROM shares WHERE folder = ? AND kind = 'place' ORDER BY changed_at DESC`,
    );
    return query.all(path).map((row) => this.#toRecord(row));
  }

  /** All of them, the latest first. */
  list(): ShareSummary[] {
    const rows = this.#statements.of(`SELECT ${COLUMNS} FROM shares ORDER BY changed_at DESC`).all();
    return rows.map((row) => ({
      key: row.key as string,
      folder: row.folder as string,
      kind: row.kind as ShareKind,
      have: row.have as Uint8Array,
      changedAt: new Date(row.changed_at as number),
    }));
  }

  #putFiles(key: string, folder: string, prints: ReadonlyMap<FileIndex, FilePrint>): void {
    for (const [file, { size, modifiedMs }] of prints)
      this.#statements.of(PUT_FILE).run(key, folder, file, size, modifiedMs);
  }

  #toRecord(row: Record<string, unknown>): ShareRecord {
    const key = row.key as string;
    const folder = row.folder as string;
    const prints = new Map<FileIndex, FilePrint>();
    for (const file of this.#statements.of(GET_FILES).all(key, folder))
      prints.set(file.file as number, { size: file.size as number, modifiedMs: file.modified_ms as number });
    return {
      key,
      folder,
      kind: row.kind as ShareKind,
      have: row.have as Uint8Array,
      trust: row.trust as Trust,
      epoch: row.epoch as number,
      uploaded: row.uploaded as number,
      downloaded: row.downloaded as number,
      prints,
    };
  }
}
