/** What may be done with the files of a share: move, rename, look elsewhere, check again, remove. */
import { resolve } from 'node:path';
import { ShoalError } from '../../../ground/errors.ts';
import type { ShareTable } from '../state/share-table.ts';
import type { StateDb } from '../state/state-db.ts';
import type { TorrentCopies } from '../state/torrent-copies.ts';
import type { RosterEntry } from './entry.ts';
import type { EntryStore } from './entry-store.ts';
import { requireFolder } from './folders.ts';
import { describePlace, removeData } from './remove-data.ts';
import type { Runner } from './runner.ts';

export interface FileOperationsHost {
  readonly entries: EntryStore;
  readonly runner: Pick<Runner, 'probe' | 'whileRunning' | 'whileStopped'>;
  readonly state: Pick<StateDb, 'journalsFolder' | 'edgesFolder'> & {
    readonly shares: Pick<ShareTable, 'get' | 'names' | 'has' | 'distrust' | 'remove'>;
    readonly torrents: Pick<TorrentCopies, 'movePlace' | 'drop'>;
  };
}

export class FileOperations {
  readonly #host: FileOperationsHost;

  constructor(host: FileOperationsHost) {
    this.#host = host;
  }

  /** Moves the files of a fetched share, while it goes on. @throws ShoalError */
  async move(entry: RosterEntry, folder: string): Promise<void> {
    const { entries, runner } = this.#host;
    entry.requireUnowned();
    if (entry.stored.kind === 'place')
      throw new ShoalError('unsupported', `"${entry.name}" is shared where you keep it: move it yourself`);
    await runner.probe.reach(resolve(folder));
    await requireFolder(folder);
    // Nothing of it is here yet.
    if (entry.metainfo === undefined || (entry.isShortOfRoom && entry.size().done === 0))
      return this.relocate(entry, folder);
    await runner.whileRunning(entry, async (share) => {
      await share.moveTo(resolve(folder));
      entries.update(entry, { folder: share.folder });
    });
  }

  /** A fetched share goes to the folder for whole ones, where there is one. */
  async moveWhole(entry: RosterEntry, doneDir: string | null): Promise<void> {
    const { kind, folder } = entry.stored;
    if (kind === 'place' || doneDir === null || resolve(doneDir) === folder) return;
    await this.move(entry, doneDir).catch((error: unknown) =>
      entry.log.add(`it could not be moved to ${doneDir}: ${(error as Error).message}`),
    );
  }

  /**
   * Gives files of a fetched share other names.
   * @param paths by index of the file, below the folder of the share; for a share that is one file, its name
   * @throws ShoalError name-conflict, unsafe-path, unsupported
   */
  async rename(entry: RosterEntry, paths: ReadonlyMap<number, string>): Promise<void> {
    entry.requireUnowned();
    if (entry.stored.kind === 'place')
      throw new ShoalError(
        'unsupported',
        `"${entry.name}" is shared where you keep it: rename its files yourself`,
      );
    if (entry.metainfo === undefined)
      throw new ShoalError('unsupported', `"${entry.name}": the metadata is not known yet`);
    await this.#host.runner.whileRunning(entry, async (share) => {
      for (const [file, path] of paths) await share.renameFile(file, path);
    });
  }

  /** Its data lies in another folder now: looks there, and hashes what it finds. */
  async relocate(entry: RosterEntry, folder: string): Promise<void> {
    const { shares, torrents } = this.#host.state;
    entry.requireUnowned();
    await this.#host.runner.whileStopped(entry, () => {
      const { key, folder: before } = entry.stored;
      if (!shares.has(key, before)) torrents.movePlace(key, before, resolve(folder));
      this.#host.entries.update(entry, { folder: resolve(folder) });
    });
  }

  /** Hashes all data again. A paused share stays paused afterwards, and is checked when it is started. */
  async verify(entry: RosterEntry): Promise<void> {
    const { shares } = this.#host.state;
    await this.#host.runner.whileStopped(entry, () => shares.distrust(entry.stored.key, entry.stored.folder));
  }

  /**
   * Forgets the data of a share that was taken from the roster and stopped.
   * @param deletesData of a fetched share, or of a copy that the daemon made; what is shared in place belongs to the person
   * @returns whether its data is gone; not what a person has under a name of it, or another share
   * @throws ShoalError no-permission, … when the data cannot be removed: it is forgotten all the same
   */
  async forget(entry: RosterEntry, deletesData: boolean): Promise<boolean> {
    const { state, entries } = this.#host;
    const { metainfo } = entry;
    const { key, folder, kind } = entry.stored;
    const isDeleting = deletesData && (kind === 'fetch' || entry.isCopy);
    try {
      if (!isDeleting || metainfo === undefined) return isDeleting;
      return await removeData({ metainfo, state, ...(await describePlace(entry, entries.all)) });
    } finally {
      if (isDeleting) state.shares.remove(key, folder);
      // What is known of data that stays is kept: added again, it need not be read.
      if (!state.shares.has(key, folder)) state.torrents.drop(key, folder);
    }
  }
}
