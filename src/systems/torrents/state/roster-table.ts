/**
 * The table of the roster: the shares that the daemon holds, and the preferences of each. It outlives restarts; what is
 * known of the data itself is in the records of `share-table.ts`.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { ShareKind } from '../../../data/storage/records.ts';
import { DEFAULT_PREFERENCES, type SharePreferences } from '../core/preferences.ts';
import { transact } from '../../../host/state/database.ts';
import { Statements } from '../../../host/state/statements.ts';

/** Migration 4 → 5. */
export const ROSTER_TABLE = `
  CREATE TABLE roster (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('place', 'fetch')),
    folder TEXT NOT NULL,
    link TEXT,
    added_at INTEGER NOT NULL,
    done_at INTEGER,
    wishes TEXT NOT NULL
  ) STRICT;
  CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;`;

/** Migration 5 → 6. */
export const TIMES_TABLE = `
  CREATE TABLE share_times (
    id INTEGER PRIMARY KEY REFERENCES roster (id) ON DELETE CASCADE,
    fetching_seconds REAL NOT NULL,
    seeding_seconds REAL NOT NULL,
    moved_at INTEGER
  ) STRICT;`;

/** Migration 7 → 8. A version that is followed belongs to its follow (`held-table.ts`). */
export const OWNER_COLUMN = 'ALTER TABLE roster ADD COLUMN follow INTEGER;';

/** How long a share has run, over all runs, and when data of it moved last. */
export interface StoredTimes {
  readonly fetchingSeconds: number;
  readonly seedingSeconds: number;
  readonly movedAt: Date | undefined;
}

export interface StoredEntry {
  /** Never used again, also when the share is gone. */
  readonly id: number;
  /** Info hash in hex, v1 before v2. */
  readonly key: string;
  readonly kind: ShareKind;
  /** In place: the path that is shared. Fetched: the output folder. */
  readonly folder: string;
  /** The magnet link that it was added with: until its metadata is here, nothing else is known. */
  readonly link: string | undefined;
  readonly addedAt: Date;
  readonly doneAt: Date | undefined;
  readonly preferences: SharePreferences;
  /** The number of the follow whose version it is; absent for all other shares. */
  readonly follow?: number | undefined;
}

export class RosterTable {
  readonly #db: DatabaseSync;
  readonly #statements: Statements;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#statements = new Statements(db);
  }

  /** In the order of the queue. */
  list(): StoredEntry[] {
    const entries = this.#statements.of('SELECT * FROM roster').all().map(toEntry);
    return entries.sort((a, b) => a.preferences.position - b.preferences.position || a.id - b.id);
  }

  add(entry: Omit<StoredEntry, 'id' | 'addedAt' | 'doneAt'>): StoredEntry {
    const { key, kind, folder, link, preferences, follow } = entry;
    const addedAt = new Date();
    const { lastInsertRowid } = this.#statements
      .of(
        'INSERT INTO roster (key, kind, folder, link, added_at, wishes, follow) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(key, kind, folder, link ?? null, addedAt.getTime(), JSON.stringify(preferences), follow ?? null);
    return { ...entry, id: Number(lastInsertRowid), addedAt, doneAt: undefined };
  }

  update({ id, kind, folder, doneAt, preferences, follow }: StoredEntry): void {
    this.#statements
      .of('UPDATE roster SET kind = ?, folder = ?, done_at = ?, wishes = ?, follow = ? WHERE id = ?')
      .run(kind, folder, doneAt?.getTime() ?? null, JSON.stringify(preferences), follow ?? null, id);
  }

  /** By the id of the share. */
  times(): Map<number, StoredTimes> {
    const rows = this.#statements.of('SELECT * FROM share_times').all();
    return new Map(
      rows.map(({ id, fetching_seconds, seeding_seconds, moved_at }) => [
        id as number,
        {
          fetchingSeconds: fetching_seconds as number,
          seedingSeconds: seeding_seconds as number,
          movedAt: moved_at === null ? undefined : new Date(moved_at as number),
        },
      ]),
    );
  }

  saveTimes(times: ReadonlyMap<number, StoredTimes>): void {
    // Of a share that was removed in the meantime nothing is kept.
    const statement = this.#statements.of(
      'INSERT OR REPLACE INTO share_times SELECT id, ?, ?, ? FROM roster WHERE id = ?',
    );
    transact(this.#db, () => {
      for (const [id, { fetchingSeconds, seedingSeconds, movedAt }] of times)
        statement.run(fetchingSeconds, seedingSeconds, movedAt?.getTime() ?? null, id);
    });
  }

  /** What was set before the settings moved to the host's store; empty from then on. */
  oldSettings(): Readonly<Record<string, unknown>> {
    const rows = this.#statements.of("SELECT name, value FROM settings WHERE name NOT LIKE '-%'").all();
    return Object.fromEntries(rows.map(({ name, value }) => [name, JSON.parse(value as string) as unknown]));
  }

  forgetOldSettings(): void {
    this.#statements.of("DELETE FROM settings WHERE name NOT LIKE '-%'").run();
  }

  /** What came from feeds already. */
  seenInFeeds(): string[] {
    const row = this.#statements.of("SELECT value FROM settings WHERE name = '-feeds'").get();
    return row === undefined ? [] : (JSON.parse(row.value as string) as string[]);
  }

  rememberFeeds(ids: readonly string[]): void {
    this.#statements.of("INSERT OR REPLACE INTO settings VALUES ('-feeds', ?)").run(JSON.stringify(ids));
  }

  remove(id: number): void {
    this.#statements.of('DELETE FROM roster WHERE id = ?').run(id);
  }
}

function toEntry(row: Record<string, unknown>): StoredEntry {
  return {
    id: row.id as number,
    key: row.key as string,
    kind: row.kind as ShareKind,
    folder: row.folder as string,
    link: (row.link as string | null) ?? undefined,
    addedAt: new Date(row.added_at as number),
    doneAt: row.done_at === null ? undefined : new Date(row.done_at as number),
    preferences: {
      ...DEFAULT_PREFERENCES,
      ...(JSON.parse(row.wishes as string) as Partial<SharePreferences>),
    },
    ...(row.follow === null ? {} : { follow: row.follow as number }),
  };
}
