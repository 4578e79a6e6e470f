/**
 * One-way delays in one direction (RFC 6817, section 3.4.2): the lowest of the last minutes is taken for the way itself, and
 * what a packet took beyond it for queueing. The clocks of both sides differ and drift; only differences count, modulo 2^32.
 */
import type { Instant } from '../../../ground/units.ts';

/** "BASE_HISTORY = 10": minutes after which a lowest delay is forgotten; libutp keeps 13, for clocks that drift. */
const BASE_MINUTES = 13;
const MINUTE_MS = 60_000;
/** "CURRENT_FILTER": the lowest of so many samples, so that one packet that was held up means nothing. */
const FILTER_SAMPLES = 3;

/** Whether `a` is before `b` on a circle of 2^32. */
const isBelow = (a: number, b: number): boolean => (a - b) >>> 0 > 0x7fff_ffff;

export class DelayHistory {
  /** The lowest sample of each of the last minutes; made with the first sample. */
  #minutes: number[] | undefined;
  #minute = 0;
  #minuteEndsAt: Instant = 0;
  #base = 0;
  readonly #recent: number[] = [];
  #next = 0;

  get hasSamples(): boolean {
    return this.#minutes !== undefined;
  }

  /** The lowest of the last minutes; only differences mean something. */
  get base(): number {
    return this.#base;
  }

  /** Microseconds of queueing: the least of the last samples. Zero before the first. */
  get queueingMicros(): number {
    let least = Number.POSITIVE_INFINITY;
    for (const sample of this.#recent) {
      // The base may have moved up since, when clocks drift.
      const above = isBelow(sample, this.#base) ? 0 : (sample - this.#base) >>> 0;
      if (above < least) least = above;
    }
    return least === Number.POSITIVE_INFINITY ? 0 : least;
  }

  /** @param sample microseconds modulo 2^32 */
  add(now: Instant, sample: number): void {
    if (this.#minutes === undefined) {
      this.#minutes = [sample];
      this.#base = sample;
      this.#minuteEndsAt = now + MINUTE_MS;
    } else if (now >= this.#minuteEndsAt) {
      this.#minute = (this.#minute + 1) % BASE_MINUTES;
      this.#minutes[this.#minute] = sample;
      this.#minuteEndsAt = now + MINUTE_MS;
      this.#base = sample;
      for (const lowest of this.#minutes) if (isBelow(lowest, this.#base)) this.#base = lowest;
    } else if (isBelow(sample, this.#minutes[this.#minute]!)) {
      this.#minutes[this.#minute] = sample;
      if (isBelow(sample, this.#base)) this.#base = sample;
    }
    this.#recent[this.#next] = sample;
    this.#next = (this.#next + 1) % FILTER_SAMPLES;
  }

  /** The other side's clock has fallen behind so many microseconds since: all that was measured counts as much higher. */
  raise(micros: number): void {
    if (this.#minutes === undefined) return;
    for (const [i, lowest] of this.#minutes.entries()) this.#minutes[i] = (lowest + micros) >>> 0;
    this.#base = (this.#base + micros) >>> 0;
  }
}
