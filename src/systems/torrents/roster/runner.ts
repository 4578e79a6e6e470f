/**
 * Drives the scheduler: it tells it what there is to run, opens and stops shares when the machine says so, and answers
 * with what became of it. Every decision is in `core/scheduler.ts`.
 */
import { fromDatabaseError, ShoalError } from '../../../ground/errors.ts';
import { withTimeLimit } from '../../../ground/node/time-limit.ts';
import type { Clock } from '../../../ground/ports.ts';
import { labelOf, type Settings } from '../settings.ts';
import type { ActivityLimits, Candidate } from './core/activity.ts';
import { Scheduler, type ShareState } from './core/scheduler.ts';
import type { Share } from '../share/share.ts';
import type { RosterEntry } from './entry.ts';
import { FolderProbe } from './folder-probe.ts';

/** The part of the roster that the runner needs. */
export interface RunnerHost {
  /** All entries, in any order. */
  readonly entries: () => Iterable<RosterEntry>;
  readonly settings: () => Settings;
  readonly checks: {
    readonly isReady: boolean;
    readonly holdsAll: boolean;
    readonly holdsDownloads: boolean;
  };
  readonly clock: Pick<Clock, 'now'>;
  /** @param signal ends the hashing of its files @throws ShoalError */
  open(entry: RosterEntry, signal: AbortSignal): Promise<Share>;
  /** It has just been opened. */
  applyPreferences(entry: RosterEntry, share: Share): void;
  /** Listeners are told of its new state. */
  onChanged(entry: RosterEntry): void;
  /** All wanted data is here for the first time. */
  onWhole(entry: RosterEntry): Promise<void>;
}

/** Longest wait at the end for starts that were interrupted. */
const SETTLE_MS = 3000;

/** Transitions between them are no news for listeners: an interface shows the same. */
const SILENT: ReadonlySet<ShareState['is']> = new Set([
  'stopped',
  'waiting',
  'starting',
  'stopping',
  'reserved',
]);

export class Runner {
  readonly #host: RunnerHost;
  readonly #scheduler: Scheduler;
  readonly #byId = new Map<number, RosterEntry>();
  /** Starts that are under way, by id. */
  readonly #starts = new Map<number, AbortController>();
  readonly probe: FolderProbe;
  #isBalancing = false;
  #isClosed = false;

