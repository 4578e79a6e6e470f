/**
 * When to announce to which tracker, and with which event (BEP 3, 12, 31).
 *
 * Trackers come in tiers. Of a tier one tracker is used at a time: the first that answers moves to the front; the next
 * is tried when it fails (BEP 12). All tiers are used side by side, as most clients do: a dead first tier must not
 * delay finding peers. A driver calls `due`, runs the announces and reports each with `handleResponse` or
 * `handleFailure`.
 */
import type { Prng } from '../../../ground/ports.ts';
import { shuffle } from '../../../ground/prng.ts';
import type { Instant } from '../../../ground/units.ts';
import {
  type AnnounceEvent,
  type AnnounceFailure,
  type AnnounceResponse,
  DEFAULT_INTERVAL_SECONDS,
  MAX_INTERVAL_SECONDS,
  MIN_INTERVAL_SECONDS,
} from '../wire/announce.ts';

const FIRST_RETRY_MS = 15_000;
const MAX_RETRY_MS = 60 * 60_000;
/** BEP 31: a tracker says when to try again. "In 0 minutes" would be a loop, "in a year" would be never. */
const MIN_RETRY_IN_MS = 60_000;
const MAX_RETRY_IN_MS = 24 * 60 * 60_000;
/** When peers are short, we ask a tracker again no sooner than this, or than its `min interval`. */
const EAGER_MS = 60_000;

export interface DueAnnounce {
  readonly url: string;
  readonly event: AnnounceEvent;
  readonly trackerId?: string;
}

export interface TrackerStatus {
  readonly url: string;
  readonly tier: number;
  readonly state: 'waiting' | 'asking' | 'working' | 'failed';
  readonly message?: string;
  readonly seeders?: number;
  readonly leechers?: number;
  /** When it was answered last, or failed; absent until then. */
  readonly lastAt?: Instant;
  /** The time of the next announce: infinite where the tracker forbade it. */
  readonly nextAt: Instant;
  /** Peers of the last answer. */
  readonly peerCount: number;
}

interface Tracker {
  readonly url: string;
  readonly tier: number;
  failures: number;
  nextAt: Instant;
  isAsking: boolean;
  /** It has heard `started`, so it must hear `stopped`. */
  isStarted: boolean;
  owesCompleted: boolean;
  trackerId: string | undefined;
  minIntervalMs: number;
  lastAt: Instant | undefined;
  last: AnnounceResponse | undefined;
  message: string | undefined;
}

export class Announcer {
  readonly #tiers: Tracker[][];
  readonly #prng: Prng;
  #isStopped = false;

