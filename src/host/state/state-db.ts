/**
 * What a peer remembers between runs, in one SQLite database of its state folder. The schema has a version
 * (`user_version`); each migration runs in a transaction, once, after a backup was made. A peer claims its state folder
 * for itself (`claim`); commands that only look or keep keys open it beside a running peer.
 *
 * A database that is broken is set aside, never overwritten: shares are found again from the copies of their torrents
 * (`torrent-copies.ts`), and their data is hashed.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fromSystemError, ShoalError } from '../../ground/errors.ts';
import {
  makePrivateFolder,
  OWNER_FILE,
  tightenFiles,
  touchPrivate,
} from '../../ground/node/private-folder.ts';
import { NETWORK_TABLES, NetworkMemory } from '../../systems/torrents/state/network-memory.ts';
import { ROSTER_TABLE, RosterTable, TIMES_TABLE } from '../../systems/torrents/state/roster-table.ts';
import {
  FILE_TABLES,
  FOLDER_INDEX,
  SHARE_TABLES,
  ShareTable,
  transact,
} from '../../systems/torrents/state/share-table.ts';
import { DatabaseSync } from './sqlite.ts';
import { Statements } from './statements.ts';
import { TorrentCopies } from '../../systems/torrents/state/torrent-copies.ts';

/** Entry n brings a database from version n to n + 1. Never edit one that was released: add another. */
export const MIGRATIONS: readonly string[] = [
  SHARE_TABLES,
  NETWORK_TABLES,
  FILE_TABLES,
  FOLDER_INDEX,
  ROSTER_TABLE,
  TIMES_TABLE,
];
/** Backups that are kept: one for each of the latest migrations. */
const MAX_BACKUPS = 3;
const DATABASE = 'shoal.db';
const LOCK = 'peer.lock';
const CLAIM_WAIT_MS = 100;

/** XDG base directory specification: state that persists but is not the person's data. */
export function defaultStateDir(): string {
  const base = process.env.XDG_STATE_HOME;
  if (base?.startsWith('/') === true) return join(base, 'shoal');
  return join(homedir(), '.local', 'state', 'shoal');
}

export class StateDb {
  readonly folder: string;
  readonly network: NetworkMemory;
  readonly shares: ShareTable;
  readonly torrents: TorrentCopies;
  readonly roster: RosterTable;
  /** What the person should hear: a database that was set aside, a backup that was made. */
  readonly notices: readonly string[];
  readonly #db: DatabaseSync;
  readonly #statements: Statements;
  readonly #claim: DatabaseSync | undefined;

