/**
 * Checks every few seconds: the clock and the network decide the mode, the disk must have room, the watch folder and the
 * feeds may hold new shares, and shares that reached a goal are paused.
 */
import { splitLinks } from '../../../data/content/link-list.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { Filter } from '../../../ground/filter.ts';
import type { DiskSpace } from '../../../ground/node/disk-space.ts';
import { withTimeLimit } from '../../../ground/node/time-limit.ts';
import type { Clock, Timer } from '../../../ground/ports.ts';
import type { Reach } from '../share/link-source.ts';
import type { RosterTable } from '../state/roster-table.ts';
import type { Settings } from '../settings.ts';
import { hasRoomAgain, isShortOfRoom } from './core/scheduler.ts';
import type { RosterEntry } from './entry.ts';
import { Feeds } from './feeds.ts';
import { goalsOf, reachedGoal } from './goals.ts';
import { defaultInterface, type Mode, modeOf } from './schedule.ts';
import { WatchFolder } from './watch-folder.ts';

const LOOK_MS = 5000;
/** A start waits no longer for a first look: a folder on a network drive may never answer. */
export const LOOK_LIMIT_MS = 10_000;

interface AddOptions {
  readonly folder: string;
  readonly preferences?: { readonly labels: readonly string[] };
  readonly reach?: Reach;
}

/** The part of the roster that the checks need. */
export interface ChecksHost {
  readonly settings: Settings;
  readonly downloadDir: string;
  readonly space: Pick<DiskSpace, 'look'>;
  readonly all: readonly RosterEntry[];
  /** Takes what lies in the watch folder. */
  openWatched(link: string | Uint8Array): Promise<unknown>;
  addLink(link: string, options: AddOptions): Promise<unknown>;
  pause(entry: RosterEntry, isFinished: boolean): Promise<void>;
  /** Starts a share again that failed. */
  retry(entry: RosterEntry): void;
  folderFor(labels: readonly string[]): string;
  /** What was added from feeds, over restarts. */
  readonly peer: {
    readonly filter: Filter;
    readonly state: { readonly roster: Pick<RosterTable, 'seenInFeeds' | 'rememberFeeds'> };
  };
  applyLimits(): void;
  balance(): void;
}

export class PeriodicChecks {
  readonly #roster: ChecksHost;
  readonly #clock: Clock;
  readonly #watch: WatchFolder;
  readonly feeds: Feeds;
  #timer: Timer | undefined;
  #isLooking = false;
  mode: Mode = 'full';
  /** Too little room on the disk. */
  holdsDownloads = false;
  /** It has looked once: what may run is known. */
  isReady = false;

  constructor(roster: ChecksHost, clock: Clock) {
    this.#roster = roster;
    this.#clock = clock;
    const table = roster.peer.state.roster;
    this.feeds = new Feeds({
      settings: () => roster.settings,
      filter: roster.peer.filter,
      folderFor: (labels) => roster.folderFor(labels),
      addLink: (link, options) => roster.addLink(link, options),
      seen: () => table.seenInFeeds(),
      remember: (ids) => table.rememberFeeds(ids),
    });
    this.#watch = new WatchFolder({
      onTorrent: async (bytes) => {
        await roster.openWatched(bytes);
      },
      onLinks: async (text) => {
        for (const link of splitLinks(text)) await roster.openWatched(link);
      },
    });
  }

  get holdsAll(): boolean {
    return this.mode === 'pause';
  }

  /** @throws ShoalError aborted */
  async start(signal?: AbortSignal): Promise<void> {
    await withTimeLimit('a folder', this.look(), { ms: LOOK_LIMIT_MS, signal }).catch(() => {
      if (signal?.aborted === true) throw new ShoalError('aborted', 'interrupted');
    });
    // One folder that does not answer keeps no share of another from starting.
    this.isReady = true;
    this.#roster.balance();
    this.#arm();
  }

  #arm(): void {
    this.#timer = this.#clock.after(LOOK_MS, () => {
      this.#arm();
      void this.look();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Looks now. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#lookAtSurroundings();
      const { watchDir, removesWatched } = this.#roster.settings;
      if (watchDir !== null) await this.#watch.look(watchDir, removesWatched);
      this.#lookAtGoals();
      await this.#lookForRoom();
      // A slow server must not hold up the rest.
      if (this.#roster.settings.feeds.length > 0) void this.feeds.look(new Date());
    } catch {
      // A disk that is full, a folder that went: the next look is soon.
    } finally {
      this.#isLooking = false;
      this.isReady = true;
      this.#roster.balance();
    }
  }

  async #lookAtSurroundings(): Promise<void> {
    const { settings, downloadDir, space } = this.#roster;
    const { meteredInterfaces, minFreeBytes } = settings;
    const way = meteredInterfaces.length === 0 ? undefined : await defaultInterface();
    const isMetered = way !== undefined && meteredInterfaces.includes(way);
    const mode = modeOf(settings, new Date(), isMetered);
    const room = minFreeBytes === 0 ? undefined : await space.look(downloadDir).catch(() => undefined);
    this.holdsDownloads = room !== undefined && room.free < minFreeBytes;
    if (mode === this.mode) return;
    this.mode = mode;
    this.#roster.applyLimits();
  }

  /** Shares that rest because their disk is too small go on when it has room. */
  async #lookForRoom(): Promise<void> {
    for (const entry of this.#roster.all) {
      const { state } = entry;
      if (!isShortOfRoom(state) || entry.stored.preferences.isPaused) continue;
      const { shortage } = state.failure;
      const room =
        shortage === undefined
          ? undefined
          : await this.#roster.space.look(shortage.folder).catch(() => undefined);
      const isOver = hasRoomAgain(state, this.#clock.now(), room?.free);
      if (isOver && entry.state === state) this.#roster.retry(entry);
    }
  }

  #lookAtGoals(): void {
    const now = this.#clock.now();
    const { settings } = this.#roster;
    for (const entry of this.#roster.all) {
      const { ratio, seeding, idle } = goalsOf(entry.stored.preferences, settings);
      const hasGoal = ratio !== null || seeding !== null || idle !== null;
      if (!hasGoal || entry.share?.phase !== 'seeding') continue;
      const { uploaded } = entry.totals;
      const idleMinutes = (now - entry.movedAt) / 60_000;
      entry.times.note('seeding', now);
      const seedingMinutes = entry.times.seedingSeconds / 60;
      const given = { uploaded, size: entry.size().total, seedingMinutes, idleMinutes };
      const reason = reachedGoal(given, entry.stored.preferences, settings);
      if (reason === undefined) continue;
      entry.log.add(`paused: ${reason}`);
      this.#roster.pause(entry, true).catch((error: unknown) => entry.log.add((error as Error).message));
    }
  }
}