  constructor(tiers: readonly (readonly string[])[], prng: Prng) {
    this.#prng = prng;
    const seen = new Set<string>();
    this.#tiers = tiers.map((urls, tier) =>
      shuffle([...urls], prng)
        .filter((url) => !seen.has(url) && seen.add(url))
        .map((url) => createTracker(url, tier)),
    );
  }

  get isEmpty(): boolean {
    return this.#tiers.every((tier) => tier.length === 0);
  }

  /** The announces to send now; each counts as running until its outcome is reported. */
  due(now: Instant): DueAnnounce[] {
    const announces: DueAnnounce[] = [];
    if (this.#isStopped) return announces;
    for (const tier of this.#tiers) {
      const tracker = this.#current(tier);
      if (tracker === undefined || tracker.isAsking || tracker.nextAt > now) continue;
      tracker.isAsking = true;
      announces.push(withId(tracker, this.#eventFor(tracker)));
    }
    return announces;
  }

  nextTimeout(): Instant | undefined {
    if (this.#isStopped) return undefined;
    let next: Instant | undefined;
    for (const tier of this.#tiers) {
      const tracker = this.#current(tier);
      if (tracker === undefined || tracker.isAsking) continue;
      if (next === undefined || tracker.nextAt < next) next = tracker.nextAt;
    }
    return next;
  }

  handleResponse(now: Instant, url: string, event: AnnounceEvent, response: AnnounceResponse): void {
    const tracker = this.#find(url);
    if (tracker === undefined) return;
    tracker.isAsking = false;
    tracker.failures = 0;
    tracker.lastAt = now;
    tracker.last = response;
    tracker.message = response.warning;
    tracker.isStarted = event !== 'stopped';
    if (event === 'completed') tracker.owesCompleted = false;
    if (response.trackerId !== undefined) tracker.trackerId = response.trackerId;
    // A `min interval` above the interval counts: announces may not come sooner.
    const minSeconds = response.minIntervalSeconds ?? 0;
    const wished = response.intervalSeconds > 0 ? response.intervalSeconds : DEFAULT_INTERVAL_SECONDS;
    const seconds = clamp(Math.max(wished, minSeconds), MIN_INTERVAL_SECONDS, MAX_INTERVAL_SECONDS);
    tracker.minIntervalMs = 1000 * Math.min(minSeconds, MAX_INTERVAL_SECONDS);
    // Up to 5 % of jitter keeps peers that started together from announcing together for ever.
    tracker.nextAt = tracker.owesCompleted
      ? now
      : now + seconds * 1000 * (0.95 + 0.05 * this.#prng.fraction());
    const tier = this.#tiers[tracker.tier]!;
    tier.splice(tier.indexOf(tracker), 1);
    tier.unshift(tracker);
  }

  handleFailure(now: Instant, url: string, failure: AnnounceFailure): void {
    const tracker = this.#find(url);
    if (tracker === undefined) return;
    tracker.isAsking = false;
    tracker.message = failure.reason;
    tracker.lastAt = now;
    const backOff = Math.min(FIRST_RETRY_MS * 2 ** tracker.failures, MAX_RETRY_MS);
    tracker.failures++;
    tracker.nextAt = now + backOff * (0.75 + this.#prng.fraction() / 2);
    if (failure.retryInMinutes === 'never') tracker.nextAt = Number.POSITIVE_INFINITY;
    else if (failure.retryInMinutes !== undefined) {
      tracker.nextAt = now + clamp(failure.retryInMinutes * 60_000, MIN_RETRY_IN_MS, MAX_RETRY_IN_MS);
    }
  }

  /** The download is complete: every tracker that knows us hears of it, once (BEP 3). */
  handleCompleted(now: Instant): void {
    for (const tracker of this.#tiers.flat()) {
      if (!tracker.isStarted && !tracker.isAsking) continue;
      tracker.owesCompleted = true;
      tracker.nextAt = now;
    }
  }

  /** Too few peers are known: ask again as soon as it is polite. */
  handleShortage(now: Instant): void {
    for (const tracker of this.#tiers.flat()) {
      if (tracker.failures > 0 || tracker.lastAt === undefined) continue;
      const soonest = tracker.lastAt + Math.max(EAGER_MS, tracker.minIntervalMs);
      tracker.nextAt = Math.max(now, Math.min(tracker.nextAt, soonest));
    }
  }

  /** The share stops: a tracker that heard `started` must hear `stopped`. Nothing is due afterwards. */
  handleStop(): DueAnnounce[] {
    this.#isStopped = true;
    return this.#tiers
      .flat()
      .filter((tracker) => tracker.isStarted)
      .map((tracker) => withId(tracker, 'stopped'));
  }

  status(): TrackerStatus[] {
    return this.#tiers.flat().map((tracker) => ({
      url: tracker.url,
      tier: tracker.tier,
      state: tracker.isAsking
        ? 'asking'
        : tracker.failures > 0
          ? 'failed'
          : tracker.last === undefined
            ? 'waiting'
            : 'working',
      ...(tracker.message === undefined ? {} : { message: tracker.message }),
      ...(tracker.last?.seeders === undefined ? {} : { seeders: tracker.last.seeders }),
      ...(tracker.last?.leechers === undefined ? {} : { leechers: tracker.last.leechers }),
      ...(tracker.lastAt === undefined ? {} : { lastAt: tracker.lastAt }),
      nextAt: tracker.nextAt,
      peerCount: tracker.last?.peers.length ?? 0,
    }));
  }

  /** The tracker of a tier whose turn it is: the first that works, or the one whose next try is soonest. */
  #current(tier: readonly Tracker[]): Tracker | undefined {
    const healthy = tier.find((tracker) => tracker.failures === 0);
    if (healthy !== undefined) return healthy;
    let best: Tracker | undefined;
    for (const tracker of tier) if (best === undefined || tracker.nextAt < best.nextAt) best = tracker;
    return best;
  }

  #eventFor(tracker: Tracker): AnnounceEvent {
    if (!tracker.isStarted) return 'started';
    return tracker.owesCompleted ? 'completed' : undefined;
  }

  #find(url: string): Tracker | undefined {
    return this.#tiers.flat().find((tracker) => tracker.url === url);
  }
}

function clamp(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(value, max));
}

function createTracker(url: string, tier: number): Tracker {
  return {
    url,
    tier,
    failures: 0,
    nextAt: Number.NEGATIVE_INFINITY,
    isAsking: false,
    isStarted: false,
    owesCompleted: false,
    trackerId: undefined,
    minIntervalMs: 0,
    lastAt: undefined,
    last: undefined,
    message: undefined,
  };
}

function withId(tracker: Tracker, event: AnnounceEvent): DueAnnounce {
  return tracker.trackerId === undefined
    ? { url: tracker.url, event }
    : { url: tracker.url, event, trackerId: tracker.trackerId };
}
