/**
 * What a session looks at every few seconds: the clock and the network for what holds now, the disk for room, the watch
 * folder for what is new, and shares that have given enough.
 */
import { splitLinks } from '../../../data/content/link-list.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { DiskSpace } from '../../../ground/node/disk-space.ts';
import { withTimeLimit } from '../../../ground/node/time-limit.ts';
import type { Reach } from '../share/link-source.ts';
import type { ShoalPeer } from '../share/peer.ts';
import type { Settings } from '../core/settings.ts';
import type { Held } from './held.ts';
import { Feeds } from './feeds.ts';
import { goalsOf, reachedGoal } from './goals.ts';
import { defaultInterface, type Mode, modeOf } from './schedule.ts';
import { WatchFolder } from './watch-folder.ts';

const LOOK_MS = 5000;
/** Where it is not known how much room would do, a share that found none tries again so often. */
const ROOM_MS = 60_000;
/** A start waits no longer for a first look: a folder on a network drive may never answer. */
export const LOOK_LIMIT_MS = 10_000;

interface AddOptions {
  readonly folder: string;
  readonly wishes?: { readonly labels: readonly string[] };
  readonly reach?: Reach;
}

/** What it needs of the session. */
export interface UpkeepHost {
  readonly settings: Settings;
  readonly downloadDir: string;
  readonly space: DiskSpace;
  readonly all: readonly Held[];
  addTorrentBytes(bytes: Uint8Array, options: AddOptions): Promise<unknown>;
  addLink(link: string, options: AddOptions): Promise<unknown>;
  pause(held: Held, isFinished: boolean): Promise<void>;
  /** Starts a share again that failed. */
  retry(held: Held): void;
  folderFor(labels: readonly string[]): string;
  readonly peer: Pick<ShoalPeer, 'state'>;
  applyLimits(): void;
  balance(): void;
}

export class Upkeep {
  readonly #session: UpkeepHost;
  readonly #watch: WatchFolder;
  readonly feeds: Feeds;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  mode: Mode = 'full';
  /** Too little room on the disk. */
  holdsDownloads = false;
  /** It has looked once: what may run is known. */
  isReady = false;

  constructor(session: UpkeepHost) {
    this.#session = session;
    const { roster } = session.peer.state;
    this.feeds = new Feeds({
      settings: () => session.settings,
      folderFor: (labels) => session.folderFor(labels),
      addLink: (link, options) => session.addLink(link, options),
      seen: () => roster.seenInFeeds(),
      remember: (ids) => roster.rememberFeeds(ids),
    });
    this.#watch = new WatchFolder({
      onTorrent: async (bytes) => {
        await session.addTorrentBytes(bytes, { folder: session.downloadDir });
      },
      onLinks: async (text) => {
        for (const link of splitLinks(text)) await session.addLink(link, { folder: session.downloadDir });
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
    this.#session.balance();
    this.#timer = setInterval(() => void this.look(), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Looks now. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#lookAtSurroundings();
      const { watchDir, removesWatched } = this.#session.settings;
      if (watchDir !== null) await this.#watch.look(watchDir, removesWatched);
      this.#lookAtGoals();
      await this.#lookForRoom();
      // A slow server must not hold up the rest.
      if (this.#session.settings.feeds.length > 0) void this.feeds.look(new Date());
    } catch {
      // A disk that is full, a folder that went: the next look is soon.
    } finally {
      this.#isLooking = false;
      this.isReady = true;
      this.#session.balance();
    }
  }

  async #lookAtSurroundings(): Promise<void> {
    const { settings, downloadDir, space } = this.#session;
    const { meteredInterfaces, minFreeBytes } = settings;
    const way = meteredInterfaces.length === 0 ? undefined : await defaultInterface();
    const isMetered = way !== undefined && meteredInterfaces.includes(way);
    const mode = modeOf(settings, new Date(), isMetered);
    const room = minFreeBytes === 0 ? undefined : await space.look(downloadDir).catch(() => undefined);
    this.holdsDownloads = room !== undefined && room.free < minFreeBytes;
    if (mode === this.mode) return;
    this.mode = mode;
    this.#session.applyLimits();
  }

  /** Shares that rest because their disk is too small go on when it has room. */
  async #lookForRoom(): Promise<void> {
    for (const held of this.#session.all) {
      if (!held.isShortOfRoom || held.entry.wishes.isPaused) continue;
      const { shortage } = held.failure!;
      const room =
        shortage === undefined
          ? undefined
          : await this.#session.space.look(shortage.folder).catch(() => undefined);
      const hasRoom =
        shortage === undefined
          ? performance.now() - held.failedAt >= ROOM_MS
          : room !== undefined && room.free >= shortage.neededBytes;
      if (hasRoom && held.isShortOfRoom) this.#session.retry(held);
    }
  }

  #lookAtGoals(): void {
    const now = performance.now();
    const { settings } = this.#session;
    for (const held of this.#session.all) {
      const { ratio, seeding, idle } = goalsOf(held.entry.wishes, settings);
      const hasGoal = ratio !== null || seeding !== null || idle !== null;
      if (!hasGoal || held.share?.phase !== 'seeding') continue;
      const { uploaded, downloaded } = held.totals;
      const idleMinutes = (now - held.movedAt) / 60_000;
      held.times.note('seeding', now);
      const seedingMinutes = held.times.seedingSeconds / 60;
      const given = { uploaded, downloaded, size: held.size().total, seedingMinutes, idleMinutes };
      const reason = reachedGoal(given, held.entry.wishes, settings);
      if (reason === undefined) continue;
      held.log.add(`paused: ${reason}`);
      this.#session.pause(held, true).catch((error: unknown) => held.log.add((error as Error).message));
    }
  }
}
