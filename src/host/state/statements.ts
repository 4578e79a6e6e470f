/** SQL that is compiled once: a peer that starts with thousands of shares asks the same few questions of each. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

export class Statements {
  readonly #db: DatabaseSync;
  readonly #compiled = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** @param sql one of a few constant texts */
  of(sql: string): StatementSync {
    let statement = this.#compiled.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#compiled.set(sql, statement);
    }
    return statement;
  }
}
