/**
 * The session of an always-on peer: every share that it holds, running or paused, across restarts and crashes. What a
 * person wants is written to the roster before it is done, so that a crash loses no wish; what is known of the data is
 * the share's own record.
 *
 * A paused share does not run: it has no connections, no announces, no open files.
 */
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { formatMagnet } from '../content/magnet.ts';
import { decodeMetainfo, encodeMetainfo, type Metainfo } from '../content/metainfo.ts';
import { toHex } from '../ground/bytes.ts';
import { ShoalError } from '../ground/errors.ts';
import { nodeHasher } from '../ground/node/hasher.ts';
import { readLink } from '../peer/link-source.ts';
import type { FetchManner } from '../peer/manner.ts';
import type { ShoalPeer } from '../peer/peer.ts';
import type { Share } from '../peer/share.ts';
import { NO_WISHES, type RosterEntry } from '../storage/node/roster-table.ts';
import { PRIORITIES, type Settings, type Wishes } from '../storage/wishes.ts';
import { Held } from './held.ts';
import { RateHistory, SAMPLE_SECONDS } from './history.ts';
import { removeData } from './remove-data.ts';

/** Shares that start at once: each may read and hash its files. */
const MAX_STARTING = 4;

export interface AddOptions {
  /** Where fetched files go. */
  readonly folder: string;
  readonly wishes?: Partial<Wishes> | undefined;
}

export type SessionEvent =
  | { readonly type: 'added' | 'changed' | 'done'; readonly entry: RosterEntry }
  | { readonly type: 'removed'; readonly id: number; readonly key: string };

export class Session {
  readonly peer: ShoalPeer;
  readonly #held = new Map<number, Held>();
  readonly #listeners = new Set<(event: SessionEvent) => void>();
  readonly #queue: Held[] = [];
  readonly #sampler: NodeJS.Timeout;
  /** Of all shares together. */
  readonly rates: RateHistory = new RateHistory();
  readonly startedAt: Date = new Date();
  #starting = 0;
  #isClosed = false;
  #settings: Settings;

  constructor(peer: ShoalPeer) {
    this.peer = peer;
    const { download, upload } = peer.limits;
    this.#settings = {
      startsAdded: true,
      downloadLimit: Number.isFinite(download) ? download : null,
      uploadLimit: Number.isFinite(upload) ? upload : null,
      ...peer.state.roster.settings(),
    };
    this.#applyLimits();
    for (const entry of peer.state.roster.list()) this.#hold(entry);
    for (const held of this.#held.values()) if (!held.entry.wishes.isPaused) this.#enqueue(held);
    this.#sampler = setInterval(() => this.#sample(), SAMPLE_SECONDS * 1000).unref();
  }

  #sample(): void {
    let [download, upload] = [0, 0];
    for (const held of this.#held.values()) {
      const status = held.share?.status();
      held.rates.add(status?.downloadRate ?? 0, status?.uploadRate ?? 0);
      download += status?.downloadRate ?? 0;
      upload += status?.uploadRate ?? 0;
    }
    this.rates.add(download, upload);
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Noted, and true from now on. */
  configure(settings: Partial<Settings>): void {
    for (const name of Object.keys(settings) as (keyof Settings)[])
      if (settings[name] !== undefined) this.peer.state.roster.set(name, settings[name]);
    this.#settings = { ...this.#settings, ...settings };
    this.#applyLimits();
  }

