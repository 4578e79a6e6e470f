/** When to try again after a failure: soon at first, and each time somewhat later. */
import type { Instant } from '../../../ground/units.ts';

/** A full disk may have room a moment later, … */
export const FIRST_RETRY_MS = 2000;
/** … and a person who made room should not wait for long. */
export const MAX_RETRY_MS = 30_000;

export class Backoff {
  #waitMs = FIRST_RETRY_MS;
  #at: Instant = Number.POSITIVE_INFINITY;

  /** Infinite while nothing is to be tried. */
  get at(): Instant {
    return this.#at;
  }

  get isWaiting(): boolean {
    return this.#at !== Number.POSITIVE_INFINITY;
  }

  /** Unless it waits already. */
  start(now: Instant): void {
    if (!this.isWaiting) this.#at = now + this.#waitMs;
  }

  /** True once when the wait is over; the next one is longer. */
  takeDue(now: Instant): boolean {
    if (now < this.#at) return false;
    this.#at = Number.POSITIVE_INFINITY;
    this.#waitMs = Math.min(2 * this.#waitMs, MAX_RETRY_MS);
    return true;
  }

  /** Waits for nothing any more; the next wait is short again. */
  reset(): void {
    this.#at = Number.POSITIVE_INFINITY;
    this.#waitMs = FIRST_RETRY_MS;
  }
}
