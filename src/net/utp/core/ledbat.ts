/**
 * The congestion window of one connection: LEDBAT (RFC 6817, BEP 29). It grows while packets wait less than the target in the
 * queues on their way, and shrinks when they wait longer, so that it takes what others leave.
 *
 * Three things are from LEDBAT++ (draft-irtf-iccrg-ledbat-plus-plus). Above the target the window shrinks by a part of itself,
 * not by a constant: an overshoot is over within round trips. Fast start ends at three quarters of the target. And the
 * connection slows down now and then until the queues are empty, for it cannot know the delay of the way while it fills them:
 * without that, who comes last takes the waiting that others cause for a part of the way, and drives them out.
 *
 * Invariant: the window holds one packet at least (RFC 6817, "MIN_CWND"), and `MAX_WINDOW_BYTES` at most.
 */
import type { Instant } from '../../../ground/units.ts';

/** "TARGET MUST be 100 milliseconds or less" (RFC 6817). libtorrent has this; who has more starves who has less. */
export const TARGET_MICROS = 75_000;
/** MAX_CWND_INCREASE_PACKETS_PER_RTT of BEP 29, as libutp and libtorrent have it: bytes a round trip. */
const MAX_GAIN_BYTES = 3000;
/** RFC 3390: four packets of usual size. */
const INITIAL_WINDOW_BYTES = 4380;
/** The most that is on its way of one connection. */
export const MAX_WINDOW_BYTES: number = 8 << 20;
/** Losses come in bursts: the window is cut once a round trip, and no more often than libtorrent does. */
const MIN_CUT_INTERVAL_MS = 100;
const FAST_START_END = 0.75;
/** LEDBAT++: never more than half a window away in a round trip. */
const MAX_DECREASE = 0.5;
/** LEDBAT++: two packets, for two round trips, two round trips after fast start. */
const SLOW_PACKETS = 2;
const SLOW_ROUND_TRIPS = 2;
/** The next one after so many times what it took, and half a minute at least (LEDBAT++: nine times): it costs throughput. */
const SLOW_INTERVAL = 20;
const MIN_SLOW_INTERVAL_MS = 30_000;

/** What is known of the way when an acknowledgement comes. */
export interface Way {
  /** How long packets wait now; zero when the other side has not said so. */
  queueingMicros: number;
  /** Smoothed. */
  roundTripMs: number;
  /** The size of packets. */
  packetBytes: number;
}

export class Ledbat {
  #windowBytes = INITIAL_WINDOW_BYTES;
  #fastStartUntilBytes = Number.POSITIVE_INFINITY;
  #isFastStart = true;
  #cutAt: Instant = Number.NEGATIVE_INFINITY;
  /** Packets have waited since the last slow-down: only then is there a queue to look under. */
  #hasQueued = false;
  #slowAt: Instant = Number.POSITIVE_INFINITY;
  /** The slow-down that goes on, to the end of the fast start that follows it. */
  #slowSince: Instant | undefined;
  #slowUntil: Instant = Number.NEGATIVE_INFINITY;

  get windowBytes(): number {
    return this.#windowBytes;
  }

  /**
   * @param ackedBytes what this packet acknowledges
   * @param inFlightBytes what was on its way before
   */
  handleAcked(now: Instant, ackedBytes: number, inFlightBytes: number, way: Way): void {
    const { queueingMicros: delay, packetBytes } = way;
    if (now < this.#slowUntil) return;
    if (delay > FAST_START_END * TARGET_MICROS) {
      this.#hasQueued = true;
      if (this.#isFastStart) this.#endFastStart(now, way);
    }
    if (this.#hasQueued && now >= this.#slowAt) {
      this.#slowDown(now, way);
      return;
    }
    // Who does not fill the window learns nothing of the way, and may not grow it (RFC 7661).
    const isFilled = inFlightBytes + packetBytes >= this.#windowBytes;
    const share = Math.min(1, ackedBytes / Math.max(1, inFlightBytes));
    let gain = 0;
    if (delay > TARGET_MICROS) {
      const decrease = Math.min(MAX_DECREASE, delay / TARGET_MICROS - 1);
      gain = share * (MAX_GAIN_BYTES - decrease * this.#windowBytes);
      if (!isFilled) gain = Math.min(0, gain);
    } else if (isFilled) {
      if (this.#isFastStart && this.#windowBytes >= this.#fastStartUntilBytes) this.#endFastStart(now, way);
      gain = this.#isFastStart
        ? Math.min(ackedBytes, this.#fastStartUntilBytes - this.#windowBytes)
        : share * MAX_GAIN_BYTES * (1 - delay / TARGET_MICROS);
    }
    this.#set(this.#windowBytes + gain, packetBytes);
  }

  /** A packet was lost, and not one that was a trial of a larger size. */
  handleLoss(now: Instant, way: Way): void {
    if (now - this.#cutAt < Math.max(MIN_CUT_INTERVAL_MS, way.roundTripMs)) return;
    this.#cutAt = now;
    this.#set(this.#windowBytes / 2, way.packetBytes);
    this.#endFastStart(now, way);
  }

  /** Nothing came back for so long that all that is on its way counts as lost. */
  handleTimeout(now: Instant, packetBytes: number): void {
    this.#cutAt = now;
    this.#fastStartUntilBytes = Math.max(this.#windowBytes / 2, 2 * packetBytes);
    this.#isFastStart = true;
    this.#set(packetBytes, packetBytes);
  }

  /** Nothing was sent for a while: what the way carried then says less each time (RFC 7661). */
  handleIdle(packetBytes: number): void {
    if (this.#windowBytes <= INITIAL_WINDOW_BYTES) return;
    this.#fastStartUntilBytes = this.#windowBytes;
    this.#isFastStart = true;
    this.#set(Math.max(INITIAL_WINDOW_BYTES, this.#windowBytes / 2), packetBytes);
  }

  #slowDown(now: Instant, { roundTripMs, packetBytes }: Way): void {
    this.#hasQueued = false;
    this.#slowSince = now;
    this.#slowUntil = now + SLOW_ROUND_TRIPS * roundTripMs;
    this.#slowAt = Number.POSITIVE_INFINITY;
    this.#fastStartUntilBytes = this.#windowBytes;
    this.#isFastStart = true;
    this.#set(SLOW_PACKETS * packetBytes, packetBytes);
  }

  #endFastStart(now: Instant, { roundTripMs }: Way): void {
    if (!this.#isFastStart) return;
    this.#isFastStart = false;
    this.#fastStartUntilBytes = this.#windowBytes;
    if (this.#slowSince !== undefined) {
      this.#slowAt = now + Math.max(MIN_SLOW_INTERVAL_MS, SLOW_INTERVAL * (now - this.#slowSince));
      this.#slowSince = undefined;
    } else if (this.#slowAt === Number.POSITIVE_INFINITY) this.#slowAt = now + SLOW_ROUND_TRIPS * roundTripMs;
  }

  #set(bytes: number, packetBytes: number): void {
    this.#windowBytes = Math.min(MAX_WINDOW_BYTES, Math.max(packetBytes, bytes));
  }
}
