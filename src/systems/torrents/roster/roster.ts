/**
 * The roster of the daemon: every share that it holds, running or paused, across restarts and crashes. A preference is
 * written to its table before it takes effect, so that a crash loses none; what is known of the data is in the record
 * of the share.
 *
 * This file only routes. A paused share does not run: it has no connections, no announces, no open files.
 */
import { ShoalError } from '../../../ground/errors.ts';
import { systemClock } from '../../../ground/node/clock.ts';
import { DiskSpace } from '../../../ground/node/disk-space.ts';
import type { Clock } from '../../../ground/ports.ts';
import type { LinkRequest } from '../../../host/links.ts';
import type { StoredSettings } from '../../../host/settings-section.ts';
import type { Reach, ReadTorrent } from '../share/link-source.ts';
import type { ShoalPeer } from '../share/peer.ts';
import type { Share } from '../share/share.ts';
import type { Settings } from '../settings.ts';
import type { SharePreferences } from '../core/preferences.ts';
import { type Added, Adder, type AddOptions, type PathOptions } from './adding.ts';
import { requirePreferences } from './bounds.ts';
import { BlockList, type KeptBlockList } from './block-list.ts';
import { DaemonSettings, settingsInMemory, type SettingsChange } from './daemon-settings.ts';
import { requireAllowed } from './denial.ts';
import type { RosterEntry } from './entry.ts';
import { placesOf } from './entry-index.ts';
import { EntryStore, type LineListener, type RosterEvent } from './entry-store.ts';
import { FileOperations } from './file-operations.ts';
import { applySelection, wantedFilesOf } from './choose-files.ts';
import { HashingList } from './hashing-list.ts';
import type { RateHistory, RosterLog } from './history.ts';
import { type DecidedAtStart, type InEffect, inEffectOf } from './in-effect.ts';
import { Limits } from './limits.ts';
import { openShare } from './open-share.ts';
import { OwnedEntries } from './owned.ts';
import { PeriodicChecks } from './periodic-checks.ts';
import { strategyOf, tiersOf } from './preferences.ts';
import { Runner } from './runner.ts';
import { Sampler } from './sampler.ts';
import { TimesSaver } from './share-times.ts';

export type { AddOptions } from './adding.ts';
export type { SettingsChange } from './daemon-settings.ts';
export type { RosterEvent } from './entry-store.ts';

export interface RosterOptions {
  /** Where fetched files go unless a setting or a person says otherwise. */
  readonly downloadDir: string;
  /** Called when a share that was fetched is whole, and in its last folder. */
  readonly onDone?: ((entry: RosterEntry) => void) | undefined;
  /** Undefined while the rules system is off. */
  readonly blockList?: KeptBlockList | undefined;
  /** Of this machine unless a test brings its own. */
  readonly clock?: Clock;
  /** What is set; in memory when absent. */
  readonly stored?: StoredSettings;
  /** Takes what the watch folder holds: the host hands it to the system whose it is. The roster takes it when absent. */
  readonly openLink?: (request: LinkRequest) => Promise<unknown>;
  /** Decided by options of the start: settings say nothing against it. */
  readonly decidedAtStart?: readonly DecidedAtStart[] | undefined;
}

export class Roster {
  readonly peer: ShoalPeer;
  readonly startedAt: Date = new Date();
  readonly blockList: BlockList;
  readonly checks: PeriodicChecks;
  readonly space: DiskSpace = new DiskSpace();
  readonly hashing: HashingList = new HashingList();
  /** Versions of followed publications. */
  readonly owned: OwnedEntries;
  readonly #options: RosterOptions;
  readonly #settings: DaemonSettings;
  readonly #limits: Limits;
  readonly #entries: EntryStore;
  readonly #runner: Runner;
  readonly #adder: Adder;
  readonly #files: FileOperations;
  readonly #sampler: Sampler;
  readonly #stopWatching: () => void;