  #applyLimits(): void {
    const { downloadLimit, uploadLimit } = this.#settings;
    this.peer.setLimits({
      download: downloadLimit ?? Number.POSITIVE_INFINITY,
      upload: uploadLimit ?? Number.POSITIVE_INFINITY,
    });
  }

  get all(): readonly Held[] {
    return [...this.#held.values()];
  }

  find(id: number): Held | undefined {
    return this.#held.get(id);
  }

  /** By info hash: v1, or v2 whole or cut to 20 bytes. */
  findByHash(hash: string): Held | undefined {
    const wanted = hash.toLowerCase();
    for (const held of this.#held.values()) if (held.hasHash(wanted)) return held;
    return undefined;
  }

  /** @returns stop listening */
  listen(listener: (event: SessionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Fetches what a link names: a magnet link, an info hash, a torrent file or its address.
   * @returns the share, and whether it was there before
   * @throws ShoalError bad-link, bad-torrent, not-found
   */
  async addLink(
    link: string,
    options: AddOptions,
  ): Promise<{ readonly held: Held; readonly isNew: boolean }> {
    const source = await readLink(link);
    if ('metainfo' in source) return this.addTorrent(source.metainfo, options);
    const { infoHashV1, infoHashV2 } = source.magnet;
    const text = /^magnet:/i.test(link) ? link : formatMagnet(source.magnet);
    return this.#add(toHex(infoHashV1 ?? infoHashV2!), 'fetch', options.folder, text, options.wishes);
  }

  /** The same for a torrent file that a program sends. @throws ShoalError bad-torrent */
  addTorrentBytes(bytes: Uint8Array, options: AddOptions): { readonly held: Held; readonly isNew: boolean } {
    const decoded = decodeMetainfo(bytes, nodeHasher);
    if (!decoded.ok)
      throw ShoalError.fromMalformed('bad-torrent', 'this is no valid torrent file', decoded.error);
    return this.addTorrent(decoded.value, options);
  }

  /** Fetches what a torrent describes, or seeds it if it is all there. */
  addTorrent(
    metainfo: Metainfo,
    { folder, wishes }: AddOptions,
  ): { readonly held: Held; readonly isNew: boolean } {
    const key = toHex(metainfo.infoHashV1 ?? metainfo.infoHashV2!);
    const place = { folder: resolve(folder), kind: 'fetch' } as const;
    this.peer.state.torrents.save(key, place, encodeMetainfo(metainfo));
    return this.#add(key, 'fetch', folder, undefined, wishes);
  }

  /**
   * Shares a file or folder in place.
   * @throws ShoalError not-found, no-permission, …
   */
  async addPath(
    path: string,
    wishes?: Partial<Wishes>,
  ): Promise<{ readonly held: Held; readonly isNew: boolean }> {
    const root = await realpath(path).catch(() => resolve(path));
    const twin = this.all.find(({ entry }) => entry.kind === 'place' && entry.folder === root);
    if (twin !== undefined) return { held: twin, isNew: false };
    const share = await this.peer.share(root, { trackers: wishes?.trackers });
    const added = this.#add(share.key, 'place', share.folder, undefined, wishes, true);
    if (added.held.entry.wishes.isPaused) await share.stop();
    else this.#watch(added.held, share);
    return added;
  }

  /** It goes on from where it was. */
  start(held: Held): void {
    this.change(held, { isPaused: false });
    if (held.share === undefined && !held.isWaiting) this.#enqueue(held);
  }

  async pause(held: Held): Promise<void> {
    this.change(held, { isPaused: true });
    await this.#stop(held);
  }

  /** @param deletesData of a fetched share; what is shared in place belongs to the person */
  async remove(held: Held, deletesData: boolean): Promise<void> {
    this.peer.state.roster.remove(held.entry.id);
    this.#held.delete(held.entry.id);
    await this.#stop(held);
    const { metainfo } = held;
    const { key, folder, kind } = held.entry;
    const isDeleting = deletesData && kind === 'fetch';
    if (isDeleting && metainfo !== undefined) await removeData(metainfo, folder);
    const { shares, torrents } = this.peer.state;
    if (isDeleting) shares.remove(key, folder);
    // What is known of data that stays is kept: added again, it need not be read.
    if (!shares.has(key, folder)) torrents.drop(key, folder);
    this.#tell({ type: 'removed', id: held.entry.id, key: held.entry.key });
  }

  /** Moves the files of a fetched share, while it goes on. @throws ShoalError */
  async move(held: Held, folder: string): Promise<void> {
    const { share } = held;
    if (share === undefined) throw new ShoalError('unsupported', `"${held.name}" is paused: start it first`);
    await share.moveTo(resolve(folder));
    this.#update(held, { ...held.entry, folder: share.folder });
  }

  /** Its data lies in another folder now: looks there, and hashes what it finds. */
  async relocate(held: Held, folder: string): Promise<void> {
    await this.#stop(held);
    this.#update(held, { ...held.entry, folder: resolve(folder) });
    if (!held.entry.wishes.isPaused) this.#enqueue(held);
  }

  /** Hashes all data again. A paused share stays paused afterwards, and is checked when it is started. */
  async verify(held: Held): Promise<void> {
    await this.#stop(held);
    this.peer.state.shares.distrust(held.entry.key, held.entry.folder);
    if (!held.entry.wishes.isPaused) this.#enqueue(held);
  }

  /** Chooses files, by their indexes. @throws ShoalError */
  async select(held: Held, unwanted: readonly number[]): Promise<void> {
    this.change(held, { unwanted });
    const { share, metainfo } = held;
    if (share?.metainfo === undefined || metainfo === undefined || share.phase === 'checking') return;
    const left = metainfo.info.files.keys().filter((file) => !unwanted.includes(file));
    await share.select(new Set(left));
  }

  /** Notes what a person wants from now on. */
  change(held: Held, wishes: Partial<Wishes>): void {
    this.#update(held, { ...held.entry, wishes: { ...held.entry.wishes, ...wishes } });
    held.share?.setLimits(held.entry.wishes);
    held.share?.setManner(mannerOf(held.entry.wishes));
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
    this.#isClosed = true;
    clearInterval(this.#sampler);
    this.#queue.length = 0;
    await this.peer.close();
    await Promise.all([...this.#held.values()].map(({ starting }) => starting));
  }

  #add(
    key: string,
    kind: 'place' | 'fetch',
    folder: string,
    link: string | undefined,
    wishes: Partial<Wishes> = {},
    isRunning = false,
  ): { readonly held: Held; readonly isNew: boolean } {
    const twin = this.findByHash(key);
    if (twin !== undefined) return { held: twin, isNew: false };
    const position = Math.max(0, ...this.all.map(({ entry }) => entry.wishes.position + 1));
    const entry = this.peer.state.roster.add({
      key,
      kind,
      folder: resolve(folder),
      link,
      wishes: { ...NO_WISHES, isPaused: !this.#settings.startsAdded, position, ...wishes },
    });
    const held = this.#hold(entry);
    if (!isRunning && !entry.wishes.isPaused) this.#enqueue(held);
    this.#tell({ type: 'added', entry });
    return { held, isNew: true };
  }

  #hold(entry: RosterEntry): Held {
    const held = new Held(this.peer, entry);
    this.#held.set(entry.id, held);
    return held;
  }

  #enqueue(held: Held): void {
    held.isWaiting = true;
    held.failure = undefined;
    this.#queue.push(held);
    this.#startNext();
  }

  #startNext(): void {
    while (this.#starting < MAX_STARTING && !this.#isClosed) {
      const held = this.#queue.shift();
      if (held === undefined) return;
      held.isWaiting = false;
      if (held.entry.wishes.isPaused || this.#held.get(held.entry.id) !== held) continue;
      this.#starting++;
      held.starting = this.#run(held).finally(() => {
        this.#starting--;
        this.#startNext();
      });
    }
  }

  async #run(held: Held): Promise<void> {
    held.before = held.record() ?? held.before;
    try {
      const share = await this.#open(held);
      this.#watch(held, share);
    } catch (error) {
      this.#fail(held, error);
    }
  }

  #open({ entry }: Held): Promise<Share> {
    const { peer } = this;
    const { torrents } = peer.state;
    const path = torrents.pathOf(entry.key);
    const { trackers, unwanted } = entry.wishes;
    if (entry.kind === 'place') {
      const bytes = torrents.read(entry.key);
      const decoded = bytes === undefined ? undefined : decodeMetainfo(bytes, nodeHasher);
      if (decoded?.ok !== true) throw new ShoalError('not-found', `${path} is gone: share the folder again`);
      return peer.seed(decoded.value, entry.folder, { trackers });
    }
    const select = ({ info }: Metainfo): ReadonlySet<number> =>
      new Set(info.files.keys().filter((file) => !unwanted.includes(file)));
    const link = entry.link ?? (existsSync(path) ? path : undefined);
    if (link === undefined) throw new ShoalError('not-found', `${path} is gone: add the torrent again`);
    return peer.get(link, {
      outputDir: entry.folder,
      trackers,
      ...(unwanted.length === 0 ? {} : { select }),
    });
  }

  #watch(held: Held, share: Share): void {
    share.onNotice = (text) => held.log.add(text);
    held.log.add('it is started');
    share.setLimits(held.entry.wishes);
    share.setManner(mannerOf(held.entry.wishes));
    held.failure = undefined;
    held.activeAt = new Date();
    this.#tell({ type: 'changed', entry: held.entry });
    share.done.then(
      () => {
        if (held.entry.doneAt !== undefined) return;
        this.#update(held, { ...held.entry, doneAt: new Date() });
        held.log.add('all that is wanted is here');
        this.#tell({ type: 'done', entry: held.entry });
      },
      (error: unknown) => {
        if (share.phase === 'failed') void share.stop().then(() => this.#fail(held, error));
      },
    );
  }

  /** A share that was stopped by the person has not failed. */
  #fail(held: Held, error: unknown): void {
    const isStopped = error instanceof ShoalError && error.code === 'aborted';
    if (!isStopped) held.log.add(`it failed: ${(error as Error).message}`);
    if (isStopped || held.entry.wishes.isPaused || this.#isClosed) return;
    held.forget();
    held.failure = error instanceof ShoalError ? error : new ShoalError('io-error', String(error), error);
    this.#tell({ type: 'changed', entry: held.entry });
  }

  async #stop(held: Held): Promise<void> {
    const at = this.#queue.indexOf(held);
    if (at >= 0) this.#queue.splice(at, 1);
    held.isWaiting = false;
    held.failure = undefined;
    // A start that is under way makes its share when it has read the link: then it is stopped as well.
    await held.share?.stop();
    await held.starting;
    await held.share?.stop();
    held.forget();
  }

  #update(held: Held, entry: RosterEntry): void {
    this.peer.state.roster.update(entry);
    held.entry = entry;
    held.forget();
    this.#tell({ type: 'changed', entry });
  }

  #tell(event: SessionEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function mannerOf({ isSequential, isOnDemand, priorities }: Wishes): FetchManner {
  const byFile = Object.entries(priorities).map(
    ([file, level]) => [Number(file), PRIORITIES[level]] as const,
  );
  return { isSequential, isOnDemand, priorities: new Map(byFile) };
}
