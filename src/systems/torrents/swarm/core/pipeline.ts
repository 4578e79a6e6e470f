/**
 * How many requests to keep outstanding at one peer: bandwidth × delay, so that the link never idles and little is
 * lost when the peer goes. Starts small and grows by one a block (doubling each round trip) while the rate grows;
 * then follows the measured rate.
 */
import { BLOCK_LENGTH, type Instant } from '../../../../ground/units.ts';

/** A slow peer must not hold half the share hostage; a fast one doubles this each round trip. */
const START_DEPTH = 8;
const MIN_DEPTH = 3;
/** 16 MiB in flight: 1 GiB/s at 15 ms, 100 MiB/s at 160 ms. */
const MAX_DEPTH = 1024;
/** Clients that say nothing (no `reqq`) are known to queue at least this many. */
const DEFAULT_REMOTE_QUEUE = 250;
/** The queue holds this much time of flow beyond the round trip, to ride out a peer's scheduling and disk. */
const QUEUED_MS = 1000;
/** At a seed that a crowd is waiting for: what waits there may be what another is being sent, unknown to us. */
const BRIEF_MS = 100;
const BRIEF_START = 4;
const GROWTH_CHECK_MS = 1000;
const GROWTH_FACTOR = 1.1;

/** A peer that let us wait is asked for one block after this, if others can be asked meanwhile. */
const REST_MS = 30_000;

export class Pipeline {
  #remoteQueue = DEFAULT_REMOTE_QUEUE;
  #depth = START_DEPTH;
  #briefDepth = BRIEF_START;
  #isStarting = true;
  #checkedAt: Instant | undefined;
  #checkedRate = 0;
  #roundTripMs = 100;
  #isSnubbed = false;
  #snubbedAt: Instant = Number.NEGATIVE_INFINITY;

  /** Requests to have outstanding now. */
  get depth(): number {
    if (this.#isSnubbed) return 1;
    return Math.max(1, Math.min(this.#depth, this.#remoteQueue, MAX_DEPTH));
  }

  /** The same where little should wait. */
  get briefDepth(): number {
    return Math.min(this.depth, this.#briefDepth);
  }

  get isSnubbed(): boolean {
    return this.#isSnubbed;
  }

  /** It let us wait not long ago: others go first. */
  isResting(now: Instant): boolean {
    return this.#isSnubbed && now - this.#snubbedAt < REST_MS;
  }

  setRemoteQueue(requests: number): void {
    this.#remoteQueue = Math.max(1, requests);
  }

  /** A block came. `waitedMs` since its request, `rate` in bytes a second from this peer. */
  handleBlock(now: Instant, waitedMs: number, rate: number): void {
    this.#isSnubbed = false;
    this.#roundTripMs = Math.min(this.#roundTripMs + 1, Math.max(1, waitedMs));
    this.#briefDepth = Math.max(
      BRIEF_START,
      Math.ceil((rate * (BRIEF_MS + this.#roundTripMs)) / 1000 / BLOCK_LENGTH),
    );
    if (!this.#isStarting) {
      const wanted = Math.ceil((rate * (QUEUED_MS + this.#roundTripMs)) / 1000 / BLOCK_LENGTH);
      this.#depth = Math.max(MIN_DEPTH, Math.min(wanted, MAX_DEPTH));
      return;
    }
    this.#depth = Math.min(this.#depth + 1, MAX_DEPTH);
    this.#checkedAt ??= now;
    if (now - this.#checkedAt < GROWTH_CHECK_MS) return;
    this.#isStarting = rate > this.#checkedRate * GROWTH_FACTOR;
    this.#checkedAt = now;
    this.#checkedRate = rate;
  }

  /** The peer let requests time out: one at a time until it answers. */
  handleSnub(now: Instant): void {
    this.#snubbedAt = now;
    this.#isSnubbed = true;
    this.#isStarting = true;
    this.#depth = START_DEPTH;
    this.#checkedAt = undefined;
    this.#checkedRate = 0;
  }
}
