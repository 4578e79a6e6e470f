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
import type { HeldIndex } from './held-index.ts';
import type { Held } from './held.ts';
import type { Upkeep } from './upkeep.ts';
import { mannerOf } from './wishes.ts';

/** Shares that start at once: each may read and hash its files. */
const MAX_STARTING = 4;

/** What the runner needs of the session. */
export interface RunnerHost {
  readonly peer: ShoalPeer;
  readonly shares: HeldIndex;
  readonly settings: () => Settings;
  readonly upkeep: Pick<Upkeep, 'isReady' | 'holdsAll' | 'holdsDownloads'>;
  /** Asked when the metadata is known. @throws ShoalError */
  chosenFiles(held: Held, metainfo: Metainfo): ReadonlySet<number>;
  applyWishes(held: Held, share: Share): void;
  /** Its state is another one: listeners are told. */
  onChanged(held: Held): void;
  /** All that is wanted of it is here for the first time. */
  onWhole(held: Held): Promise<void>;
}

export class Runner {
  readonly #host: RunnerHost;
  /** Shares whose turn has come, and that wait for others to have started. */
  readonly #queue: Held[] = [];
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
      if (!this.#isClosed && this.#host.upkeep.isReady) this.#balance();
    });
  }

  #balance(): void {
    const { maxDownloads, maxSeeds, stalledMinutes, labels } = this.#host.settings();
    const wanted = this.#host.shares.all.filter(
      (held) => !held.entry.wishes.isPaused && held.failure === undefined,
    );
    const stalledMs = (stalledMinutes ?? Number.POSITIVE_INFINITY) * 60_000;
    const now = performance.now();
    const candidates = wanted.map((held) => ({
      id: held.entry.id,
      priority: held.entry.wishes.priority,
      position: held.entry.wishes.position,
      isForced: held.entry.wishes.isForced,
      isWhole: held.isWhole,
      isRunning: held.isRunning,
      isStalled: now - held.movedAt > stalledMs,
      labels: held.entry.wishes.labels,
    }));
    const maxOfLabel = new Map(
      Object.entries(labels).flatMap(([label, { maxDownloads: most }]) =>
        most === undefined || most === null ? [] : [[label, most] as const],
      ),
    );
    const { holdsAll, holdsDownloads } = this.#host.upkeep;
    const allowed = decide(candidates, { maxDownloads, maxSeeds, maxOfLabel, holdsAll, holdsDownloads });
    for (const held of wanted) {
      const mayRun = allowed.has(held.entry.id);
      const hasChanged = held.isQueued === mayRun;
      held.isQueued = !mayRun;
      if (mayRun && !held.isRunning) this.#enqueue(held);
      else if (!mayRun && held.isRunning) void this.stop(held);
      if (hasChanged) this.#host.onChanged(held);
    }
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
      if (held.entry.wishes.isPaused || !this.#host.shares.has(held)) continue;
      this.#starting++;
      held.starting = this.run(held).finally(() => {
        this.#starting--;
        this.#startNext();
      });
    }
  }

  /** What it failed of may be over. */
  retry(held: Held): void {
    held.failure = undefined;
    this.balance();
  }

  /** A share whose folder does not answer fails for now, and makes room for the start of others. */
  async #reach(held: Held): Promise<void> {
    let failure: unknown;
    const onAnswer = (): void => {
      if (held.failure !== undefined && held.failure === failure) this.retry(held);
    };
    await this.probe.reach(held.entry.folder, { onAnswer }).catch((error: unknown) => {
      failure = error;
      throw error;
    });
  }

  async run(held: Held): Promise<void> {
    held.isStarting = true;
    try {
      await held.stopping;
      await this.#reach(held);
      held.before = held.record() ?? held.before;
      this.watch(held, await this.#open(held));
    } catch (error) {
      this.#fail(held, error);
    } finally {
      held.isStarting = false;
    }
  }

  #open(held: Held): Promise<Share> {
    const { entry } = held;
    const { peer } = this.#host;
    const { torrents } = peer.state;
    const path = torrents.pathOf(entry.key);
    const { trackers, announce } = entry.wishes;
    if (entry.kind === 'place') {
      const bytes = torrents.read(entry.key);
      const decoded = bytes === undefined ? undefined : decodeMetainfo(bytes, nodeHasher);
      if (decoded?.ok !== true) throw new ShoalError('not-found', `${path} is gone: share the folder again`);
      return peer.seed(decoded.value, entry.folder, { trackers, announce, isRoot: true });
    }
    const link = entry.link ?? (existsSync(path) ? path : undefined);
    if (link === undefined) throw new ShoalError('not-found', `${path} is gone: add the torrent again`);
    return peer.get(link, {
      outputDir: entry.folder,
      trackers,
      announce,
      manner: mannerOf(entry.wishes),
      select: (metainfo) => this.#host.chosenFiles(held, metainfo),
      onWarning: (text) => held.log.add(text, true),
    });
  }

  watch(held: Held, share: Share): void {
    share.onNotice = (text) => held.log.add(text);
    held.log.add('it is started');
    this.#host.applyWishes(held, share);
    held.movedAt = performance.now();
    held.failure = undefined;
    held.times.startedAt = new Date();
    held.times.note(share.phase, performance.now());
    this.#host.onChanged(held);
    share.done.then(
      () => {
        // A state folder that cannot be written to must not end the peer.
        if (held.entry.doneAt === undefined)
          this.#host.onWhole(held).catch((error: unknown) => held.log.add((error as Error).message));
      },
      (error: unknown) => {
        if (share.phase === 'failed') void share.stop().then(() => this.#fail(held, error));
      },
    );
  }

  /** A share that was stopped by the person has not failed. */
  #fail(held: Held, error: unknown): void {
    const isStopped = (error instanceof ShoalError && error.code === 'aborted') || held.isQueued;
    if (!isStopped) held.log.add(`it failed: ${(error as Error).message}`, true);
    if (isStopped || held.entry.wishes.isPaused || this.#isClosed) return;
    held.forget();
    held.failure = whyOf(error);
    held.failedAt = performance.now();
    this.#host.onChanged(held);
    this.balance();
  }

  stop(held: Held): Promise<void> {
    const at = this.#queue.indexOf(held);
    if (at >= 0) this.#queue.splice(at, 1);
    held.isWaiting = false;
    if (held.entry.wishes.isPaused) held.failure = undefined;
    const stopped = this.#stopNow(held);
    held.stopping = stopped;
    return stopped;
  }

  async #stopNow(held: Held): Promise<void> {
    held.times.note(undefined, performance.now());
    // Stopped within a move, it would look in one folder at the next start, with its files in the other.
    await held.fileWork;
    // A start that is under way makes its share when it has read the link: then it is stopped as well.
    await held.share?.stop();
    if (held.isStarting) {
      await held.starting;
      await held.share?.stop();
    }
    held.forget();
    this.#host.onChanged(held);
  }
}

function whyOf(error: unknown): ShoalError {
  if (!(error instanceof ShoalError)) return new ShoalError('io-error', String(error), error);
  const { code, message, shortage } = error;
  if (shortage === undefined) return error;
  return new ShoalError(code, `${message}: it goes on by itself when there is room`, error, shortage);
}
