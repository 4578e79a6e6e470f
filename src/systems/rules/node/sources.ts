/**
 * The sources of a daemon: their lists in memory, the last good copy of each on the disk, and when each is read again. A
 * source that cannot be read keeps what it has; one file operation or fetch runs at a time.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import { makePrivateFolder } from '../../../ground/node/private-folder.ts';
import { replaceFile } from '../../../ground/node/replace-file.ts';
import type { Reach } from '../../../ground/node/fetch.ts';
import type { Clock, Timer } from '../../../ground/ports.ts';
import type { ReadList } from '../core/read-list.ts';
import { nextRefreshAt } from '../core/refresh.ts';
import { readText } from './list-file.ts';
import type { RuleStore, SourceRole, StoredSource } from './rule-store.ts';
import { isAddress, type SourceReader } from './source-reader.ts';

/** Each is asked at every question. */
const MAX_SOURCES = 100;
/** Timers of Node count 31 bits. */
const MAX_WAIT_MS = 2 ** 31 - 1;

export interface Source {
  readonly stored: StoredSource;
  /** What is in effect; undefined while it is off, or was never read. */
  readonly read: ReadList | undefined;
}

export interface SourceChange {
  readonly isOn?: boolean;
  readonly location?: string;
}

function changed(stored: StoredSource, change: SourceChange): StoredSource {
  const isMoved = change.location !== undefined && change.location !== stored.location;
  // Another list: what is known of the old one's versions and failures means nothing.
  const forgotten = isMoved ? { etag: undefined, triedAt: undefined, failures: 0, trouble: undefined } : {};
  return { ...stored, ...change, ...forgotten };
}

export interface SourcesOptions {
  readonly store: RuleStore;
  /** Of copies; it is made when the first is kept. */
  readonly folder: string;
  readonly reader: SourceReader;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly intervalMs: () => number;
  /** Lists have changed. */
  readonly onChanged: () => void;
}

export class Sources {
  readonly #options: SourcesOptions;
  readonly #sources = new Map<number, Source>();
  readonly #abort = new AbortController();
  #work: Promise<unknown> = Promise.resolve();
  #refreshing: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;
  #isRefreshing = false;

  constructor(options: SourcesOptions) {
    this.#options = options;
    for (const stored of options.store.sources()) this.#sources.set(stored.id, { stored, read: undefined });
  }

