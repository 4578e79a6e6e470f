/**
 * The roster of the daemon: every share that it holds, running or paused, across restarts and crashes. A preference is
 * written to its table before it takes effect, so that a crash loses none; what is known of the data is in the record
 * of the share.
 *
 * A paused share does not run: it has no connections, no announces, no open files.
 */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { formatMagnet, type Magnet } from '../../../data/content/magnet.ts';
import { decodeMetainfo, encodeMetainfo, type Metainfo } from '../../../data/content/metainfo.ts';
import { toHex } from '../../../ground/bytes.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { DiskSpace } from '../../../ground/node/disk-space.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { withTimeLimit } from '../../../ground/node/time-limit.ts';
import { badTorrent, type Reach, readLink } from '../share/link-source.ts';
import type { ShoalPeer } from '../share/peer.ts';
import type { Share } from '../share/share.ts';
import type { StoredEntry } from '../state/roster-table.ts';
import {
  DEFAULT_SETTINGS,
  labelOf,
  DEFAULT_PREFERENCES,
  type Settings,
  type SharePreferences,
} from '../core/settings.ts';
import { type Added, type AddOptions, tryFolders } from './adding.ts';
import { requireSettings, requirePreferences } from './bounds.ts';
import { settleChoice } from './choose-files.ts';
import { Blocklist } from './blocklist.ts';
import { requireFolder } from './folders.ts';
import { RosterEntry } from './entry.ts';
import { type RateHistory, RosterLog } from './history.ts';
import { Limits } from './limits.ts';
import { openShare } from './open-share.ts';
import { HashingList } from './hashing-list.ts';
import { EntryIndex } from './entry-index.ts';
import { type DecidedAtStart, type InEffect, inEffectOf, requireChangeable } from './in-effect.ts';
import { describePlace, removeData } from './remove-data.ts';
import { Runner } from './runner.ts';
import { Sampler } from './sampler.ts';
import { ShareTimes, TimesSaver } from './share-times.ts';
import { LOOK_LIMIT_MS, PeriodicChecks } from './periodic-checks.ts';
import { strategyOf, tiersOf } from './preferences.ts';

export type { AddOptions } from './adding.ts';

export interface RosterOptions {
  /** Where fetched files go when nobody says otherwise. */
  readonly downloadDir: string;
  /** Called when a share that was fetched is whole, and in its last folder. */
  readonly onDone?: ((entry: RosterEntry) => void) | undefined;
  /** A file of addresses that are not to be talked to. */
  readonly ipFilter?: string | undefined;
  /** What options of the start decided: settings say nothing against it. */
  readonly decidedAtStart?: readonly DecidedAtStart[] | undefined;
}

/** What is undefined stays as it is. */
export type SettingsChange = { readonly [Name in keyof Settings]?: Settings[Name] | undefined };

export type RosterEvent =
  | { readonly type: 'added' | 'changed' | 'done'; readonly stored: StoredEntry }
  | { readonly type: 'removed'; readonly id: number; readonly key: string };

export class Roster {
  readonly peer: ShoalPeer;
  readonly #entries = new EntryIndex();
  readonly #listeners = new Set<(event: RosterEvent) => void>();
  /** Of all shares together. */
  readonly log: RosterLog = new RosterLog();
  readonly startedAt: Date = new Date();
  #settings: Settings;
  readonly #options: RosterOptions;
  readonly #limits: Limits;
  readonly blocklist: Blocklist;
  readonly checks: PeriodicChecks;
  readonly space: DiskSpace = new DiskSpace();
  readonly hashing: HashingList = new HashingList();
  readonly #runner: Runner;
  readonly #sampler: Sampler;
  /** Told of all that happens to shares, in words. */
  onLine: (entry: RosterEntry, text: string) => void = () => {};

