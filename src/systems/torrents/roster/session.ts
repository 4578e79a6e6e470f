/**
 * The session of an always-on peer: every share that it holds, running or paused, across restarts and crashes. What a
 * person wants is written to the roster before it is done, so that a crash loses no wish; what is known of the data is
 * the share's own record.
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
import type { RosterEntry } from '../state/roster-table.ts';
import { DEFAULT_SETTINGS, labelOf, NO_WISHES, type Settings, type Wishes } from '../core/settings.ts';
import { type Added, type AddOptions, tryFolders } from './adding.ts';
import { requireSettings, requireWishes } from './bounds.ts';
import { settleChoice } from './choose-files.ts';
import { Blocklist } from './blocklist.ts';
import { requireFolder } from './folders.ts';
import { Held } from './held.ts';
import { RateHistory, SAMPLE_SECONDS, SessionLog } from './history.ts';
import { Limits } from './limits.ts';
import { MakingList } from './making.ts';
import { HeldIndex } from './held-index.ts';
import { type DecidedAtStart, type InEffect, inEffectOf, requireChangeable } from './in-effect.ts';
import { describePlace, removeData } from './remove-data.ts';
import { Runner } from './runner.ts';
import { ShareTimes, TimesSaver } from './share-times.ts';
import { LOOK_LIMIT_MS, Upkeep } from './upkeep.ts';
import { mannerOf, tiersOf } from './wishes.ts';

export type { AddOptions } from './adding.ts';

export interface SessionOptions {
  /** Where fetched files go when nobody says otherwise. */
  readonly downloadDir: string;
  /** Called when a share that was fetched is whole, and in its last folder. */
  readonly onDone?: ((held: Held) => void) | undefined;
  /** A file of addresses that are not to be talked to. */
  readonly ipFilter?: string | undefined;
  /** What options of the start decided: settings say nothing against it. */
  readonly decidedAtStart?: readonly DecidedAtStart[] | undefined;
}

/** What is undefined stays as it is. */
export type SettingsChange = { readonly [Name in keyof Settings]?: Settings[Name] | undefined };

export type SessionEvent =
  | { readonly type: 'added' | 'changed' | 'done'; readonly entry: RosterEntry }
  | { readonly type: 'removed'; readonly id: number; readonly key: string };

export class Session {
  readonly peer: ShoalPeer;
  readonly #held = new HeldIndex();
  readonly #listeners = new Set<(event: SessionEvent) => void>();
  readonly #sampler: NodeJS.Timeout;
  /** Of all shares together. */
  readonly rates: RateHistory = new RateHistory();
  /** Of all shares together. */
  readonly log: SessionLog = new SessionLog();
  readonly startedAt: Date = new Date();
  #settings: Settings;
  readonly #options: SessionOptions;
  readonly #limits: Limits;
  readonly blocklist: Blocklist;
  readonly upkeep: Upkeep;
  readonly space: DiskSpace = new DiskSpace();
  readonly making: MakingList = new MakingList();
  readonly #runner: Runner;
  readonly #timesSaver: TimesSaver;
  /** Told of all that happens to shares, in words. */
  onLine: (held: Held, text: string) => void = () => {};

