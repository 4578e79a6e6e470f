import { shuffle } from '../../ground/prng.js';
import { MAX_INTERVAL_SECONDS, MIN_INTERVAL_SECONDS, } from '../wire/announce.js';
const FIRST_RETRY_MS = 15_000;
const MAX_RETRY_MS = 60 * 60_000;
/** When peers are short, a tracker is asked again no sooner than this, or than its `min interval`. */
const EAGER_MS = 60_000;
export class Announcer {
    #tiers;
    #prng;
    #isStopped = false;
    constructor(tiers, prng) {
        this.#prng = prng;
        const seen = new Set();
        this.#tiers = tiers.map((urls, tier) => shuffle([...urls], prng)
            .filter((url) => !seen.has(url) && seen.add(url))
            .map((url) => createTracker(url, tier)));
    }
    get isEmpty() {
        return this.#tiers.every((tier) => tier.length === 0);
    }
    /** The announces to send now; each counts as running until its outcome is reported. */
    due(now) {
        const announces = [];
        if (this.#isStopped)
            return announces;
        for (const tier of this.#tiers) {
            const tracker = this.#current(tier);
            if (tracker === undefined || tracker.isAsking || tracker.nextAt > now)
                continue;
            tracker.isAsking = true;
            announces.push(withId(tracker, this.#eventFor(tracker)));
        }
        return announces;
    }
    nextTimeout() {
        if (this.#isStopped)
            return undefined;
        let next;
        for (const tier of this.#tiers) {
            const tracker = this.#current(tier);
            if (tracker === undefined || tracker.isAsking)
                continue;
            if (next === undefined || tracker.nextAt < next)
                next = tracker.nextAt;
        }
        return next;
    }
    handleResponse(now, url, event, response) {
        const tracker = this.#find(url);
        if (tracker === undefined)
            return;
        tracker.isAsking = false;
        tracker.failures = 0;
        tracker.lastAt = now;
        tracker.last = response;
        tracker.message = response.warning;
        tracker.isStarted = event !== 'stopped';
        if (event === 'completed')
            tracker.owesCompleted = false;
        if (response.trackerId !== undefined)
            tracker.trackerId = response.trackerId;
        const seconds = Math.max(MIN_INTERVAL_SECONDS, Math.min(response.intervalSeconds, MAX_INTERVAL_SECONDS));
        tracker.minIntervalMs = 1000 * Math.min(response.minIntervalSeconds ?? 0, MAX_INTERVAL_SECONDS);
        // Up to 5 % of jitter keeps peers that started together from announcing together for ever.
        tracker.nextAt = tracker.owesCompleted
            ? now
            : now + seconds * 1000 * (0.95 + 0.05 * this.#prng.fraction());
        const tier = this.#tiers[tracker.tier];
        tier.splice(tier.indexOf(tracker), 1);
        tier.unshift(tracker);
    }
    handleFailure(now, url, failure) {
        const tracker = this.#find(url);
        if (tracker === undefined)
            return;
        tracker.isAsking = false;
        tracker.message = failure.reason;
        tracker.lastAt = now;
        const backOff = Math.min(FIRST_RETRY_MS * 2 ** tracker.failures, MAX_RETRY_MS);
        tracker.failures++;
        tracker.nextAt = now + backOff * (0.75 + this.#prng.fraction() / 2);
        if (failure.retryInMinutes === 'never')
            tracker.nextAt = Number.POSITIVE_INFINITY;
        else if (failure.retryInMinutes !== undefined) {
            tracker.nextAt = now + Math.min(failure.retryInMinutes * 60_000, 24 * 60 * 60_000);
        }
    }
    /** The download is complete: every tracker that knows us hears of it, once (BEP 3). */
    handleCompleted(now) {
        for (const tracker of this.#tiers.flat()) {
            if (!tracker.isStarted && !tracker.isAsking)
                continue;
            tracker.owesCompleted = true;
            tracker.nextAt = now;
        }
    }
    /** Too few peers are known: ask again as soon as it is polite. */
    handleShortage(now) {
        for (const tracker of this.#tiers.flat()) {
            if (tracker.failures > 0 || tracker.lastAt === undefined)
                continue;
            const soonest = tracker.lastAt + Math.max(EAGER_MS, tracker.minIntervalMs);
            tracker.nextAt = Math.max(now, Math.min(tracker.nextAt, soonest));
        }
    }
    /** The share stops: who heard `started` must hear `stopped`. Nothing is due afterwards. */
    handleStop() {
        this.#isStopped = true;
        return this.#tiers
            .flat()
            .filter((tracker) => tracker.isStarted)
            .map((tracker) => withId(tracker, 'stopped'));
    }
    status() {
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
        }));
    }
    /** The tracker of a tier whose turn it is: the first that works, or the one whose next try is soonest. */
    #current(tier) {
        const healthy = tier.find((tracker) => tracker.failures === 0);
        if (healthy !== undefined)
            return healthy;
        let best;
        for (const tracker of tier)
            if (best === undefined || tracker.nextAt < best.nextAt)
                best = tracker;
        return best;
    }
    #eventFor(tracker) {
        if (!tracker.isStarted)
            return 'started';
        return tracker.owesCompleted ? 'completed' : undefined;
    }
    #find(url) {
        return this.#tiers.flat().find((tracker) => tracker.url === url);
    }
}
function createTracker(url, tier) {
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
function withId(tracker, event) {
    return tracker.trackerId === undefined
        ? { url: tracker.url, event }
        : { url: tracker.url, event, trackerId: tracker.trackerId };
}