  constructor(host: RunnerHost, probe: FolderProbe = new FolderProbe()) {
    this.#host = host;
    this.probe = probe;
    this.#scheduler = new Scheduler({
      onState: (id, state, before) => this.#onState(id, state, before),
      start: (id) => this.#start(id),
      stop: (id) => this.#stop(id),
    });
  }

  add(entry: RosterEntry): void {
    this.#byId.set(entry.stored.id, entry);
    this.#scheduler.add(entry.stored.id);
  }

  /** Resolves when nothing of it runs any more. */
  async remove(entry: RosterEntry): Promise<void> {
    this.#scheduler.remove(entry.stored.id);
    this.#byId.delete(entry.stored.id);
    await entry.stopping;
  }

  /** A share that runs already. */
  adopt(entry: RosterEntry, share: Share): void {
    this.#watch(entry, share);
    this.#scheduler.adopt(entry.stored.id);
  }

  /** Starts nothing from now on, and ends the starts that are under way. */
  close(): void {
    this.#isClosed = true;
    this.#scheduler.close();
    for (const start of this.#starts.values()) start.abort();
  }

  /** Resolves when no start is under way, or a disk does not answer. */
  async settled(): Promise<void> {
    const starts = Promise.all([...this.#byId.values()].map(({ starting }) => starting));
    await withTimeLimit('a folder', starts, { ms: SETTLE_MS }).catch(() => {});
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
    const settings = this.#host.settings();
    const stalledMs = (settings.stalledMinutes ?? Number.POSITIVE_INFINITY) * 60_000;
    const now = this.#host.clock.now();
    const candidates: Omit<Candidate, 'isRunning'>[] = [];
    for (const entry of this.#host.entries()) {
      const { id, preferences } = entry.stored;
      if (preferences.isPaused || entry.isHeld || entry.failure !== undefined) continue;
      const { priority, position, isForced, labels } = preferences;
      const isStalled = now - entry.movedAt > stalledMs;
      candidates.push({ id, priority, position, isForced, labels, isWhole: entry.isWhole, isStalled });
    }
    this.#scheduler.balance(candidates, this.#limitsOf(settings));
  }

  #limitsOf({ maxDownloads, maxSeeds, labels }: Settings): ActivityLimits {
    const maxOfLabel = new Map(
      Object.keys(labels).flatMap((label) => {
        const most = labelOf(labels, label)?.maxDownloads;
        return most === undefined || most === null ? [] : [[label, most] as const];
      }),
    );
    const { holdsAll, holdsDownloads } = this.#host.checks;
    return { maxDownloads, maxSeeds, maxOfLabel, holdsAll, holdsDownloads };
  }

  /** The cause of its failure may be gone. */
  retry(entry: RosterEntry): void {
    this.#scheduler.retry(entry.stored.id);
    this.balance();
  }

  /** The rules have changed: shares that they denied, and deny no longer, start again. */
  retryDenied(isDenied: (entry: RosterEntry) => boolean): void {
    for (const entry of this.#host.entries())
      if (entry.failure?.code === 'denied' && !isDenied(entry)) this.#scheduler.retry(entry.stored.id);
    this.balance();
  }

  /** Resolves when nothing of it runs any more. Its preferences say already that it is paused. */
  async pause(entry: RosterEntry): Promise<void> {
    this.#scheduler.pause(entry.stored.id);
    await entry.stopping;
    // It may have been resumed meanwhile.
    this.balance();
  }

  /** Stops it for the time of some work on its files or its record, whatever the queue says. */
  whileStopped(entry: RosterEntry, work: () => void): Promise<void> {
    return this.#alone(entry, async () => {
      const { id } = entry.stored;
      this.#scheduler.reserve(id);
      try {
        await entry.stopping;
        work();
      } finally {
        this.#scheduler.release(id);
        this.balance();
      }
    });
  }

  /**
   * Runs it for the time of some work on its files, whatever the queue says.
   * @throws ShoalError what it failed of; unsupported when it did not start otherwise
   */
  async whileRunning(entry: RosterEntry, work: (share: Share) => Promise<void>): Promise<void> {
    if (entry.share !== undefined) return this.#workOn(entry, work);
    return this.#alone(entry, async () => {
      await entry.stopping;
      const hasStarted = this.#scheduler.startFileWork(entry.stored.id);
      await entry.starting;
      try {
        await this.#workOn(entry, work);
      } finally {
        if (hasStarted) this.#scheduler.endFileWork(entry.stored.id);
        await entry.stopping;
        this.balance();
      }
    });
  }

  async #workOn(entry: RosterEntry, work: (share: Share) => Promise<void>): Promise<void> {
    const { share } = entry;
    if (share === undefined)
      throw entry.failure ?? new ShoalError('unsupported', `"${entry.name}" does not run`);
    try {
      await share.whenKnown();
      const working = work(share);
      entry.fileWork = Promise.allSettled([entry.fileWork, working]);
      await working;
    } finally {
      this.balance();
    }
  }

  /** One after the other: work that starts a share for itself, or stops it. */
  async #alone(entry: RosterEntry, work: () => Promise<void>): Promise<void> {
    const working = entry.operation.then(work);
    entry.operation = working.catch(() => {});
    await working;
  }

  #onState(id: number, state: ShareState, before: ShareState): void {
    const entry = this.#byId.get(id)!;
    entry.state = state;
    const hasStopped = before.is === 'stopping' && state.is === 'stopped';
    const isSilent = before.is !== 'queued' && SILENT.has(state.is) && !hasStopped;
    if (!isSilent) this.#host.onChanged(entry);
  }

  #start(id: number): void {
    const entry = this.#byId.get(id)!;
    entry.starting = this.#open(entry);
  }

  async #open(entry: RosterEntry): Promise<void> {
    const start = new AbortController();
    this.#starts.set(entry.stored.id, start);
    try {
      await this.#reach(entry);
      entry.before = entry.record() ?? entry.before;
      this.#watch(entry, await this.#host.open(entry, start.signal));
      this.#scheduler.handleStarted(entry.stored.id);
    } catch (error) {
      this.#scheduler.handleStartFailed(
        entry.stored.id,
        this.#failureOf(entry, error),
        this.#host.clock.now(),
      );
      this.balance();
    } finally {
      if (this.#starts.get(entry.stored.id) === start) this.#starts.delete(entry.stored.id);
    }
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

  #watch(entry: RosterEntry, share: Share): void {
    share.onNotice = (text) => entry.log.add(text);
    share.onDenied = (error) => void this.#endFailed(entry, share, error);
    entry.log.add('it is started');
    this.#host.applyPreferences(entry, share);
    const now = this.#host.clock.now();
    entry.movedAt = now;
    entry.times.startedAt = new Date();
    entry.times.note(share.phase, now);
    share.done.then(
      () => {
        // A state folder that cannot be written to must not end the daemon.
        if (entry.stored.doneAt === undefined && !entry.isStaged)
          this.#host.onWhole(entry).catch((error: unknown) => entry.log.add((error as Error).message));
      },
      (error: unknown) => {
        if (share.phase === 'failed') void this.#endFailed(entry, share, error);
      },
    );
  }

  async #endFailed(entry: RosterEntry, share: Share, error: unknown): Promise<void> {
    await share.stop().catch(() => {});
    if (entry.state.is !== 'running') return;
    this.#scheduler.handleRunFailed(entry.stored.id, this.#failureOf(entry, error), this.#host.clock.now());
    this.balance();
  }

  /** Undefined when it did not fail: it was interrupted, is being stopped, or is paused. */
  #failureOf(entry: RosterEntry, error: unknown): ShoalError | undefined {
    const isAborted = error instanceof ShoalError && error.code === 'aborted';
    if (isAborted || entry.state.is === 'stopping') return undefined;
    entry.log.add(`it failed: ${(error as Error).message}`, true);
    entry.forget();
    return entry.stored.preferences.isPaused || this.#isClosed ? undefined : failureOf(error);
  }

  #stop(id: number): void {
    const entry = this.#byId.get(id)!;
    const stopping = this.#end(entry);
    entry.stopping = stopping;
    stopping.catch((error: unknown) => {
      entry.log.add((error as Error).message, true);
      // The callers that wait have the error already.
      if (entry.stopping === stopping) entry.stopping = Promise.resolve();
    });
  }

  async #end(entry: RosterEntry): Promise<void> {
    entry.times.note(undefined, this.#host.clock.now());
    try {
      // Stopped within a move, it would look in one folder at the next start, with its files in the other.
      await entry.fileWork;
      // One that is hashed in place has no share yet.
      this.#starts.get(entry.stored.id)?.abort();
      // A start that is under way makes its share when it has read the link: then it is stopped as well.
      await entry.share?.stop();
      await entry.starting;
      await entry.share?.stop();
    } finally {
      entry.forget();
      this.#scheduler.handleStopped(entry.stored.id);
      this.balance();
    }
  }
}

function failureOf(thrown: unknown): ShoalError {
  const error = fromDatabaseError(thrown) ?? thrown;
  if (!(error instanceof ShoalError)) return new ShoalError('io-error', String(error), error);
  const { code, message, shortage } = error;
  if (shortage === undefined) return error;
  return new ShoalError(code, `${message}: it goes on by itself when there is room`, error, shortage);
}