  constructor(peer: ShoalPeer, options: SessionOptions) {
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
    const times = peer.state.roster.times();
    for (const entry of peer.state.roster.list()) this.#hold(entry, new ShareTimes(times.get(entry.id)));
    this.#timesSaver = new TimesSaver(peer.state.roster, performance.now());
    this.#sampler = setInterval(() => this.#sample(), SAMPLE_SECONDS * 1000).unref();
    this.upkeep = new Upkeep(this);
    this.#runner = new Runner({
      peer,
      shares: this.#held,
      settings: () => this.#settings,
      upkeep: this.upkeep,
      chosenFiles: (held, metainfo) => this.#chosenFiles(held, metainfo),
      applyWishes: (held, share) => this.#applyWishes(held, share),
      onChanged: (held) => this.#tellChanged(held),
      onWhole: (held) => this.#finish(held),
    });
  }

  /** Looks at the clock and the disk first; then starts what may run. @throws ShoalError not-found, io-error */
  async start(signal?: AbortSignal): Promise<void> {
    await withTimeLimit(this.#options.ipFilter ?? 'the block list', this.#startBlocking(), {
      ms: LOOK_LIMIT_MS,
      signal,
    });
    await this.upkeep.start(signal);
  }

  async #startBlocking(): Promise<void> {
    await this.blocklist.ban(this.#settings.bannedAddresses);
    await this.blocklist.switch(this.#settings.usesBlocklist);
    void this.blocklist.fetchMissing(this.#settings.blocklistUrl, this.reach);
  }

  #sample(): void {
    let [download, upload] = [0, 0];
    const now = performance.now();
    for (const held of this.#held.all) {
      const { share } = held;
      const glance = share?.glance();
      const [down, up] = [glance?.downloadRate ?? 0, glance?.uploadRate ?? 0];
      held.times.note(share?.phase, now);
      if (down >= 1 || up >= 1) {
        held.movedAt = now;
        held.times.noteMoved(new Date());
      }
      held.rates.add(down, up);
      download += down;
      upload += up;
    }
    this.rates.add(download, upload);
    this.#timesSaver.saveNowAndThen(this.#held.all, now);
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
    void this.upkeep.look();
  }

  /** After settings or the hour changed. */
  applyLimits(): void {
    this.#limits.applySettings(this.#settings, this.upkeep.mode);
    for (const held of this.#held.all)
      if (held.share !== undefined) this.#limits.applyWishes(held.share, held.entry.wishes, this.#settings);
  }

  get all(): readonly Held[] {
    return this.#held.all;
  }

  /** In the order of the queue. */
  get queue(): readonly Held[] {
    return this.#held.queue;
  }

  find(id: number): Held | undefined {
    return this.#held.find(id);
  }

  /** By info hash: v1, or v2 whole or cut to 20 bytes. */
  findByHash(hash: string): Held | undefined {
    return this.#held.findByHash(hash);
  }

  /** @returns stop listening */
  listen(listener: (event: SessionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Fetches what a link names: a magnet link, an info hash, a torrent file or its address.
   * @returns the share, and whether it was there before
   * @throws ShoalError bad-link, bad-torrent, bad-argument, not-found
   */
  async addLink(link: string, options: AddOptions): Promise<Added> {
    requireWishes(options.wishes ?? {});
    const source = await readLink(link, { reach: options.reach ?? this.reach });
    if ('metainfo' in source) return this.addTorrent(source.metainfo, options);
    const { infoHashV1, infoHashV2 } = source.magnet;
    const text = /^magnet:/i.test(link) ? link : formatMagnet(source.magnet);
    const alias = infoHashV2 === undefined ? undefined : toHex(infoHashV2);
    const key = infoHashV1 === undefined ? alias! : toHex(infoHashV1);
    const wishes = { selectRanges: source.magnet.selectOnly, ...options.wishes };
    await this.#prepareAdd(key, alias, options);
    const added = this.#add(key, 'fetch', options, text, wishes, alias);
    if (!added.isNew) this.#learn(added.held, source.magnet);
    return added;
  }

  /** Another link to what is here may name other trackers and peers. */
  #learn(held: Held, { trackers, peers }: Magnet): void {
    const known = new Set(tiersOf(held).flat());
    const news = trackers.filter((url) => !known.has(url));
    const { wishes } = held.entry;
    if (news.length > 0 && wishes.announce === undefined)
      this.change(held, { trackers: [...wishes.trackers, ...news] });
    if (held.share !== undefined) held.share.addPeers(peers);
    else if (peers.length > 0) this.peer.state.network.saveGoodPeers(held.entry.key, peers);
  }

  /** The same for a torrent file that a program sends. @throws ShoalError bad-torrent */
  async addTorrentBytes(bytes: Uint8Array, options: AddOptions): Promise<Added> {
    const decoded = decodeMetainfo(bytes, nodeHasher);
    if (!decoded.ok) throw badTorrent('this', decoded.error);
    return this.addTorrent(decoded.value, options);
  }

  /** Fetches what a torrent describes, or seeds it if it is all there. @throws ShoalError bad-argument */
  async addTorrent(metainfo: Metainfo, options: AddOptions): Promise<Added> {
    requireWishes(options.wishes ?? {});
    const key = toHex(metainfo.infoHashV1 ?? metainfo.infoHashV2!);
    const settled = settleChoice(options.wishes ?? {}, metainfo);
    const alias = metainfo.infoHashV2 === undefined ? undefined : toHex(metainfo.infoHashV2);
    const twin = await this.#prepareAdd(key, alias, options);
    const folder = resolve(this.#incompleteDirOf(options) ?? options.folder);
    // A share that is there lies in its own folder; it takes from here the metadata that it lacks.
    const place = twin?.entry ?? { key, folder, kind: 'fetch' };
    if (twin?.metainfo === undefined)
      this.peer.state.torrents.save(place.key, place, encodeMetainfo(metainfo));
    return this.#add(key, 'fetch', options, undefined, settled, alias);
  }

  /**
   * Shares a file or folder in place.
   * @throws ShoalError not-found, no-permission, …
   */
  async addPath(path: string, wishes?: Partial<Wishes>): Promise<Added> {
    const root = await realpath(path).catch(() => resolve(path));
    const twin = this.all.find(({ entry }) => entry.kind === 'place' && entry.folder === root);
    if (twin !== undefined) return { held: twin, isNew: false };
    const share = await this.making.during(root, (onProgress) =>
      this.peer.share(root, { trackers: wishes?.trackers, onProgress }),
    );
    const added = this.#add(share.key, 'place', { folder: share.folder }, undefined, wishes);
    // The same content may be there as a share that was fetched.
    if (!added.isNew || added.held.entry.wishes.isPaused) await share.stop();
    else this.#runner.watch(added.held, share);
    return added;
  }

  /** It goes on from where it was, when its turn comes. @param isForced it does not wait for others */
  resume(held: Held, isForced = false): void {
    held.failure = undefined;
    this.change(held, { isPaused: false, isFinished: false, isForced });
  }

  /** Starts a share again that failed, when its turn comes. */
  retry(held: Held): void {
    this.#runner.retry(held);
  }

  /** @param isFinished because it has reached a goal */
  async pause(held: Held, isFinished = false): Promise<void> {
    this.change(held, { isPaused: true, isFinished, isForced: false });
    await this.#runner.stop(held);
    // It may have been resumed meanwhile.
    this.balance();
  }

  /**
   * @param deletesData of a fetched share, or of a copy that the daemon made; what is shared in place belongs to the person
   * @returns whether its data is gone; not what a person has under a name of it, or another share
   * @throws ShoalError no-permission, … when the data cannot be removed: the share is forgotten all the same
   */
  async remove(held: Held, deletesData: boolean): Promise<boolean> {
    this.peer.state.roster.remove(held.entry.id);
    this.#held.delete(held);
    await this.#runner.stop(held);
    const { metainfo } = held;
    const { key, folder, kind } = held.entry;
    const isDeleting = deletesData && (kind === 'fetch' || held.isCopy);
    const { state } = this.peer;
    let isGone = isDeleting;
    try {
      if (isDeleting && metainfo !== undefined)
        isGone = await removeData({ metainfo, state, ...(await describePlace(held, this.all)) });
    } finally {
      if (isDeleting) state.shares.remove(key, folder);
      // What is known of data that stays is kept: added again, it need not be read.
      if (!state.shares.has(key, folder)) state.torrents.drop(key, folder);
      this.#tell({ type: 'removed', id: held.entry.id, key: held.entry.key });
    }
    return isGone;
  }

  /** Moves the files of a fetched share, while it goes on. @throws ShoalError */
  async move(held: Held, folder: string): Promise<void> {
    if (held.entry.kind === 'place')
      throw new ShoalError('unsupported', `"${held.name}" is shared where you keep it: move it yourself`);
    await this.#runner.probe.reach(resolve(folder));
    await requireFolder(folder);
    // Nothing of it is here yet.
    if (held.metainfo === undefined || (held.isShortOfRoom && held.size().done === 0))
      return this.relocate(held, folder);
    await this.#whileRunning(held, async (share) => {
      await share.moveTo(resolve(folder));
      this.#update(held, { ...held.entry, folder: share.folder });
    });
  }

  /**
   * Gives files of a fetched share other names.
   * @param paths by index of the file, below the folder of the share; for a share that is one file, its name
   * @throws ShoalError name-conflict, unsafe-path, unsupported
   */
  async renameFiles(held: Held, paths: ReadonlyMap<number, string>): Promise<void> {
    if (held.entry.kind === 'place')
      throw new ShoalError(
        'unsupported',
        `"${held.name}" is shared where you keep it: rename its files yourself`,
      );
    if (held.metainfo === undefined)
      throw new ShoalError('unsupported', `"${held.name}": what is in it is not known yet`);
    await this.#whileRunning(held, async (share) => {
      for (const [file, path] of paths) await share.renameFile(file, path);
    });
  }

  /** A share that does not run is started for that, and stopped again. */
  async #whileRunning(held: Held, work: (share: Share) => Promise<void>): Promise<void> {
    const wasRunning = held.share !== undefined;
    if (!wasRunning) await this.#runner.run(held);
    const { share } = held;
    if (share === undefined)
      throw held.failure ?? new ShoalError('unsupported', `"${held.name}" does not run`);
    try {
      await share.whenKnown();
      const working = work(share);
      held.fileWork = Promise.allSettled([held.fileWork, working]);
      await working;
    } finally {
      if (!wasRunning) await this.#runner.stop(held);
      this.balance();
    }
  }

  /** Its data lies in another folder now: looks there, and hashes what it finds. */
  async relocate(held: Held, folder: string): Promise<void> {
    await this.#runner.stop(held);
    held.failure = undefined;
    const { shares, torrents } = this.peer.state;
    const { key, folder: before } = held.entry;
    if (!shares.has(key, before)) torrents.movePlace(key, before, resolve(folder));
    this.#update(held, { ...held.entry, folder: resolve(folder) });
    this.balance();
  }

  /** Hashes all data again. A paused share stays paused afterwards, and is checked when it is started. */
  async verify(held: Held): Promise<void> {
    await this.#runner.stop(held);
    held.failure = undefined;
    this.peer.state.shares.distrust(held.entry.key, held.entry.folder);
    this.balance();
  }

  /** Chooses files, by their indexes. @throws ShoalError */
  async select(held: Held, unwanted: readonly number[]): Promise<void> {
    this.change(held, { unwanted, selectGlobs: undefined, selectRanges: undefined });
    const { share } = held;
    // Without metadata, the share asks which files are wanted when that has come.
    if (share?.metainfo === undefined) return;
    if (share.phase !== 'checking') return this.#selectNow(held, share);
    // It has asked already: it is told when it knows what is here. A person does not wait for that.
    share
      .whenKnown()
      .then(() => this.#selectNow(held, share))
      .catch((error: unknown) => held.log.add(`the files were not chosen: ${(error as Error).message}`));
  }

  async #selectNow({ entry }: Held, share: Share): Promise<void> {
    const unwanted = new Set(entry.wishes.unwanted);
    const files = share.metainfo?.info.files.keys() ?? [];
    await share.select(new Set([...files].filter((file) => !unwanted.has(file))));
  }

  /** Asked by a share that knows its files. @throws ShoalError bad-argument when what was to be chosen is not there */
  #chosenFiles(held: Held, metainfo: Metainfo): ReadonlySet<number> {
    const { wishes } = held.entry;
    const settled = settleChoice(wishes, metainfo);
    if (settled !== wishes) this.#update(held, { ...held.entry, wishes: settled });
    const unwanted = new Set(settled.unwanted);
    return new Set([...metainfo.info.files.keys()].filter((file) => !unwanted.has(file)));
  }

  /** Notes what a person wants from now on. @throws ShoalError bad-argument */
  change(held: Held, wishes: Partial<Wishes>): void {
    requireWishes(wishes, held.entry.wishes);
    this.#update(held, { ...held.entry, wishes: { ...held.entry.wishes, ...wishes } });
    const { share } = held;
    if (share !== undefined) {
      this.#applyWishes(held, share);
      if ('announce' in wishes || 'trackers' in wishes) void share.setTrackers(tiersOf(held));
    }
    this.balance();
  }

  #applyWishes(held: Held, share: Share): void {
    this.#limits.applyWishes(share, held.entry.wishes, this.#settings);
    share.setManner(mannerOf(held.entry.wishes));
  }

  /** Puts shares to other places in the queue. @param place of the first of them, from 0 */
  reorder(moved: readonly Held[], place: number): void {
    const rest = this.queue.filter((held) => !moved.includes(held));
    const order = [...rest.slice(0, place), ...moved, ...rest.slice(place)];
    for (const [position, held] of order.entries()) {
      const { entry } = held;
      if (entry.wishes.position !== position)
        this.#update(held, { ...entry, wishes: { ...entry.wishes, position } });
    }
    this.balance();
  }

  /**
   * The bytes of a file, as they come: see `Share.read`. A file that was not wanted is from now on.
   * @throws ShoalError unsupported while it is paused
   */
  async open(held: Held, file: number, signal: AbortSignal): Promise<Share> {
    const { share } = held;
    if (share === undefined) {
      const why =
        held.failure?.message ?? (held.entry.wishes.isPaused ? 'start it first' : 'it waits for others');
      throw new ShoalError('unsupported', `"${held.name}" does not run: ${why}`);
    }
    await share.whenKnown(signal);
    const { unwanted } = held.entry.wishes;
    if (unwanted.includes(file))
      await this.select(
        held,
        unwanted.filter((other) => other !== file),
      );
    return share;
  }

  /** Stops all shares; the roster stays as it is. */
  async close(): Promise<void> {
    this.#runner.close();
    clearInterval(this.#sampler);
    this.upkeep.stop();
    const now = performance.now();
    for (const { times } of this.#held.all) times.note(undefined, now);
    this.#timesSaver.save(this.#held.all, now);
    await this.peer.close();
    await Promise.all(this.#held.all.map(({ starting }) => starting));
  }

  /** The folders of a new share are tried before it exists. @returns the share that is there already */
  async #prepareAdd(key: string, alias: string | undefined, options: AddOptions): Promise<Held | undefined> {
    if (this.#held.findTwin(key, alias) === undefined) await tryFolders(options, this.#runner.probe);
    return this.#held.findTwin(key, alias);
  }

  #add(
    key: string,
    kind: 'place' | 'fetch',
    where: Pick<AddOptions, 'folder' | 'incompleteDir'>,
    link: string | undefined,
    wishes: Partial<Wishes> = {},
    alias?: string,
  ): Added {
    const twin = this.#held.findTwin(key, alias);
    if (twin !== undefined) return { held: twin, isNew: false };
    const position = this.#held.nextPosition;
    const folder = resolve(where.folder);
    const incompleteDir = kind === 'fetch' ? this.#incompleteDirOf(where) : null;
    const entry = this.peer.state.roster.add({
      key,
      kind,
      folder: incompleteDir === null ? folder : resolve(incompleteDir),
      link,
      wishes: {
        ...NO_WISHES,
        isPaused: !this.#settings.startsAdded,
        position,
        ...wishes,
        ...(incompleteDir === null ? {} : { doneDir: folder }),
      },
    });
    const held = this.#hold(entry);
    this.balance();
    this.#tell({ type: 'added', entry });
    return { held, isNew: true };
  }

  /** Null: it lies where it goes from the beginning. */
  #incompleteDirOf({ incompleteDir }: Pick<AddOptions, 'incompleteDir'>): string | null {
    return incompleteDir === undefined ? this.#settings.incompleteDir : incompleteDir;
  }

  #hold(entry: RosterEntry, times?: ShareTimes): Held {
    const held = new Held(this.peer, entry, times);
    this.#held.add(held);
    held.log.onLine = (text, isWarning) => {
      this.log.add(`${held.name}: ${text}`, isWarning);
      this.onLine(held, text);
    };
    return held;
  }

  /** Starts and stops what has to be. */
  balance(): void {
    this.#runner.balance();
  }

  /** It is whole for the first time. */
  async #finish(held: Held): Promise<void> {
    held.log.add('all that is wanted is here');
    const { entry } = held;
    const doneDir = entry.wishes.doneDir ?? this.#settings.doneDir;
    if (entry.kind === 'fetch' && doneDir !== null && resolve(doneDir) !== entry.folder)
      await this.move(held, doneDir).catch((error: unknown) =>
        held.log.add(`it could not be moved to ${doneDir}: ${(error as Error).message}`),
      );
    // Only now: killed before, it is moved after the next start.
    this.#update(held, { ...held.entry, doneAt: new Date() });
    this.#tell({ type: 'done', entry: held.entry });
    if (entry.kind === 'fetch') this.#options.onDone?.(held);
    this.balance();
  }

  #update(held: Held, entry: RosterEntry): void {
    this.peer.state.roster.update(entry);
    held.entry = entry;
    held.forget();
    this.#tellChanged(held);
  }

  #tellChanged(held: Held): void {
    held.changedAt = new Date();
    this.#tell({ type: 'changed', entry: held.entry });
  }

  #tell(event: SessionEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
