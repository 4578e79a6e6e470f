/**
 * Starts and stops shares as their turn comes: asks `activity.ts` which may run, starts a few at a time, and notes why
 * one does not run although it should. One start and one stop of a share never overlap.
 */
import { existsSync } from 'node:fs';
import { decodeMetainfo, type Metainfo } from '../../../data/content/metainfo.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import type { ShoalPeer } from '../share/peer.ts';
import type { Share } from '../share/share.ts';
import type { Settings } from '../core/settings.ts';
import { decide } from './activity.ts';
import { FolderProbe } from './folder-probe.ts';
import type { EntryIndex } from './entry-index.ts';
import type { RosterEntry } from './entry.ts';
import type { PeriodicChecks } from './periodic-checks.ts';
import { strategyOf } from './preferences.ts';

/** Shares that start at once: each may read and hash its files. */
const MAX_STARTING = 4;

/** The part of the roster that the runner needs. */
export interface RunnerHost {
  readonly peer: ShoalPeer;
  readonly shares: EntryIndex;
  readonly settings: () => Settings;
  readonly checks: Pick<PeriodicChecks, 'isReady' | 'holdsAll' | 'holdsDownloads'>;
  /** Asked when the metadata is known. @throws ShoalError */
  chosenFiles(entry: RosterEntry, metainfo: Metainfo): ReadonlySet<number>;
  applyPreferences(entry: RosterEntry, share: Share): void;
  /** Its state is another one: listeners are told. */
  onChanged(entry: RosterEntry): void;
  /** All that is wanted of it is here for the first time. */
  onWhole(entry: RosterEntry): Promise<void>;
}

export class Runner {
  readonly #host: RunnerHost;
  /** Shares whose turn has come, and that wait for others to have started. */
  readonly #queue: RosterEntry[] = [];
  readonly probe: FolderProbe = new FolderProbe();
  #starting = 0;
  #isBalancing = false;
  #isClosed = false;

  constructor(host: RunnerHost) {
    this.#host = host;
  }

  /** Starts nothing from now on. */
  close(): void {
    this.#isClosed = true;
    this.#queue.length = 0;
  }

  /** Starts and stops what has to be; once, however much changed. */
  balance(): void {
    if (this.#isBalancing || this.#isClosed) return;
    this.#isBalancing = true;
    queueMicrotask(() => {
      this.#isBalancing = false;
      if (!this.#isClosed && this.#host.checks.isReady) this.#balance();
    });
  }

  #balance(): void {
    const { maxDownloads, maxSeeds, stalledMinutes, labels } = this.#host.settings();
    const wanted = this.#host.shares.all.filter(
      (entry) => !entry.stored.preferences.isPaused && entry.failure === undefined,
    );
    const stalledMs = (stalledMinutes ?? Number.POSITIVE_INFINITY) * 60_000;
    const now = performance.now();
    const candidates = wanted.map((entry) => ({
      id: entry.stored.id,
      priority: entry.stored.preferences.priority,
      position: entry.stored.preferences.position,
      isForced: entry.stored.preferences.isForced,
      isWhole: entry.isWhole,
      isRunning: entry.isRunning,
      isStalled: now - entry.movedAt > stalledMs,
      labels: entry.stored.preferences.labels,
    }));
    const maxOfLabel = new Map(
      Object.entries(labels).flatMap(([label, { maxDownloads: most }]) =>
        most === undefined || most === null ? [] : [[label, most] as const],
      ),
    );
    const { holdsAll, holdsDownloads } = this.#host.checks;
    const allowed = decide(candidates, { maxDownloads, maxSeeds, maxOfLabel, holdsAll, holdsDownloads });
    for (const entry of wanted) {
      const mayRun = allowed.has(entry.stored.id);
      const hasChanged = entry.isQueued === mayRun;
      entry.isQueued = !mayRun;
      if (mayRun && !entry.isRunning) this.#enqueue(entry);
      else if (!mayRun && entry.isRunning) void this.stop(entry);
      if (hasChanged) this.#host.onChanged(entry);
    }
  }

