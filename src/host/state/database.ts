/**
 * A SQLite database of the state folder. Its schema has a version (`user_version`); each migration runs in a transaction,
 * once, after a backup was made. A database that is broken is set aside, never overwritten.
 */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fromSystemError, ShoalError } from '../../ground/errors.ts';
import { touchPrivate } from '../../ground/node/private-folder.ts';
import { DatabaseSync } from './sqlite.ts';

/** Backups that are kept: one for each of the latest migrations. */
const MAX_BACKUPS = 3;

export interface DatabaseOptions {
  readonly path: string;
  /** Entry n brings a database from version n to n + 1. Never edit one that was released: add another. */
  readonly migrations: readonly string[];
  /** Messages for the person are added to these. */
  readonly notices: string[];
}

/** @throws ShoalError state-broken, state-too-new, no-permission */
export function openDatabase({ path, migrations, notices }: DatabaseOptions): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    touchPrivate(path);
    db = new DatabaseSync(path, { timeout: 10_000 });
    // FULL: a new record must be on the disk before the old one is gone.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    const verdict = db.prepare('PRAGMA quick_check(1)').get()!.quick_check as string;
    if (verdict !== 'ok') throw new Error(verdict);
    migrate(db, { path, migrations, notices });
    return db;
  } catch (error) {
    try {
      db?.close();
    } catch {
      // A broken database may refuse even that.
    }
    if (error instanceof ShoalError) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    // SQLite: SQLITE_CORRUPT 11, SQLITE_NOTADB 26; anything else is the disk's fault, not the file's.
    const { errcode, syscall } = error as { errcode?: number; syscall?: string };
    if (syscall !== undefined) throw fromSystemError(`cannot open ${path}`, error);
    const isOurs = errcode === undefined || (errcode & 0xff) === 11 || (errcode & 0xff) === 26;
    if (!isOurs) throw fromSystemError(`cannot open ${path}`, error);
    throw new ShoalError('state-broken', `${path} is broken (${detail})`, error);
  }
}

function migrate(db: DatabaseSync, { path, migrations, notices }: DatabaseOptions): void {
  const versionNow = (): number => db.prepare('PRAGMA user_version').get()!.user_version as number;
  const requireKnown = (version: number): void => {
    if (version <= migrations.length) return;
    throw new ShoalError(
      'state-too-new',
      `${path} was written by a newer Shoal (version ${version}): update this one`,
    );
  };
  const before = versionNow();
  requireKnown(before);
  if (before === migrations.length) return;
  if (before > 0)
    notices.push(`the state is brought up to date; a copy of it is in ${backUp(db, path, before)}`);
  transact(db, () => {
    // Another process may have been faster.
    const version = versionNow();
    requireKnown(version);
    for (let at = version; at < migrations.length; at++) db.exec(migrations[at]!);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}

function backUp(db: DatabaseSync, path: string, version: number): string {
  const backup = `${path}.backup-${version}`;
  rmSync(backup, { force: true });
  // SQLite takes an empty file for the copy, and keeps its mode.
  touchPrivate(backup);
  db.prepare('VACUUM INTO ?').run(backup);
  const folder = join(path, '..');
  const old = readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(path)}.backup-`))
    .sort((a, b) => Number(b.split('-').pop()) - Number(a.split('-').pop()));
  for (const name of old.slice(MAX_BACKUPS)) rmSync(join(folder, name), { force: true });
  return backup;
}

/** Moves the database and the files that SQLite keeps beside it out of the way. Returns its new path. */
export function setAside(path: string): string {
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  let target = `${path}.broken-${stamp}`;
  for (let number = 2; existsSync(target); number++) target = `${path}.broken-${stamp}-${number}`;
  for (const ending of ['', '-wal', '-shm'])
    if (existsSync(path + ending)) renameSync(path + ending, target + ending);
  return target;
}

const SQLITE_FULL = 13;

/** The log has grown to the end of the disk with what was rolled back, and others need that room. */
function giveRoomBack(db: DatabaseSync): void {
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // It stays until the database is closed.
  }
}

export function transact(db: DatabaseSync, action: () => void): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    action();
    db.exec('COMMIT');
  } catch (error) {
    // A disk that is full may have ended it already.
    if (db.isTransaction) db.exec('ROLLBACK');
    if (((error as { errcode?: number }).errcode ?? 0) === SQLITE_FULL) giveRoomBack(db);
    throw error;
  }
}
