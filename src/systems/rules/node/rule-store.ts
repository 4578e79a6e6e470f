/** The tables of the rules system, as objects. */
import { transact } from '../../../host/state/database.ts';
import type { DatabaseSync } from '../../../host/state/sqlite.ts';
import { MAX_REFUSALS, type Refusal } from '../core/refusal-log.ts';

/** `start`: named by an option of this start, and not stored. */
export type SourceRole = 'list' | 'block-list' | 'start';

export interface StoredSource {
  readonly id: number;
  /** An address, or the absolute path of a file; '' for a block list that was not named yet. */
  readonly location: string;
  readonly role: SourceRole;
  readonly isOn: boolean;
  readonly key: string | undefined;
  readonly etag: string | undefined;
  readonly addedAt: number;
  readonly triedAt: number | undefined;
  /** When the copy that is kept was read. */
  readonly readAt: number | undefined;
  /** In a row. */
  readonly failures: number;
  /** Of the last of them. */
  readonly trouble: string | undefined;
}

export type Effect = 'deny' | 'allow' | 'banned';

export interface OwnRule {
  readonly subject: string;
  readonly effect: Effect;
  readonly reason: string;
  readonly addedAt: number;
}

type Row = Record<string, string | number | bigint | null | Uint8Array>;
const textOf = (value: Row[string] | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;
const numberOf = (value: Row[string] | undefined): number | undefined =>
  typeof value === 'number' ? value : undefined;

export class RuleStore {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** What is written in it holds together, or not at all. @throws the error of the database or of the action */
  together(action: () => void): void {
    if (this.#db.isTransaction) action();
    else transact(this.#db, action);
  }

  sources(): StoredSource[] {
    return this.#db
      .prepare('SELECT * FROM source ORDER BY id')
      .all()
      .map((row) => sourceOf(row as Row));
  }

  addSource(source: Omit<StoredSource, 'id'>): StoredSource {
    const { location, role, isOn, key, etag, addedAt, triedAt, readAt, failures, trouble } = source;
    const { lastInsertRowid } = this.#db
      .prepare(
        `INSERT INTO source (location, role, is_on, key, etag, added_at, tried_at, read_at, failures, trouble)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        location,
        role,
        Number(isOn),
        key ?? null,
        etag ?? null,
        addedAt,
        triedAt ?? null,
        readAt ?? null,
        failures,
        trouble ?? null,
      );
    return { ...source, id: Number(lastInsertRowid) };
  }

  updateSource({ id, location, isOn, etag, triedAt, readAt, failures, trouble }: StoredSource): void {
    this.#db
      .prepare(
        `UPDATE source SET location = ?, is_on = ?, etag = ?, tried_at = ?, read_at = ?, failures = ?, trouble = ?
         WHERE id = ?`,
      )
      .run(
        location,
        Number(isOn),
        etag ?? null,
        triedAt ?? null,
        readAt ?? null,
        failures,
        trouble ?? null,
        id,
      );
  }

  removeSource(id: number): void {
    this.#db.prepare('DELETE FROM source WHERE id = ?').run(id);
  }

  ownRules(): OwnRule[] {
    return this.#db
      .prepare('SELECT * FROM own_rule ORDER BY added_at, rowid')
      .all()
      .map((row) => ({
        subject: row.subject as string,
        effect: row.effect as Effect,
        reason: row.reason as string,
        addedAt: row.added_at as number,
      }));
  }

  putOwnRule({ subject, effect, reason, addedAt }: OwnRule): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO own_rule (subject, effect, reason, added_at) VALUES (?, ?, ?, ?)')
      .run(subject, effect, reason, addedAt);
  }

  removeOwnRule({ subject, effect }: Pick<OwnRule, 'subject' | 'effect'>): void {
    this.#db.prepare('DELETE FROM own_rule WHERE subject = ? AND effect = ?').run(subject, effect);
  }

  /** Those that were banned before are not any more. */
  replaceBanned(rules: readonly OwnRule[]): void {
    this.together(() => {
      this.#db.exec("DELETE FROM own_rule WHERE effect = 'banned'");
      for (const rule of rules) this.putOwnRule(rule);
    });
  }

  /** The latest last. */
  refusals(): Refusal[] {
    return this.#db
      .prepare('SELECT * FROM refusal ORDER BY last_at')
      .all()
      .map((row) => ({
        subject: row.subject as string,
        occasion: row.occasion as Refusal['occasion'],
        list: row.list as string,
        reason: row.reason as string,
        count: row.count as number,
        firstAt: row.first_at as number,
        lastAt: row.last_at as number,
      }));
  }

  saveRefusals(refusals: readonly Refusal[]): void {
    transact(this.#db, () => {
      const put = this.#db.prepare(
        `INSERT OR REPLACE INTO refusal (subject, occasion, list, reason, count, first_at, last_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      );
      for (const { subject, occasion, list, reason, count, firstAt, lastAt } of refusals)
        put.run(subject, occasion, list, reason, count, firstAt, lastAt);
      this.#db
        .prepare(
          'DELETE FROM refusal WHERE rowid NOT IN (SELECT rowid FROM refusal ORDER BY last_at DESC LIMIT ?)',
        )
        .run(MAX_REFUSALS);
    });
  }

  clearRefusals(): void {
    this.#db.exec('DELETE FROM refusal');
  }
}

function sourceOf(row: Row): StoredSource {
  return {
    id: row.id as number,
    location: row.location as string,
    role: row.role as SourceRole,
    isOn: row.is_on === 1,
    key: textOf(row.key),
    etag: textOf(row.etag),
    addedAt: row.added_at as number,
    triedAt: numberOf(row.tried_at),
    readAt: numberOf(row.read_at),
    failures: row.failures as number,
    trouble: textOf(row.trouble),
  };
}
