/**
 * When a share looks for peers in the DHT and announces itself: at once, often while it is short of peers, and so often
 * otherwise that no node forgets it (BEP 5 knows no time; nodes keep peers for half an hour and more).
 */
import type { Prng } from '../../../ground/ports.ts';
import type { Instant } from '../../../ground/units.ts';

const REANNOUNCE_MS = 14 * 60_000;
/** No node was found: the next attempt. */
const FIRST_SHORTAGE_MS = 5000;
const HURRY_MS = 500;
const MAX_SHORTAGE_MS = 4 * 60_000;

export class DhtAnnouncer {
  readonly #prng: Prng;
  #dueAt: Instant = 0;
  #shortageMs = FIRST_SHORTAGE_MS;
  #isRunning = false;
  #isHurried = false;

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  isDue(now: Instant): boolean {
    return !this.#isRunning && now >= this.#dueAt;
  }

  /** Undefined while an announce runs. */
  nextTimeout(): Instant | undefined {
    return this.#isRunning ? undefined : this.#dueAt;
  }

  handleStarted(): void {
    this.#isRunning = true;
  }

  /** @param isShort more peers would help, or no node stored us */
  handleDone(now: Instant, isShort: boolean): void {
    this.#isRunning = false;
    const pause = this.#isHurried ? HURRY_MS : isShort ? this.#shortageMs : REANNOUNCE_MS;
    this.#isHurried = false;
    this.#shortageMs = isShort ? Math.min(MAX_SHORTAGE_MS, 2 * this.#shortageMs) : FIRST_SHORTAGE_MS;
    this.#dueAt = now + pause * (0.85 + this.#prng.fraction() * 0.3);
  }

  /** The share changed what it is (a leecher became a seed) or the DHT came to life. */
  hurry(now: Instant): void {
    // A change during an announce is told by the next one.
    this.#isHurried = this.#isRunning;
    this.#dueAt = Math.min(this.#dueAt, now);
  }
}