  constructor(peer: ShoalPeer, options: RosterOptions) {
    this.peer = peer;
    this.#options = options;
    this.#limits = new Limits(peer);
    this.blocklist = new Blocklist(peer, options.ipFilter);
    const { download, upload } = peer.limits;
    this.#settings = {
      ...DEFAULT_SETTINGS,
      downloadLimit: Number.isFinite(download) ? download : null,
      uploadLimit: Number.isFinite(upload) ? upload : null,
      ...peer.state.roster.settings(),
    };
    this.#limits.applySettings(this.#settings, 'full');
    this.checks = new PeriodicChecks(this);
    this.#runner = new Runner({
      entries: () => this.#entries.all,
      settings: () => this.#settings,
      checks: this.checks,
      nowMs: () => performance.now(),
      open: (entry) => openShare(peer, entry, (metainfo) => this.#chosenFiles(entry, metainfo)),
      applyPreferences: (entry, share) => this.#applyPreferences(entry, share),
      onChanged: (entry) => this.#tellChanged(entry),
      onWhole: (entry) => this.#finish(entry),
    });
    const times = peer.state.roster.times();
    for (const stored of peer.state.roster.list()) this.#hold(stored, new ShareTimes(times.get(stored.id)));
    this.#sampler = new Sampler(this.#entries, new TimesSaver(peer.state.roster, performance.now()));
  }

  /** Looks at the clock and the disk first; then starts what may run. @throws ShoalError not-found, io-error */
  async start(signal?: AbortSignal): Promise<void> {
    await withTimeLimit(this.#options.ipFilter ?? 'the block list', this.#startBlocking(), {
      ms: LOOK_LIMIT_MS,
      signal,
    });
    await this.checks.start(signal);
  }

  async #startBlocking(): Promise<void> {
    await this.blocklist.ban(this.#settings.bannedAddresses);
    await this.blocklist.switch(this.#settings.usesBlocklist);
    void this.blocklist.fetchMissing(this.#settings.blocklistUrl, this.reach);
  }

  /** Of all shares together. */
  get rates(): RateHistory {
    return this.#sampler.rates;
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Where addresses that a person typed may lie. */
  get reach(): Reach {
    return this.#settings.mayReachPrivate ? 'anywhere' : 'inside';
  }

  /** Where fetched files go when nobody says otherwise. */
  get downloadDir(): string {
    return this.#settings.downloadDir ?? this.#options.downloadDir;
  }

  /** The folder of the first label that has one. */
  folderFor(labels: readonly string[] = []): string {
    for (const label of labels) {
      const folder = labelOf(this.#settings.labels, label)?.folder;
      if (folder !== undefined && folder !== null) return folder;
    }
    return this.downloadDir;
  }

  /** What holds now, whatever is set for the next start. */
  get inEffect(): InEffect {
    return inEffectOf(this.peer, this.#options.decidedAtStart ?? []);
  }

  /**
   * Noted, and true from now on.
   * @throws ShoalError bad-argument; unsupported when an option of the start says otherwise
   */
  configure(given: SettingsChange): void {
    requireSettings(given, this.#settings);
    requireChangeable(given, this.#options.decidedAtStart ?? []);
    const settings = Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined),
    ) as Partial<Settings>;
    for (const name of Object.keys(settings) as (keyof Settings)[])
      this.peer.state.roster.set(name, settings[name]!);
    this.#settings = { ...this.#settings, ...settings };
    if (settings.usesBlocklist !== undefined)
      void this.blocklist
        .switch(settings.usesBlocklist)
        .then(() => this.blocklist.fetchMissing(this.#settings.blocklistUrl, this.reach))
        .catch(() => {});
    if (settings.bannedAddresses !== undefined)
      void this.blocklist.ban(settings.bannedAddresses).catch(() => {});
    this.applyLimits();
    void this.checks.look();
  }

  /** After settings or the hour changed. */
  applyLimits(): void {
    this.#limits.applySettings(this.#settings, this.checks.mode);
    for (const entry of this.#entries.all)
      if (entry.share !== undefined)
        this.#limits.applyPreferences(entry.share, entry.stored.preferences, this.#settings);
  }

  get all(): readonly RosterEntry[] {
    return this.#entries.all;
  }

  /** In the order of the queue. */
  get queue(): readonly RosterEntry[] {
    return this.#entries.queue;
  }

  find(id: number): RosterEntry | undefined {
    return this.#entries.find(id);
  }

  /** By info hash: v1, or v2 whole or cut to 20 bytes. */
  findByHash(hash: string): RosterEntry | undefined {
    return this.#entries.findByHash(hash);
  }

  /** @returns stop listening */
  listen(listener: (event: RosterEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Fetches what a link names: a magnet link, an info hash, a torrent file or its address.
   * @returns the share, and whether it was there before
   * @throws ShoalError bad-link, bad-torrent, bad-argument, not-found
   */
  async addLink(link: string, options: AddOptions): Promise<Added> {
    requirePreferences(options.preferences ?? {});
    const source = await readLink(link, { reach: options.reach ?? this.reach });
    if ('metainfo' in source) return this.addTorrent(source.metainfo, options);
    const { infoHashV1, infoHashV2 } = source.magnet;
    const text = /^magnet:/i.test(link) ? link : formatMagnet(source.magnet);
    const alias = infoHashV2 === undefined ? undefined : toHex(infoHashV2);
    const key = infoHashV1 === undefined ? alias! : toHex(infoHashV1);
    const preferences = { selectRanges: source.magnet.selectOnly, ...options.preferences };
    await this.#prepareAdd(key, alias, options);
    const added = this.#add(key, 'fetch', options, text, preferences, alias);
    if (!added.isNew) this.#learn(added.entry, source.magnet);
    return added;
  }

  /** Another link to what is here may name other trackers and peers. */
  #learn(entry: RosterEntry, { trackers, peers }: Magnet): void {
    const known = new Set(tiersOf(entry).flat());
    const news = trackers.filter((url) => !known.has(url));
    const { preferences } = entry.stored;
    if (news.length > 0 && preferences.announce === undefined)
      this.change(entry, { trackers: [...preferences.trackers, ...news] });
    if (entry.share !== undefined) entry.share.addPeers(peers);
    else if (peers.length > 0) this.peer.state.network.saveGoodPeers(entry.stored.key, peers);
  }

  /** The same for a torrent file that a program sends. @throws ShoalError bad-torrent */
  async addTorrentBytes(bytes: Uint8Array, options: AddOptions): Promise<Added> {
    const decoded = decodeMetainfo(bytes, nodeHasher);
    if (!decoded.ok) throw badTorrent('this', decoded.error);
    return this.addTorrent(decoded.value, options);
  }

  /** Fetches what a torrent describes, or seeds it if it is all there. @throws ShoalError bad-argument */
  async addTorrent(metainfo: Metainfo, options: AddOptions): Promise<Added> {
    requirePreferences(options.preferences ?? {});
    const key = toHex(metainfo.infoHashV1 ?? metainfo.infoHashV2!);
    const settled = settleChoice(options.preferences ?? {}, metainfo);
    const alias = metainfo.infoHashV2 === undefined ? undefined : toHex(metainfo.infoHashV2);
    const twin = await this.#prepareAdd(key, alias, options);
    const folder = resolve(this.#incompleteDirOf(options) ?? options.folder);
    // A share that is there lies in its own folder; it takes from here the metadata that it lacks.
    const place = twin?.stored ?? { key, folder, kind: 'fetch' };
    if (twin?.metainfo === undefined)
      this.peer.state.torrents.save(place.key, place, encodeMetainfo(metainfo));
    return this.#add(key, 'fetch', options, undefined, settled, alias);
  }

  /**
   * Shares a file or folder in place.
   * @throws ShoalError not-found, no-permission, …
   */
  async addPath(path: string, preferences?: Partial<SharePreferences>): Promise<Added> {
    const root = await realpath(path).catch(() => resolve(path));
    const twin = this.all.find(({ stored }) => stored.kind === 'place' && stored.folder === root);
    if (twin !== undefined) return { entry: twin, isNew: false };
    const share = await this.hashing.during(root, (onProgress) =>
      this.peer.share(root, { trackers: preferences?.trackers, onProgress }),
    );
    const added = this.#add(share.key, 'place', { folder: share.folder }, undefined, preferences);
    // The same content may be there as a share that was fetched.
    if (!added.isNew || added.entry.stored.preferences.isPaused) await share.stop();
    else this.#runner.adopt(added.entry, share);
    return added;
  }

  /** It goes on from where it was, when its turn comes. @param isForced it does not wait for others */
  resume(entry: RosterEntry, isForced = false): void {
    this.#runner.retry(entry);
    this.change(entry, { isPaused: false, isFinished: false, isForced });
  }

  /** Starts a share again that failed, when its turn comes. */
  retry(entry: RosterEntry): void {
    this.#runner.retry(entry);
  }

  /** @param isFinished because it has reached a goal */
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
    this.peer.state.roster.remove(entry.stored.id);
    this.#entries.delete(entry);
    await this.#runner.remove(entry);
    const { metainfo } = entry;
    const { key, folder, kind } = entry.stored;
    const isDeleting = deletesData && (kind === 'fetch' || entry.isCopy);
    const { state } = this.peer;
    let isGone = isDeleting;
    try {
      if (isDeleting && metainfo !== undefined)
        isGone = await removeData({ metainfo, state, ...(await describePlace(entry, this.all)) });
    } finally {
      if (isDeleting) state.shares.remove(key, folder);
      // What is known of data that stays is kept: added again, it need not be read.
      if (!state.shares.has(key, folder)) state.torrents.drop(key, folder);
      this.#tell({ type: 'removed', id: entry.stored.id, key: entry.stored.key });
    }
    return isGone;
  }

  /** Moves the files of a fetched share, while it goes on. @throws ShoalError */
  async move(entry: RosterEntry, folder: string): Promise<void> {
    if (entry.stored.kind === 'place')
      throw new ShoalError('unsupported', `"${entry.name}" is shared where you keep it: move it yourself`);
    await this.#runner.probe.reach(resolve(folder));
    await requireFolder(folder);
    // Nothing of it is here yet.
    if (entry.metainfo === undefined || (entry.isShortOfRoom && entry.size().done === 0))
      return this.relocate(entry, folder);
    await this.#runner.whileRunning(entry, async (share) => {
      await share.moveTo(resolve(folder));
      this.#update(entry, { ...entry.stored, folder: share.folder });
    });
  }

  /**
   * Gives files of a fetched share other names.
   * @param paths by index of the file, below the folder of the share; for a share that is one file, its name
   * @throws ShoalError name-conflict, unsafe-path, unsupported
   */
  async renameFiles(entry: RosterEntry, paths: ReadonlyMap<number, string>): Promise<void> {
    if (entry.stored.kind === 'place')
      throw new ShoalError(
        'unsupported',
        `"${entry.name}" is shared where you keep it: rename its files yourself`,
      );
    if (entry.metainfo === undefined)
      throw new ShoalError('unsupported', `"${entry.name}": what is in it is not known yet`);
    await this.#runner.whileRunning(entry, async (share) => {
      for (const [file, path] of paths) await share.renameFile(file, path);
    });
  }

  /** Its data lies in another folder now: looks there, and hashes what it finds. */
  async relocate(entry: RosterEntry, folder: string): Promise<void> {
    await this.#runner.whileStopped(entry, () => {
      const { shares, torrents } = this.peer.state;
      const { key, folder: before } = entry.stored;
      if (!shares.has(key, before)) torrents.movePlace(key, before, resolve(folder));
      this.#update(entry, { ...entry.stored, folder: resolve(folder) });
    });
  }

  /** Hashes all data again. A paused share stays paused afterwards, and is checked when it is started. */
  async verify(entry: RosterEntry): Promise<void> {
    const { shares } = this.peer.state;
    await this.#runner.whileStopped(entry, () => shares.distrust(entry.stored.key, entry.stored.folder));
  }

  /** Chooses files, by their indexes. @throws ShoalError */
  async select(entry: RosterEntry, unwanted: readonly number[]): Promise<void> {
    this.change(entry, { unwanted, selectGlobs: undefined, selectRanges: undefined });
    const { share } = entry;
    // Without metadata, the share asks which files are wanted when that has come.
    if (share?.metainfo === undefined) return;
    if (share.phase !== 'checking') return this.#selectNow(entry, share);
    // It has asked already: it is told when it knows what is here. A person does not wait for that.
    share
      .whenKnown()
      .then(() => this.#selectNow(entry, share))
      .catch((error: unknown) => entry.log.add(`the files were not chosen: ${(error as Error).message}`));
  }

  async #selectNow({ stored }: RosterEntry, share: Share): Promise<void> {
    const unwanted = new Set(stored.preferences.unwanted);
    const files = share.metainfo?.info.files.keys() ?? [];
    await share.select(new Set([...files].filter((file) => !unwanted.has(file))));
  }

  /** Asked by a share that knows its files. @throws ShoalError bad-argument when what was to be chosen is not there */
  #chosenFiles(entry: RosterEntry, metainfo: Metainfo): ReadonlySet<number> {
    const { preferences } = entry.stored;
    const settled = settleChoice(preferences, metainfo);
    if (settled !== preferences) this.#update(entry, { ...entry.stored, preferences: settled });
    const unwanted = new Set(settled.unwanted);
    return new Set([...metainfo.info.files.keys()].filter((file) => !unwanted.has(file)));
  }

  /** Notes what a person wants from now on. @throws ShoalError bad-argument */
  change(entry: RosterEntry, preferences: Partial<SharePreferences>): void {
    requirePreferences(preferences, entry.stored.preferences);
    this.#update(entry, { ...entry.stored, preferences: { ...entry.stored.preferences, ...preferences } });
    const { share } = entry;
    if (share !== undefined) {
      this.#applyPreferences(entry, share);
      if ('announce' in preferences || 'trackers' in preferences) void share.setTrackers(tiersOf(entry));
    }
    this.balance();
  }

  #applyPreferences(entry: RosterEntry, share: Share): void {
    this.#limits.applyPreferences(share, entry.stored.preferences, this.#settings);
    share.setStrategy(strategyOf(entry.stored.preferences));
  }

  /** Puts shares to other places in the queue. @param place of the first of them, from 0 */
  reorder(moved: readonly RosterEntry[], place: number): void {
    const rest = this.queue.filter((entry) => !moved.includes(entry));
    const order = [...rest.slice(0, place), ...moved, ...rest.slice(place)];
    for (const [position, entry] of order.entries()) {
      const { stored } = entry;
      if (stored.preferences.position !== position)
        this.#update(entry, { ...stored, preferences: { ...stored.preferences, position } });
    }
    this.balance();
  }

  /**
   * The bytes of a file, as they come: see `Share.read`. A file that was not wanted is from now on.
   * @throws ShoalError unsupported while it is paused
   */
  async open(entry: RosterEntry, file: number, signal: AbortSignal): Promise<Share> {
    const { share } = entry;
    if (share === undefined) {
      const why =
        entry.failure?.message ??
        (entry.stored.preferences.isPaused ? 'start it first' : 'it waits for others');
      throw new ShoalError('unsupported', `"${entry.name}" does not run: ${why}`);
    }
    await share.whenKnown(signal);
    const { unwanted } = entry.stored.preferences;
    if (unwanted.includes(file))
      await this.select(
        entry,
        unwanted.filter((other) => other !== file),
      );
    return share;
  }

  /** Stops all shares; the roster stays as it is. */
  async close(): Promise<void> {
    this.#runner.close();
    this.checks.stop();
    this.#sampler.close();
    await this.peer.close();
    await this.#runner.settled();
  }

  /** The folders of a new share are tried before it exists. @returns the share that is there already */
  async #prepareAdd(
    key: string,
    alias: string | undefined,
    options: AddOptions,
  ): Promise<RosterEntry | undefined> {
    if (this.#entries.findTwin(key, alias) === undefined) await tryFolders(options, this.#runner.probe);
    return this.#entries.findTwin(key, alias);
  }

  #add(
    key: string,
    kind: 'place' | 'fetch',
    where: Pick<AddOptions, 'folder' | 'incompleteDir'>,
    link: string | undefined,
    preferences: Partial<SharePreferences> = {},
    alias?: string,
  ): Added {
    const twin = this.#entries.findTwin(key, alias);
    if (twin !== undefined) return { entry: twin, isNew: false };
    const position = this.#entries.nextPosition;
    const folder = resolve(where.folder);
    const incompleteDir = kind === 'fetch' ? this.#incompleteDirOf(where) : null;
    const stored = this.peer.state.roster.add({
      key,
      kind,
      folder: incompleteDir === null ? folder : resolve(incompleteDir),
      link,
      preferences: {
        ...DEFAULT_PREFERENCES,
        isPaused: !this.#settings.startsAdded,
        position,
        ...preferences,
        ...(incompleteDir === null ? {} : { doneDir: folder }),
      },
    });
    const entry = this.#hold(stored);
    this.balance();
    this.#tell({ type: 'added', stored });
    return { entry, isNew: true };
  }

  /** Null: it lies where it goes from the beginning. */
  #incompleteDirOf({ incompleteDir }: Pick<AddOptions, 'incompleteDir'>): string | null {
    return incompleteDir === undefined ? this.#settings.incompleteDir : incompleteDir;
  }

  #hold(stored: StoredEntry, times?: ShareTimes): RosterEntry {
    const entry = new RosterEntry(this.peer, stored, times);
    this.#entries.add(entry);
    this.#runner.add(entry);
    entry.log.onLine = (text, isWarning) => {
      this.log.add(`${entry.name}: ${text}`, isWarning);
      this.onLine(entry, text);
    };
    return entry;
  }

  /** Starts and stops what has to be. */
  balance(): void {
    this.#runner.balance();
  }

  /** It is whole for the first time. */
  async #finish(entry: RosterEntry): Promise<void> {
    entry.log.add('all that is wanted is here');
    const { stored } = entry;
    const doneDir = stored.preferences.doneDir ?? this.#settings.doneDir;
    if (stored.kind === 'fetch' && doneDir !== null && resolve(doneDir) !== stored.folder)
      await this.move(entry, doneDir).catch((error: unknown) =>
        entry.log.add(`it could not be moved to ${doneDir}: ${(error as Error).message}`),
      );
    // Only now: killed before, it is moved after the next start.
    this.#update(entry, { ...entry.stored, doneAt: new Date() });
    this.#tell({ type: 'done', stored: entry.stored });
    if (stored.kind === 'fetch') this.#options.onDone?.(entry);
    this.balance();
  }

  #update(entry: RosterEntry, stored: StoredEntry): void {
    this.peer.state.roster.update(stored);
    entry.stored = stored;
    entry.forget();
    this.#tellChanged(entry);
  }

  #tellChanged(entry: RosterEntry): void {
    entry.changedAt = new Date();
    this.#tell({ type: 'changed', stored: entry.stored });
  }

  #tell(event: RosterEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