  constructor(peer: ShoalPeer, options: RosterOptions) {
    const table = peer.state.roster;
    const { downloadDir, decidedAtStart = [], clock = systemClock, stored = settingsInMemory() } = options;
    this.peer = peer;
    this.#options = options;
    this.blockList = new BlockList(options.blockList);
    const { blockList } = this;
    this.#settings = new DaemonSettings({
      stored,
      limits: peer.limits,
      downloadDir,
      decidedAtStart,
      blockList,
    });
    blockList.follow(stored.values, this.reach);
    this.#limits = new Limits(peer, decidedAtStart);
    this.#limits.applySettings(this.settings, 'full');
    this.#entries = new EntryStore(peer);
    this.checks = new PeriodicChecks(this, clock);
    this.#runner = this.#createRunner(clock);
    const parts = { peer, entries: this.#entries, runner: this.#runner, state: peer.state };
    this.#files = new FileOperations(parts);
    this.#adder = new Adder({
      ...parts,
      settings: this.#settings,
      hashing: this.hashing,
      change: (entry, preferences) => this.change(entry, preferences),
      remove: (entry) => this.remove(entry, false),
    });
    this.owned = new OwnedEntries({
      ...{ entries: this.#entries, runner: this.#runner, adder: this.#adder },
      onDone: (entry) => options.onDone?.(entry),
      remove: (entry, deletesData) => this.remove(entry, deletesData),
    });
    const saver = new TimesSaver(table, clock.now());
    this.#stopWatching = peer.filter.listen(() =>
      this.#runner.retryDenied(({ hashBytes }) => peer.denialOf(hashBytes, 'share') !== undefined),
    );
    this.#sampler = new Sampler({ entries: this.#entries.index, saver, clock });
  }

  #createRunner(clock: Clock): Runner {
    const entries = this.#entries;
    const runner = new Runner({
      entries: () => entries.all,
      settings: () => this.settings,
      checks: this.checks,
      clock,
      open: (entry, signal) =>
        openShare({
          ...{ peer: this.peer, entry, signal },
          select: (metainfo) => wantedFilesOf({ entry, metainfo, entries }),
        }),
      applyPreferences: (entry, share) => this.#applyPreferences(entry, share),
      onChanged: (entry) => entries.tellChanged(entry),
      onWhole: (entry) => this.#finish(entry),
    });
    for (const entry of entries.all) runner.add(entry);
    return runner;
  }

  /** Looks at the clock and the disk first; then starts what may run. @throws ShoalError not-found, io-error */
  async start(signal?: AbortSignal): Promise<void> {
    await this.checks.start(signal);
  }

  /** Stops all shares; their preferences stay as they are. */
  async close(): Promise<void> {
    this.#stopWatching();
    this.#runner.close();
    this.checks.stop();
    this.#sampler.close();
    // Before the threads that hash end: who waits for them then would wait for ever.
    await this.#runner.settled();
    await this.peer.close();
  }

  get settings(): Settings {
    return this.#settings.now;
  }

  /** Where addresses that a person typed may lie. */
  get reach(): Reach {
    return this.#settings.reach;
  }

  /** Where fetched files go unless a person says otherwise. */
  get downloadDir(): string {
    return this.#settings.downloadDir;
  }

  /** The folder of the first label that has one. */
  folderFor(labels: readonly string[] = []): string {
    return this.#settings.folderFor(labels);
  }

  /** What holds now, whatever is set for the next start. */
  get inEffect(): InEffect {
    return inEffectOf(this.peer, this.#settings.decidedAtStart);
  }

  /**
   * Writes settings; they hold from now on.
   * @throws ShoalError bad-argument; unsupported when an option of the start says otherwise
   */
  configure(given: SettingsChange): void {
    this.#settings.change(given);
    this.applyLimits();
    void this.checks.look();
  }

  /** After settings or the hour changed. */
  applyLimits(): void {
    this.#limits.applySettings(this.settings, this.checks.mode);
    for (const { share, stored } of this.#entries.all)
      if (share !== undefined) this.#limits.applyPreferences(share, stored.preferences, this.settings);
  }

  /** Of all shares together. */
  get rates(): RateHistory {
    return this.#sampler.rates;
  }

  /** Of all shares together. */
  get log(): RosterLog {
    return this.#entries.log;
  }

  /** Told of every line of the log of a share. @returns stop listening */
  listenToLines(listener: LineListener): () => void {
    return this.#entries.listenToLines(listener);
  }

  /** @returns stop listening */
  listen(listener: (event: RosterEvent) => void): () => void {
    return this.#entries.listen(listener);
  }

  get all(): readonly RosterEntry[] {
    return this.#entries.all;
  }

  /** In the order of the queue. */
  get queue(): readonly RosterEntry[] {
    return this.#entries.index.queue;
  }

  find(id: number): RosterEntry | undefined {
    return this.#entries.index.find(id);
  }

  /** By info hash: v1, or v2 whole or cut to 20 bytes. */
  findByHash(hash: string): RosterEntry | undefined {
    return this.#entries.index.findByHash(hash);
  }

  /**
   * Fetches what a link names: a magnet link, an info hash, a torrent file or its address.
   * @returns the share, and whether it was there before
   * @throws ShoalError bad-link, bad-torrent, bad-argument, not-found
   */
  addLink(link: string, options: AddOptions): Promise<Added> {
    return this.#adder.addLink(link, options);
  }

  /** Takes what lies in the watch folder. @throws ShoalError */
  openWatched(link: string | Uint8Array): Promise<unknown> {
    const { openLink } = this.#options;
    if (openLink !== undefined) return openLink({ link });
    const options = { folder: this.downloadDir };
    return typeof link === 'string' ? this.addLink(link, options) : this.addTorrentBytes(link, options);
  }

  /** The same for a torrent file that a program sends. @throws ShoalError bad-torrent */
  addTorrentBytes(bytes: Uint8Array, options: AddOptions): Promise<Added> {
    return this.#adder.addTorrentBytes(bytes, options);
  }

  /** Fetches what a torrent describes, or seeds it if it is all there. @throws ShoalError bad-argument */
  addTorrent(torrent: ReadTorrent, options: AddOptions): Promise<Added> {
    return this.#adder.addTorrent(torrent, options);
  }

  /** Shares a file or folder in place. @throws ShoalError not-found, no-permission, … */
  addPath(path: string, options?: PathOptions): Promise<Added> {
    return this.#adder.addPath(path, options);
  }

  /** Shares the data of a torrent where it lies. @throws ShoalError data-mismatch when it is not whole */
  addInPlace(torrent: ReadTorrent, dir: string, preferences?: Partial<SharePreferences>): Promise<Added> {
    return this.#adder.addInPlace(torrent, dir, preferences);
  }

  /** It goes on from where it was, when its turn comes. @param isForced it waits for no others @throws ShoalError denied */
  resume(entry: RosterEntry, isForced = false): void {
    requireAllowed(this.peer, entry);
    this.#runner.retry(entry);
    this.change(entry, { isPaused: false, isFinished: false, isForced });
  }

  /** Starts a share again that failed, when its turn comes. */
  retry(entry: RosterEntry): void {
    this.#runner.retry(entry);
  }

  /** Resolves when nothing of it runs any more. @param isFinished because it has reached a goal */
  async pause(entry: RosterEntry, isFinished = false): Promise<void> {
    this.change(entry, { isPaused: true, isFinished, isForced: false });
    await this.#runner.pause(entry);
  }

  /**
   * @param deletesData of a fetched share, or of a copy that the daemon made; what is shared in place belongs to the person
   * @returns whether its data is gone; not what a person has under a name of it, or another share
   * @throws ShoalError no-permission, … when the data cannot be removed: the share is forgotten all the same
   */
  async remove(entry: RosterEntry, deletesData: boolean): Promise<boolean> {
    await this.owned.endOwner(entry);
    if (!this.#entries.index.has(entry)) return true;
    this.#entries.remove(entry);
    await this.#runner.remove(entry);
    try {
      return await this.#files.forget(entry, deletesData);
    } finally {
      this.#entries.tellRemoved(entry);
    }
  }

  /** Moves the files of a fetched share, while it goes on. @throws ShoalError */
  move(entry: RosterEntry, folder: string): Promise<void> {
    return this.#files.move(entry, folder);
  }

  /**
   * Gives files of a fetched share other names.
   * @param paths by index of the file, below the folder of the share; for a share that is one file, its name
   * @throws ShoalError name-conflict, unsafe-path, unsupported
   */
  renameFiles(entry: RosterEntry, paths: ReadonlyMap<number, string>): Promise<void> {
    return this.#files.rename(entry, paths);
  }

  /** Its data lies in another folder now: looks there, and hashes what it finds. */
  relocate(entry: RosterEntry, folder: string): Promise<void> {
    return this.#files.relocate(entry, folder);
  }

  /** Hashes all data again. A paused share stays paused afterwards, and is checked when it is started. */
  verify(entry: RosterEntry): Promise<void> {
    return this.#files.verify(entry);
  }

  /** Chooses files, by their indexes. @throws ShoalError */
  async select(entry: RosterEntry, unwanted: readonly number[]): Promise<void> {
    entry.requireUnowned();
    this.change(entry, { unwanted, selectGlobs: undefined, selectRanges: undefined });
    await applySelection(entry);
  }

  /** Writes preferences; they hold from now on. @throws ShoalError bad-argument */
  change(entry: RosterEntry, preferences: Partial<SharePreferences>): void {
    requirePreferences(preferences, entry.stored.preferences);
    this.#entries.update(entry, { preferences: { ...entry.stored.preferences, ...preferences } });
    const { share } = entry;
    if (share !== undefined) {
      this.#applyPreferences(entry, share);
      if ('announce' in preferences || 'trackers' in preferences) void share.setTrackers(tiersOf(entry));
    }
    this.balance();
  }

  #applyPreferences({ stored: { preferences } }: RosterEntry, share: Share): void {
    this.#limits.applyPreferences(share, preferences, this.settings);
    share.setStrategy(strategyOf(preferences));
  }

  /** Puts shares to other places in the queue. @param place of the first of them, from 0 */
  reorder(moved: readonly RosterEntry[], place: number): void {
    for (const [entry, position] of placesOf(this.queue, moved, place))
      this.#entries.update(entry, { preferences: { ...entry.stored.preferences, position } });
    this.balance();
  }

  /**
   * A share of which a file is going to be read: see `Share.read`. A file that was not wanted is from now on.
   * @throws ShoalError unsupported while it does not run
   */
  async open(entry: RosterEntry, file: number, signal: AbortSignal): Promise<Share> {
    const { share } = entry;
    if (share === undefined) {
      const { isPaused } = entry.stored.preferences;
      const why = entry.failure?.message ?? (isPaused ? 'start it first' : 'it waits for others');
      throw new ShoalError('unsupported', `"${entry.name}" does not run: ${why}`);
    }
    await share.whenKnown(signal);
    const { unwanted } = entry.stored.preferences;
    const others = unwanted.filter((other) => other !== file);
    if (others.length < unwanted.length) await this.select(entry, others);
    return share;
  }

  /** Starts and stops what has to be. */
  balance(): void {
    this.#runner.balance();
  }

  /** A share is whole for the first time. */
  async #finish(entry: RosterEntry): Promise<void> {
    entry.log.add('all that is wanted is here');
    const { kind, preferences } = entry.stored;
    await this.#files.moveWhole(entry, preferences.doneDir ?? this.settings.doneDir);
    // Only now: killed before, it is moved after the next start.
    this.#entries.update(entry, { doneAt: new Date() });
    this.#entries.tellDone(entry);
    if (kind === 'fetch') this.#options.onDone?.(entry);
    this.balance();
  }
}