  #enqueue(entry: RosterEntry): void {
    entry.isWaiting = true;
    entry.failure = undefined;
    this.#queue.push(entry);
    this.#startNext();
  }

  #startNext(): void {
    while (this.#starting < MAX_STARTING && !this.#isClosed) {
      const entry = this.#queue.shift();
      if (entry === undefined) return;
      entry.isWaiting = false;
      if (entry.stored.preferences.isPaused || !this.#host.shares.has(entry)) continue;
      this.#starting++;
      entry.starting = this.run(entry).finally(() => {
        this.#starting--;
        this.#startNext();
      });
    }
  }

  /** What it failed of may be over. */
  retry(entry: RosterEntry): void {
    entry.failure = undefined;
    this.balance();
  }

  /** A share whose folder does not answer fails for now, and makes room for the start of others. */
  async #reach(entry: RosterEntry): Promise<void> {
    let failure: unknown;
    const onAnswer = (): void => {
      if (entry.failure !== undefined && entry.failure === failure) this.retry(entry);
    };
    await this.probe.reach(entry.stored.folder, { onAnswer }).catch((error: unknown) => {
      failure = error;
      throw error;
    });
  }

  async run(entry: RosterEntry): Promise<void> {
    entry.isStarting = true;
    try {
      await entry.stopping;
      await this.#reach(entry);
      entry.before = entry.record() ?? entry.before;
      this.watch(entry, await this.#open(entry));
    } catch (error) {
      this.#fail(entry, error);
    } finally {
      entry.isStarting = false;
    }
  }

  #open(entry: RosterEntry): Promise<Share> {
    const { stored } = entry;
    const { peer } = this.#host;
    const { torrents } = peer.state;
    const path = torrents.pathOf(stored.key);
    const { trackers, announce } = stored.preferences;
    if (stored.kind === 'place') {
      const bytes = torrents.read(stored.key);
      const decoded = bytes === undefined ? undefined : decodeMetainfo(bytes, nodeHasher);
      if (decoded?.ok !== true) throw new ShoalError('not-found', `${path} is gone: share the folder again`);
      return peer.seed(decoded.value, stored.folder, { trackers, announce, isRoot: true });
    }
    const link = stored.link ?? (existsSync(path) ? path : undefined);
    if (link === undefined) throw new ShoalError('not-found', `${path} is gone: add the torrent again`);
    return peer.get(link, {
      outputDir: stored.folder,
      trackers,
      announce,
      strategy: strategyOf(stored.preferences),
      select: (metainfo) => this.#host.chosenFiles(entry, metainfo),
      onWarning: (text) => entry.log.add(text, true),
    });
  }

  watch(entry: RosterEntry, share: Share): void {
    share.onNotice = (text) => entry.log.add(text);
    entry.log.add('it is started');
    this.#host.applyPreferences(entry, share);
    entry.movedAt = performance.now();
    entry.failure = undefined;
    entry.times.startedAt = new Date();
    entry.times.note(share.phase, performance.now());
    this.#host.onChanged(entry);
    share.done.then(
      () => {
        // A state folder that cannot be written to must not end the peer.
        if (entry.stored.doneAt === undefined)
          this.#host.onWhole(entry).catch((error: unknown) => entry.log.add((error as Error).message));
      },
      (error: unknown) => {
        if (share.phase === 'failed') void share.stop().then(() => this.#fail(entry, error));
      },
    );
  }

  /** A share that was stopped by the person has not failed. */
  #fail(entry: RosterEntry, error: unknown): void {
    const isStopped = (error instanceof ShoalError && error.code === 'aborted') || entry.isQueued;
    if (!isStopped) entry.log.add(`it failed: ${(error as Error).message}`, true);
    if (isStopped || entry.stored.preferences.isPaused || this.#isClosed) return;
    entry.forget();
    entry.failure = whyOf(error);
    entry.failedAt = performance.now();
    this.#host.onChanged(entry);
    this.balance();
  }

  stop(entry: RosterEntry): Promise<void> {
    const at = this.#queue.indexOf(entry);
    if (at >= 0) this.#queue.splice(at, 1);
    entry.isWaiting = false;
    if (entry.stored.preferences.isPaused) entry.failure = undefined;
    const stopped = this.#stopNow(entry);
    entry.stopping = stopped;
    return stopped;
  }

  async #stopNow(entry: RosterEntry): Promise<void> {
    entry.times.note(undefined, performance.now());
    // Stopped within a move, it would look in one folder at the next start, with its files in the other.
    await entry.fileWork;
    // A start that is under way makes its share when it has read the link: then it is stopped as well.
    await entry.share?.stop();
    if (entry.isStarting) {
      await entry.starting;
      await entry.share?.stop();
    }
    entry.forget();
    this.#host.onChanged(entry);
  }
}

function whyOf(error: unknown): ShoalError {
  if (!(error instanceof ShoalError)) return new ShoalError('io-error', String(error), error);
  const { code, message, shortage } = error;
  if (shortage === undefined) return error;
  return new ShoalError(code, `${message}: it goes on by itself when there is room`, error, shortage);
}