  private constructor(folder: string, claim: DatabaseSync | undefined, notices: string[]) {
    this.folder = folder;
    this.#claim = claim;
    this.notices = notices;
    this.torrents = new TorrentCopies(join(folder, 'torrents'));
    const path = join(folder, DATABASE);
    try {
      this.#db = openDatabase(path, notices);
    } catch (error) {
      if (claim === undefined || (error as ShoalError).code !== 'state-broken') throw error;
      notices.push(`${(error as Error).message}. It was set aside as ${setAside(path)}`);
      this.#db = openDatabase(path, notices);
    }
    this.#statements = new Statements(this.#db);
    this.network = new NetworkMemory(this.#db);
    this.shares = new ShareTable(this.#db);
    this.roster = new RosterTable(this.#db);
    if (claim !== undefined) {
      // Of processes that died: nobody else may hold locks while we hold the claim.
      this.#db.exec('DELETE FROM locks');
      this.#findSharesAgain(notices);
    }
  }

  /**
   * For looking, and for keys: may be open beside a running peer.
   * @throws ShoalError no-permission, state-broken, state-too-new
   */
  static open(folder: string): StateDb {
    return new StateDb(folder, undefined, makePrivateFolder(folder));
  }

  /**
   * For a peer: nobody else may claim the folder until it is closed, or the process ends.
   * @throws ShoalError no-permission, state-in-use, state-too-new
   */
  static claim(folder: string): StateDb {
    const notices = makePrivateFolder(folder);
    const claim = claimFolder(folder);
    try {
      // Of a daemon that died: commands would send the token to whoever listens there by now.
      rmSync(join(folder, 'api.json'), { force: true });
      tightenFiles(folder);
      return new StateDb(folder, claim, notices);
    } catch (error) {
      claim.close();
      throw error;
    }
  }

  /**
   * A peer runs with that folder. Nobody else can make it look so: a lock cannot outlive its process, and the folder is the
   * owner's alone.
   */
  static isClaimed(folder: string): boolean {
    const path = join(folder, LOCK);
    if (!existsSync(path)) return false;
    let db: DatabaseSync | undefined;
    try {
      db = new DatabaseSync(path, { timeout: 0, readOnly: true });
      db.prepare('SELECT count(*) FROM sqlite_schema').get();
      return false;
    } catch (error) {
      return /locked|busy/i.test((error as Error).message);
    } finally {
      db?.close();
    }
  }

  get keysFolder(): string {
    return join(this.folder, 'keys');
  }

  get edgesFolder(): string {
    return join(this.folder, 'edges');
  }

  get journalsFolder(): string {
    return join(this.folder, 'journals');
  }

  /** @throws ShoalError directory-in-use when it runs already */
  lock(key: string, folder: string): void {
    if (!this.tryLock(key, folder))
      throw new ShoalError('directory-in-use', `this share runs in ${folder} already: stop it first`);
  }

  /** The same without complaint. */
  tryLock(key: string, folder: string): boolean {
    const added = this.#statements
      .of('INSERT OR IGNORE INTO locks (key, folder, pid) VALUES (?, ?, ?)')
      .run(key, folder, process.pid);
    return added.changes === 1;
  }

  unlock(key: string, folder: string): void {
    this.#statements.of('DELETE FROM locks WHERE key = ? AND folder = ?').run(key, folder);
  }

  /** A consistent copy of the database in a new file. */
  copyTo(path: string): void {
    this.#db.prepare('VACUUM INTO ?').run(path);
  }

  close(): void {
    this.#db.close();
    this.#claim?.close();
  }

  /**
   * Shares that the database does not know, though their torrents were kept. A share that is on the list and was never
   * started has no record yet: it is not lost.
   */
  #findSharesAgain(notices: string[]): void {
    let found = 0;
    let listed: ReadonlySet<string> | undefined;
    for (const { key, folder, kind } of this.torrents.places()) {
      if (this.shares.has(key, folder)) continue;
      listed ??= new Set(this.roster.list().map((entry) => `${entry.key} ${entry.folder}`));
      const torrent = listed.has(`${key} ${folder}`) ? undefined : this.torrents.read(key);
      if (torrent === undefined) continue;
      const nothing = new Uint8Array(0);
      const counts = { uploaded: 0, downloaded: 0, epoch: 0 };
      this.shares.put({
        key,
        folder,
        kind,
        torrent,
        have: nothing,
        trust: 'none',
        prints: new Map(),
        ...counts,
      });
      found++;
    }
    if (found === 1) notices.push('1 share was found again from the copy of its torrent');
    else if (found > 1) notices.push(`${found} shares were found again from the copies of their torrents`);
  }
}

/**
 * An open transaction on a database of its own: the operating system ends it with the process, however that dies, and
 * no process id can be mistaken for another.
 */
function claimFolder(folder: string): DatabaseSync {
  const holderPath = join(folder, 'peer.pid');
  let db: DatabaseSync | undefined;
  try {
    touchPrivate(join(folder, LOCK));
    // A moment for `isClaimed`, which looks at it and lets go.
    db = new DatabaseSync(join(folder, LOCK), { timeout: CLAIM_WAIT_MS });
    db.exec('BEGIN EXCLUSIVE');
    writeFileSync(holderPath, `${process.pid}\n`, { mode: OWNER_FILE });
    return db;
  } catch (error) {
    db?.close();
    if (!/locked|busy/i.test((error as Error).message))
      throw fromSystemError(`cannot use the state folder ${folder}`, error);
    let holder = 'another process';
    try {
      holder = `process ${readFileSync(holderPath, 'utf8').trim()}`;
    } catch {
      // It has not written its number yet.
    }
    throw new ShoalError(
      'state-in-use',
      `${holder} uses the state folder ${folder}: stop it, or give this peer another folder with --state`,
    );
  }
}

/** @throws ShoalError state-broken, state-too-new, no-permission */
function openDatabase(path: string, notices: string[]): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    touchPrivate(path);
    db = new DatabaseSync(path, { timeout: 10_000 });
    // FULL: what a record claims must be on the disk before what it replaces is gone.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    const verdict = db.prepare('PRAGMA quick_check(1)').get()!.quick_check as string;
    if (verdict !== 'ok') throw new Error(verdict);
    migrate(db, path, notices);
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
    if (!isOurs) throw new ShoalError('io-error', `cannot open ${path}: ${detail}`, error);
    throw new ShoalError('state-broken', `${path} is broken (${detail})`, error);
  }
}

function migrate(db: DatabaseSync, path: string, notices: string[]): void {
  const versionNow = (): number => db.prepare('PRAGMA user_version').get()!.user_version as number;
  const requireKnown = (version: number): void => {
    if (version <= MIGRATIONS.length) return;
    throw new ShoalError(
      'state-too-new',
      `${path} was written by a newer Shoal (version ${version}): update this one`,
    );
  };
  const before = versionNow();
  requireKnown(before);
  if (before === MIGRATIONS.length) return;
  if (before > 0)
    notices.push(`the state is brought up to date; a copy of it is in ${backUp(db, path, before)}`);
  transact(db, () => {
    // Another process may have been faster.
    const version = versionNow();
    requireKnown(version);
    for (let at = version; at < MIGRATIONS.length; at++) db.exec(MIGRATIONS[at]!);
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
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
    .filter((name) => name.startsWith(`${DATABASE}.backup-`))
    .sort((a, b) => Number(b.split('-').pop()) - Number(a.split('-').pop()));
  for (const name of old.slice(MAX_BACKUPS)) rmSync(join(folder, name), { force: true });
  return backup;
}

/** Moves the database and what SQLite keeps beside it out of the way; returns its new path. */
function setAside(path: string): string {
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  let target = `${path}.broken-${stamp}`;
  for (let number = 2; existsSync(target); number++) target = `${path}.broken-${stamp}-${number}`;
  for (const ending of ['', '-wal', '-shm'])
    if (existsSync(path + ending)) renameSync(path + ending, target + ending);
  return target;
}
