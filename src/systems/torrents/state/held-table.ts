/** What the daemon publishes and follows, over restarts. What is known of the versions themselves is in `network-memory.ts`. */
import { Statements } from '../../../host/state/statements.ts';
import type { DatabaseSync } from '../../../host/state/sqlite.ts';

/** Migration 6 → 7. */
export const HELD_TABLES = `
  CREATE TABLE held_publications (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_key TEXT NOT NULL,
    name TEXT NOT NULL,
    key_name TEXT NOT NULL,
    share_key TEXT NOT NULL,
    UNIQUE (public_key, name)
  ) STRICT;
  CREATE TABLE held_follows (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    link TEXT NOT NULL,
    target TEXT NOT NULL,
    folder TEXT NOT NULL,
    preferences TEXT NOT NULL,
    UNIQUE (target, folder)
  ) STRICT;`;

export interface StoredPublication {
  /** Never used again, also when the publication is gone. */
  readonly id: number;
  /** In hex. */
  readonly publicKey: string;
  readonly name: string;
  /** Of the signing key in the state folder. */
  readonly keyName: string;
  /** Of the share that it names: the key of its roster entry. */
  readonly shareKey: string;
}

/** What a person wants of one follow. */
export interface FollowPreferences {
  /** Between looks for a newer version. */
  readonly everySeconds: number;
  /** `HOST:PORT` each. */
  readonly peers: readonly string[];
  /** Bytes a second. */
  readonly downloadLimit?: number | undefined;
  readonly uploadLimit?: number | undefined;
  /** False: not looked for on the local network. */
  readonly usesLsd?: boolean | undefined;
}

export interface StoredFollow {
  readonly id: number;
  /** As a person pasted it. */
  readonly link: string;
  /** Of the item in the DHT, in hex. */
  readonly target: string;
  readonly folder: string;
  readonly preferences: FollowPreferences;
}

export class HeldTable {
  readonly #statements: Statements;

  constructor(db: DatabaseSync) {
    this.#statements = new Statements(db);
  }

  publications(): StoredPublication[] {
    const rows = this.#statements.of('SELECT * FROM held_publications ORDER BY id').all();
    return rows.map((row) => ({
      id: row.id as number,
      publicKey: row.public_key as string,
      name: row.name as string,
      keyName: row.key_name as string,
      shareKey: row.share_key as string,
    }));
  }

  /** One of the same key and name keeps its number. */
  savePublication({ publicKey, name, keyName, shareKey }: Omit<StoredPublication, 'id'>): StoredPublication {
    const row = this.#statements
      .of(
        `INSERT INTO held_publications (public_key, name, key_name, share_key) VALUES (?, ?, ?, ?)
         ON CONFLICT (public_key, name) DO UPDATE SET key_name = excluded.key_name, share_key = excluded.share_key
         RETURNING id`,
      )
      .get(publicKey, name, keyName, shareKey);
    return { id: row!.id as number, publicKey, name, keyName, shareKey };
  }

  removePublication(id: number): void {
    this.#statements.of('DELETE FROM held_publications WHERE id = ?').run(id);
  }

  follows(): StoredFollow[] {
    const rows = this.#statements.of('SELECT * FROM held_follows ORDER BY id').all();
    return rows.map((row) => ({
      id: row.id as number,
      link: row.link as string,
      target: row.target as string,
      folder: row.folder as string,
      preferences: JSON.parse(row.preferences as string) as FollowPreferences,
    }));
  }

  /** One of the same publication into the same folder keeps its number. */
  saveFollow({ link, target, folder, preferences }: Omit<StoredFollow, 'id'>): StoredFollow {
    const row = this.#statements
      .of(
        `INSERT INTO held_follows (link, target, folder, preferences) VALUES (?, ?, ?, ?)
         ON CONFLICT (target, folder) DO UPDATE SET link = excluded.link, preferences = excluded.preferences
         RETURNING id`,
      )
      .get(link, target, folder, JSON.stringify(preferences));
    return { id: row!.id as number, link, target, folder, preferences };
  }

  removeFollow(id: number): void {
    this.#statements.of('DELETE FROM held_follows WHERE id = ?').run(id);
  }
}
