/**
 * What a peer remembers between runs, in one database of its state folder. A peer claims the folder for itself (`claim`);
 * commands that only look open it beside a running peer. When the database is broken, shares are found again from
 * their torrents (`torrent-copies.ts`), and their data is hashed.
 */
import { join } from 'node:path';
import { ShoalError } from '../../../ground/errors.ts';
import { makePrivateFolder } from '../../../ground/node/private-folder.ts';
import { HeldTable } from './held-table.ts';
import { NetworkMemory } from './network-memory.ts';
import { RosterTable } from './roster-table.ts';
import { ShareTable } from './share-table.ts';
import { DATABASE_FILE, MIGRATIONS } from './tables.ts';
import { openDatabase } from '../../../host/state/database.ts';
import { openOrSetAside } from '../../../host/state/system-database.ts';
import type { DatabaseSync } from '../../../host/state/sqlite.ts';
import { claimStateFolder } from '../../../host/state/state-folder.ts';
import { Statements } from '../../../host/state/statements.ts';
import { TorrentCopies } from './torrent-copies.ts';

/** A state folder that this process has claimed. */
export interface ClaimedState {
  readonly folder: string;
  /** The database of torrents in it, where the process has opened it, and closes it. */
  readonly database?: DatabaseSync;
}

interface Opening {
  /** By a peer, rather than for looking. */
  readonly isClaimed: boolean;
  readonly notices: string[];
  readonly release: () => void;
}

export class StateDb {
  readonly folder: string;
  readonly network: NetworkMemory;
  readonly shares: ShareTable;
  readonly torrents: TorrentCopies;
  readonly roster: RosterTable;
  readonly held: HeldTable;
  /** What the person should hear: a database that was set aside, a backup that was made. */
  readonly notices: readonly string[];
  readonly #db: DatabaseSync;
  readonly #statements: Statements;
  readonly #release: () => void;

  /** Locks that were given back and are still in the table. */
  readonly #unreleased = new Set<string>();

  private constructor(folder: string, db: DatabaseSync, { isClaimed, notices, release }: Opening) {
    this.folder = folder;
    this.notices = notices;
    this.torrents = new TorrentCopies(join(folder, 'torrents'));
    this.#db = db;
    this.#release = release;
    this.#statements = new Statements(this.#db);
    this.network = new NetworkMemory(this.#db);
    this.shares = new ShareTable(this.#db);
    this.roster = new RosterTable(this.#db);
    this.held = new HeldTable(this.#db);
    if (isClaimed) {
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
    const notices = makePrivateFolder(folder);
    const db = openDatabase({ path: join(folder, DATABASE_FILE), migrations: MIGRATIONS, notices });
    return new StateDb(folder, db, { isClaimed: false, notices, release: () => db.close() });
  }

  /**
   * For a peer: nobody else may claim the folder until it is closed, or the process ends.
   * @throws ShoalError no-permission, state-in-use, state-too-new
   */
  static claim(folder: string): StateDb {
    const claim = claimStateFolder(folder);
    const notices = [...claim.notices];
    try {
      const db = openOrSetAside({ folder, file: DATABASE_FILE, migrations: MIGRATIONS, notices });
      const release = (): void => {
        db.close();
        claim.release();
      };
      return new StateDb(folder, db, { isClaimed: true, notices, release });
    } catch (error) {
      claim.release();
      throw error;
    }
  }

  /** For a peer in a process that has claimed the folder, and releases it. @throws ShoalError state-too-new */
  static of({ folder, database }: ClaimedState): StateDb {
    const notices: string[] = [];
    if (database !== undefined)
      return new StateDb(folder, database, { isClaimed: true, notices, release: () => {} });
    const db = openOrSetAside({ folder, file: DATABASE_FILE, migrations: MIGRATIONS, notices });
    return new StateDb(folder, db, { isClaimed: true, notices, release: () => db.close() });
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
    return added.changes === 1 || this.#unreleased.delete(`${key} ${folder}`);
  }

  /** Where the disk is full, nothing can be deleted either: the row stays, and is the next lock of this process. */
  unlock(key: string, folder: string): void {
    try {
      this.#statements.of('DELETE FROM locks WHERE key = ? AND folder = ?').run(key, folder);
    } catch {
      this.#unreleased.add(`${key} ${folder}`);
    }
  }

  /** The torrent of a share that lies, or lay, in that folder. */
  torrentOf(key: string, folder: string): Uint8Array | undefined {
    return this.torrents.read(key) ?? this.shares.oldTorrent(key, folder);
  }

  close(): void {
    this.#release();
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
      if (listed.has(`${key} ${folder}`) || !this.torrents.has(key)) continue;
      const nothing = new Uint8Array(0);
      const counts = { uploaded: 0, downloaded: 0, epoch: 0 };
      this.shares.put({
        key,
        folder,
        kind,
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
