/**
 * The entries of the roster that follows own (`updates/`): the versions of a publication. To a person each is a share like any
 * other, which is listed, paused, limited, queued and counted. Its owner says where it lies and when a newer version takes its
 * place; so nobody else moves it, renames its files or chooses among them.
 *
 *     held ─► released ─► held, while versions are swapped ─► released …
 *
 * Invariant: an entry that is held uses no file. One of an earlier run is held until its owner has looked at the folder, which
 * a crash may have left between two versions.
 */
import { DEFAULT_PREFERENCES, type SharePreferences } from '../core/preferences.ts';
import type { PrepareFiles } from '../share/options.ts';
import type { Added, Adder, AddOptions } from './adding.ts';
import type { RosterEntry } from './entry.ts';
import type { EntryStore } from './entry-store.ts';
import type { Runner } from './runner.ts';

export interface OwnedHost {
  readonly entries: EntryStore;
  readonly runner: Pick<Runner, 'add' | 'pause' | 'retry'>;
  readonly adder: Pick<Adder, 'addLink'>;
  /** A version is whole, and in its last folder. */
  onDone(entry: RosterEntry): void;
  remove(entry: RosterEntry, deletesData: boolean): Promise<boolean>;
}

/** A share that an owner adds. */
export interface OwnedOptions extends Pick<AddOptions, 'peers'> {
  /** Number of the follow. */
  readonly follow: number;
  readonly preferences: Partial<SharePreferences>;
}

interface FetchOptions extends OwnedOptions {
  readonly folder: string;
  readonly prepare: PrepareFiles;
}

interface ShownOptions extends Omit<OwnedOptions, 'peers'> {
  readonly key: string;
  /** Its file or folder. */
  readonly path: string;
}

export class OwnedEntries {
  /** Ends a follow. */
  onEnd: (follow: number) => Promise<void> = async () => {};
  readonly #host: OwnedHost;

  constructor(host: OwnedHost) {
    this.#host = host;
  }

  get all(): readonly RosterEntry[] {
    return this.#host.entries.all.filter(({ stored }) => stored.follow !== undefined);
  }

  of(follow: number): readonly RosterEntry[] {
    return this.all.filter(({ stored }) => stored.follow === follow);
  }

  /** Fetches a version, or returns the share that is there already, whoever owns it. @throws ShoalError denied, … */
  fetch(link: string, { follow, prepare, folder, ...options }: FetchOptions): Promise<Added> {
    return this.#host.adder.addLink(link, {
      ...options,
      folder,
      incompleteDir: null,
      owner: { follow, prepare },
    });
  }

  /** A version that lies there, whole, and is no share yet. It is held. */
  addShown({ key, path, follow, preferences }: ShownOptions): RosterEntry {
    const { entries, runner } = this.#host;
    const position = entries.index.nextPosition;
    const added = { ...DEFAULT_PREFERENCES, position, ...preferences };
    const entry = entries.add({
      ...{ key, kind: 'place', folder: path, link: undefined, follow },
      preferences: added,
    });
    entry.isHeld = true;
    entries.update(entry, { doneAt: entry.stored.addedAt });
    runner.add(entry);
    return entry;
  }

  own(entry: RosterEntry, follow: number | undefined): void {
    this.#host.entries.update(entry, { follow });
  }

  /** Resolves when it uses no file any more. */
  async hold(entry: RosterEntry): Promise<void> {
    entry.isHeld = true;
    await this.#host.runner.pause(entry);
  }

  /** It goes on when its turn comes, also one that failed. */
  release(entry: RosterEntry): void {
    entry.isHeld = false;
    this.#host.runner.retry(entry);
  }

  /** What was fetched lies where it is shown now. It is held. */
  async show(entry: RosterEntry, path: string): Promise<void> {
    if (entry.stored.kind === 'place' && entry.stored.folder === path) return;
    await this.hold(entry);
    const isNew = entry.stored.doneAt === undefined;
    const { kind, preferences } = entry.stored;
    entry.prepare = undefined;
    this.#host.entries.update(entry, {
      ...{ kind: 'place', folder: path, doneAt: entry.stored.doneAt ?? new Date() },
      preferences: {
        ...preferences,
        isCopy: kind === 'fetch' ? true : preferences.isCopy,
        doneDir: undefined,
      },
    });
    if (!isNew) return;
    entry.log.add('all of it is here');
    this.#host.entries.tellDone(entry);
    this.#host.onDone(entry);
  }

  /** Its files are gone: it is fetched again. It is held. */
  async stage(entry: RosterEntry, folder: string): Promise<void> {
    await this.hold(entry);
    entry.before = { uploaded: 0, downloaded: 0 };
    this.#host.entries.update(entry, { kind: 'fetch', folder, doneAt: undefined });
  }

  /** A person removes a version: its follow ends before that. It may have replaced the version until then. */
  async endOwner({ stored: { follow }, log }: RosterEntry): Promise<void> {
    if (follow === undefined) return;
    log.add(`it is removed: follow ${follow} ends`);
    await this.onEnd(follow);
  }

  /** For its owner. @param deletesData of a version that is not shown */
  async remove(entry: RosterEntry, deletesData: boolean): Promise<void> {
    this.own(entry, undefined);
    await this.#host.remove(entry, deletesData);
  }
}
