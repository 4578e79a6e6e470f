/**
 * What a peer remembers between runs, in one SQLite database of its state folder. The schema has a version
 * (`user_version`); each migration runs in a transaction, once. Several processes may share a state folder: writes are
 * short, and a share is locked by the process that runs it.
 */
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { fromSystemError, ShoalError } from '../../ground/errors.ts';
import { NETWORK_TABLES, NetworkMemory } from './network-memory.ts';

/** Entry n brings a database from version n to n + 1. Never edit one that was released: add another. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE shares (
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
   ) STRICT;`,
  NETWORK_TABLES,
];

export type ShareKind = 'place' | 'fetch';

export interface ShareRecord {
  /** Info hash in hex, v1 before v2. */
  readonly key: string;
  /** In place: the path that is shared. Fetched: the output folder. */
  readonly folder: string;
  readonly kind: ShareKind;
  readonly torrent: Uint8Array;
  readonly have: Uint8Array;
  /** JSON, see `FileFingerprint`. */
  readonly fingerprints: string;
  /** Written by an orderly stop: `have` can be trusted if the fingerprints still fit. */
  readonly isClean: boolean;
  readonly uploaded: number;
  readonly downloaded: number;
}

/** XDG base directory specification: state that persists but is not the person's data. */
export function defaultStateDir(): string {
  const base = process.env.XDG_STATE_HOME;
  if (base?.startsWith('/') === true) return join(base, 'shoal');
  return join(homedir(), '.local', 'state', 'shoal');
}

export class StateDb {
  readonly folder: string;
  readonly network: NetworkMemory;
  readonly #db: DatabaseSync;
  readonly #put: StatementSync;
  readonly #get: StatementSync;

  /** @throws ShoalError no-permission, state-broken, state-too-new */
  constructor(folder: string) {
    this.folder = folder;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw fromSystemError(`cannot make the state folder ${folder} (choose another with --state)`, error);
    }
    this.#db = openDatabase(join(folder, 'shoal.db'));
    this.network = new NetworkMemory(this.#db);
    this.#put = this.#db.prepare(
      `INSERT OR REPLACE INTO shares
       (key, folder, kind, torrent, have, fingerprints, is_clean, uploaded, downloaded, changed_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#get = this.#db.prepare('SELECT * FROM shares WHERE key = ? AND folder = ?');
  }

  get torrentsFolder(): string {
    return join(this.folder, 'torrents');
  }

  get keysFolder(): string {
    return join(this.folder, 'keys');
  }

  get edgesFolder(): string {
    return join(this.folder, 'edges');
  }

  put(record: ShareRecord): void {
    const { key, folder, kind, torrent, have, fingerprints, isClean, uploaded, downloaded } = record;
    this.#put.run(
      key,
      folder,
      kind,
      torrent,
      have,
      fingerprints,
      isClean ? 1 : 0,
      uploaded,
      downloaded,
      Date.now(),
    );
  }

  get(key: string, folder: string): ShareRecord | undefined {
    const row = this.#get.get(key, folder);
    return row === undefined ? undefined : toRecord(row);
  }

  /** What was shared in place from a path before, newest first. */
  findInPlace(path: string): ShareRecord[] {
    const query = this.#db.prepare(
      `SELECT * FROM shares WHERE folder = ? AND kind = 'place' ORDER BY changed_at DESC`,
    );
    return query.all(path).map(toRecord);
  }

  /** @throws ShoalError directory-in-use when another process runs this share in this folder */
  lock(key: string, folder: string): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const holder = this.#db.prepare('SELECT pid FROM locks WHERE key = ? AND folder = ?').get(key, folder);
      const pid = holder?.pid as number | undefined;
      if (pid !== undefined && isAlive(pid)) {
        throw new ShoalError(
          'directory-in-use',
          `process ${pid} is busy with this share in ${folder}: stop it first`,
        );
      }
      this.#db
        .prepare('INSERT OR REPLACE INTO locks (key, folder, pid) VALUES (?, ?, ?)')
        .run(key, folder, process.pid);
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  /** The same without complaint: false when another living process holds it. */
  tryLock(key: string, folder: string): boolean {
    try {
      this.lock(key, folder);
      return true;
    } catch (error) {
      if (error instanceof ShoalError && error.code === 'directory-in-use') return false;
      throw error;
    }
  }

  unlock(key: string, folder: string): void {
    this.#db
      .prepare('DELETE FROM locks WHERE key = ? AND folder = ? AND pid = ?')
      .run(key, folder, process.pid);
  }

  close(): void {
    this.#db.close();
  }
}

function openDatabase(path: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: 10_000 });
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON');
    migrate(db, path);
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof ShoalError) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    throw new ShoalError(
      'state-broken',
      `cannot use ${path}: ${detail}. Move it away to start afresh; shares keep their data`,
      error,
    );
  }
}

function migrate(db: DatabaseSync, path: string): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    const version = db.prepare('PRAGMA user_version').get()!.user_version as number;
    if (version > MIGRATIONS.length) {
      throw new ShoalError(
        'state-too-new',
        `${path} was written by a newer Shoal (version ${version}): update this one`,
      );
    }
    for (let at = version; at < MIGRATIONS.length; at++) db.exec(MIGRATIONS[at]!);
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}

function toRecord(row: Record<string, unknown>): ShareRecord {
  return {
    key: row.key as string,
    folder: row.folder as string,
    kind: row.kind as ShareKind,
    torrent: row.torrent as Uint8Array,
    have: row.have as Uint8Array,
    fingerprints: row.fingerprints as string,
    isClean: row.is_clean === 1,
    uploaded: row.uploaded as number,
    downloaded: row.downloaded as number,
  };
}
