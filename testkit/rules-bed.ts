/** The rules of a daemon with a folder, a database, a clock and a web that the test moves. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fromHex } from '../src/ground/bytes.ts';
import { ShoalError } from '../src/ground/errors.ts';
import type { Clock } from '../src/ground/ports.ts';
import { openDatabase } from '../src/host/state/database.ts';
import { RuleStore } from '../src/systems/rules/node/rule-store.ts';
import { Rules } from '../src/systems/rules/node/rules.ts';
import type { FetchList } from '../src/systems/rules/node/source-reader.ts';
import { MIGRATIONS } from '../src/systems/rules/tables.ts';

export const HOUR = 3_600_000;
export const HASH = '00112233445566778899aabbccddeeff00112233';
export const OTHER: string = '22'.repeat(20);
export const LIST = 'https://lists.example/bad.txt';

export class RulesBed {
  nowMs: number = 1_000_000 * HOUR;
  readonly folder: string;
  /** By address: what is there, and its version. */
  readonly web: Map<string, { body: Uint8Array; etag?: string } | ShoalError> = new Map();
  readonly asked: string[] = [];
  readonly timers: Map<object, { at: number; action: () => void }> = new Map();
  rules!: Rules;
  #close: () => void = () => {};
  #fill: () => void = () => {};

  constructor(t: TestContext) {
    this.folder = mkdtempSync(join(tmpdir(), 'shoal-rules-'));
    t.after(() => {
      this.#close();
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  /** Opens it, or opens it again as after a restart. */
  async open(): Promise<Rules> {
    this.#close();
    const database = openDatabase({
      path: join(this.folder, 'rules.db'),
      migrations: MIGRATIONS,
      notices: [],
    });
    this.rules = new Rules({
      store: new RuleStore(database),
      folder: join(this.folder, 'rules'),
      clock: this.#clock,
      now: () => this.nowMs,
      refreshHours: () => 24,
      fetch: this.#fetch,
    });
    this.#fill = () => {
      // No page of the file is free, and it may not grow: SQLite says that the disk is full.
      database.exec('VACUUM');
      const { page_count: pages } = database.prepare('PRAGMA page_count').get() as { page_count: number };
      database.exec(`PRAGMA max_page_count = ${pages}`);
    };
    this.#close = () => {
      this.rules.close();
      database.close();
    };
    await this.rules.open();
    return this.rules;
  }

  /** The disk is full for the database from now on, until it is opened again. */
  fillDisk(): void {
    this.#fill();
  }

  readonly #clock: Clock = {
    now: () => this.nowMs,
    after: (ms, action) => {
      const key = {};
      this.timers.set(key, { at: this.nowMs + ms, action });
      return { cancel: () => void this.timers.delete(key) };
    },
  };

  readonly #fetch: FetchList = async (url, options) => {
    const version = options.headers?.['if-none-match'];
    this.asked.push(version === undefined ? url : `${url} unless ${String(version)}`);
    const found = this.web.get(url);
    if (found instanceof ShoalError) throw found;
    const answer = { url, isLocal: false, elsewhere: undefined, type: 'text/plain', etag: found?.etag };
    if (found === undefined) return { ...answer, status: 404, body: new Uint8Array() };
    if (found.etag !== undefined && found.etag === version)
      return { ...answer, status: 304, body: new Uint8Array() };
    return { ...answer, status: 200, body: found.body };
  };

  put(url: string, body: string | Uint8Array, etag?: string): void {
    this.web.set(url, { body: Buffer.from(body), ...(etag === undefined ? {} : { etag }) });
  }

  /** Lets time pass, and everything happen that is due then. */
  async pass(ms: number): Promise<void> {
    const until = this.nowMs + ms;
    for (;;) {
      const due = [...this.timers].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at)[0];
      if (due === undefined) break;
      const [key, { at, action }] = due;
      this.timers.delete(key);
      this.nowMs = Math.max(this.nowMs, at);
      action();
      await this.rules.sources.settled;
    }
    this.nowMs = until;
  }

  denies(hash: string): boolean {
    return this.rules.filter.denyHash(fromHex(hash)!, 'add') !== undefined;
  }
}