  /** Resolves when all that was due or asked for has been read. */
  get settled(): Promise<void> {
    return Promise.all([this.#refreshing, this.#work]).then(() => {});
  }

  /** Reads the copies that are kept. From then on sources are read when they are due. */
  async open(): Promise<void> {
    for (const { stored } of this.all) if (stored.isOn) await this.#loadCopy(stored.id);
    this.arm();
  }

  get all(): readonly Source[] {
    return [...this.#sources.values()];
  }

  find(id: number): Source | undefined {
    return this.#sources.get(id);
  }

  /** For people: what its list calls itself, or where it comes from. */
  static nameOf({ stored, read }: Source): string {
    if (read?.name !== undefined) return read.name;
    if (stored.location === '') return 'block list';
    if (!isAddress(stored.location)) return basename(stored.location);
    // Older versions stored any text as the address of the block list.
    if (!URL.canParse(stored.location)) return stored.location;
    const { host, pathname } = new URL(stored.location);
    return `${host}${pathname === '/' ? '' : pathname}`;
  }

  /** Reads it, and takes it when it can be read. @throws ShoalError as `SourceReader.read`; name-conflict */
  add(location: string, key: string | undefined, role: SourceRole = 'list'): Promise<Source> {
    return this.#alone(async () => {
      if (this.all.some(({ stored }) => stored.location === location && stored.role === role))
        throw new ShoalError('name-conflict', `${location} is there already`);
      if (this.#sources.size >= MAX_SOURCES)
        throw new ShoalError('bad-argument', `${MAX_SOURCES} lists are enough: remove one first`);
      const signal = this.#abort.signal;
      const reach = role === 'list' ? ('inside' as const) : undefined;
      const outcome = await this.#options.reader.read({
        ...{ location, key, reach, signal, etag: undefined },
        mayBePipe: role === 'start',
      });
      this.#requireOpen();
      if (outcome === 'unchanged') throw new ShoalError('fetch-failed', `${location} gave no list`);
      const now = this.#options.now();
      const stored: Omit<StoredSource, 'id'> = {
        ...this.#emptySource(location, role, true),
        key,
        etag: outcome.etag,
        triedAt: now,
        readAt: now,
      };
      if (role === 'start') return this.#put({ stored: { ...stored, id: -1 }, read: outcome.file });
      const source = { stored: this.#options.store.addSource(stored), read: outcome.file };
      this.#keepCopy(source.stored.id, outcome.file.text);
      return this.#put(source);
    });
  }

  /** Writes down a source that nothing was read of yet. It is one of the sources after `take`. @throws the system's error */
  keepNew(location: string, role: SourceRole, isOn: boolean): StoredSource {
    return this.#options.store.addSource(this.#emptySource(location, role, isOn));
  }

  take(stored: StoredSource): Source {
    return this.#put({ stored, read: undefined });
  }

  /** Writes down a change that `change` puts into effect. @throws the system's error */
  keepChange(id: number, change: SourceChange): void {
    const source = this.#sources.get(id);
    if (source !== undefined) this.#options.store.updateSource(changed(source.stored, change));
  }

  /** The copy of another place becomes that of this source, if there is none yet. */
  adoptCopy(id: number, path: string): void {
    const { store, now } = this.#options;
    const source = this.#sources.get(id);
    if (source === undefined || !existsSync(path) || existsSync(this.#copyOf(id))) return;
    makePrivateFolder(this.#options.folder);
    renameSync(path, this.#copyOf(id));
    const stored = { ...source.stored, triedAt: now(), readAt: now() };
    store.updateSource(stored);
    this.#sources.set(id, { ...source, stored });
  }

  remove(id: number): void {
    const source = this.#sources.get(id);
    if (source === undefined) return;
    this.#sources.delete(id);
    if (source.stored.role !== 'start') this.#options.store.removeSource(id);
    rmSync(this.#copyOf(id), { force: true });
    this.#changed();
  }

  /**
   * Holds when this returns; what is switched on again is in effect with the copy that is kept, or fetched, when the promise
   * resolves. Why it could not be fetched is the trouble of the source.
   */
  async change(id: number, change: SourceChange, reach: Reach): Promise<void> {
    const source = this.#sources.get(id);
    if (source === undefined || this.#abort.signal.aborted) return;
    if (change.isOn === false) this.#sources.set(id, { ...source, read: undefined });
    this.#note(id, changed(source.stored, change));
    // Before the timer that is set here: that would fetch without the reach of this change.
    const done = this.#alone(() => this.#bring(id, reach));
    try {
      this.#changed();
    } finally {
      await done;
    }
  }

  /** Loads what is on and not in memory, and fetches what is not here either, or comes from another place by now. */
  async #bring(id: number, reach: Reach): Promise<void> {
    const onNow = (): Source | undefined => {
      const source = this.#sources.get(id);
      return source?.stored.isOn === true && !this.#abort.signal.aborted ? source : undefined;
    };
    if (onNow()?.read === undefined && onNow() !== undefined) {
      await this.#loadCopy(id);
      if (onNow()?.read !== undefined) this.#changed();
    }
    const source = onNow();
    const isMissing = source?.read === undefined || source.stored.triedAt === undefined;
    // Why it failed is noted.
    if (source !== undefined && isMissing && source.stored.location !== '')
      await this.#refresh(id, reach).catch(() => {});
  }

  /** Writes down why something about it failed. */
  noteTrouble(id: number, error: unknown): void {
    this.#note(id, { trouble: (error as Error).message });
  }

  /** Reads it now. @throws ShoalError as `SourceReader.read`, after it was noted */
  refresh(id: number, reach?: Reach): Promise<void> {
    return this.#alone(() => this.#refresh(id, reach));
  }

  /** What is being read is not waited for: a pipe may never end. It is dropped when it comes. */
  close(): void {
    this.#timer?.cancel();
    this.#abort.abort();
  }

  /** @throws ShoalError aborted */
  #requireOpen(): void {
    if (this.#abort.signal.aborted) throw new ShoalError('aborted', 'the daemon ends');
  }

  async #refresh(id: number, reach: Reach | undefined): Promise<void> {
    const source = this.#sources.get(id);
    if (source === undefined) return;
    this.#requireOpen();
    const { location, key } = source.stored;
    // Without its list in memory it has to be read, whatever version it is.
    const etag = source.read === undefined ? undefined : source.stored.etag;
    const { now, reader } = this.#options;
    try {
      const outcome = await reader.read({ location, key, etag, reach, signal: this.#abort.signal });
      this.#requireOpen();
      // It was moved meanwhile: this is not its list any more.
      if (this.#sources.get(id)?.stored.location !== location) return;
      const done = { triedAt: now(), readAt: now(), failures: 0, trouble: undefined };
      if (outcome === 'unchanged') return this.#note(id, done);
      this.#keepCopy(id, outcome.file.text);
      this.#note(id, { ...done, etag: outcome.etag }, outcome.file);
      this.#changed();
    } catch (error) {
      if (!this.#abort.signal.aborted && this.#sources.get(id)?.stored.location === location) {
        const failures = source.stored.failures + 1;
        this.#note(id, { triedAt: now(), failures, trouble: (error as Error).message });
      }
      throw error;
    }
  }

  #note(id: number, change: Partial<StoredSource>, read?: ReadList): void {
    const source = this.#sources.get(id);
    // It was removed meanwhile.
    if (source === undefined) return;
    const stored = { ...source.stored, ...change };
    const isOn = stored.isOn && read !== undefined;
    this.#sources.set(id, { stored, read: isOn ? read : source.read });
    if (stored.role === 'start') return;
    try {
      this.#options.store.updateSource(stored);
    } catch {
      // A disk that is full: what is in memory holds until the daemon ends, and is stored with the next change.
    }
  }

  async #loadCopy(id: number): Promise<void> {
    const source = this.#sources.get(id)!;
    if (source.stored.readAt === undefined) return;
    const path = this.#copyOf(id);
    try {
      const read = await readText(await readFile(path), path);
      const now = this.#sources.get(id)?.stored;
      if (now?.isOn === true && now.location === source.stored.location)
        this.#sources.set(id, { stored: now, read });
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      // It is read from its source again, at once.
      const trouble = `its copy cannot be used: ${(error as Error).message}`;
      this.#note(id, { etag: undefined, triedAt: undefined, trouble });
    }
  }

  /** @throws ShoalError no-space, no-permission, io-error */
  #keepCopy(id: number, text: Uint8Array): void {
    const path = this.#copyOf(id);
    if (id < 0) return;
    try {
      makePrivateFolder(this.#options.folder);
      replaceFile(path, text);
    } catch (error) {
      throw fromSystemError(`cannot write ${path}`, error);
    }
  }

  #copyOf(id: number): string {
    return join(this.#options.folder, `${id}.list`);
  }

  #emptySource(location: string, role: SourceRole, isOn: boolean): Omit<StoredSource, 'id'> {
    const empty = {
      key: undefined,
      etag: undefined,
      triedAt: undefined,
      readAt: undefined,
      trouble: undefined,
    };
    return { location, role, isOn, addedAt: this.#options.now(), failures: 0, ...empty };
  }

  #put(source: Source): Source {
    this.#sources.set(source.stored.id, source);
    this.#changed();
    return source;
  }

  #changed(): void {
    this.arm();
    this.#options.onChanged();
  }

  /** One timer, for the source that is due first. */
  arm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const { now, intervalMs, clock } = this.#options;
    const due = this.all.filter(({ stored }) => isRefreshed(stored));
    // A command that changes rules while no daemon is up reads nothing that it was not asked for.
    // What is due is being read: the timer is set again when that is done.
    if (this.#isRefreshing) return;
    if (due.length === 0 || this.#abort.signal.aborted || !Number.isFinite(intervalMs())) return;
    const next = Math.min(...due.map(({ stored }) => nextRefreshAt(stored, intervalMs(), now())));
    this.#timer = clock.after(Math.min(MAX_WAIT_MS, Math.max(0, next - now())), () => {
      this.#refreshing = this.#refreshDue();
    });
  }

  async #refreshDue(): Promise<void> {
    this.#isRefreshing = true;
    // Why is noted; the others go on.
    for (const id of [...this.#sources.keys()])
      await this.#alone(async () => {
        if (this.#isDue(id)) await this.#refresh(id, undefined);
      }).catch(() => {});
    this.#isRefreshing = false;
    this.arm();
  }

  #isDue(id: number): boolean {
    const { now, intervalMs } = this.#options;
    const stored = this.#sources.get(id)?.stored;
    return stored !== undefined && isRefreshed(stored) && nextRefreshAt(stored, intervalMs(), now()) <= now();
  }

  /** One after the other. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work, work);
    this.#work = done.catch(() => {});
    return done;
  }
}

/** What an option of this start names is read once: what holds does not depend on what becomes of the file. */
const isRefreshed = ({ role, isOn, location }: StoredSource): boolean =>
  role !== 'start' && isOn && location !== '';
