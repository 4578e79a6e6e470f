/** Tries again later, and each time somewhat later than the last. */
import type { Clock, Timer } from '../../../ground/ports.ts';

const FIRST_RETRY_MS = 2000;
const MAX_RETRY_MS = 30_000;

export class RetryTimer {
  readonly #clock: Clock;
  readonly #action: () => void;
  #waitMs = FIRST_RETRY_MS;
  #timer: Timer | undefined;

  constructor(clock: Clock, action: () => void) {
    this.#clock = clock;
    this.#action = action;
  }

  get isWaiting(): boolean {
    return this.#timer !== undefined;
  }

  /** Unless it waits already. */
  start(): void {
    this.#timer ??= this.#clock.after(this.#waitMs, () => {
      this.#timer = undefined;
      this.#waitMs = Math.min(2 * this.#waitMs, MAX_RETRY_MS);
      this.#action();
    });
  }

  /** Waits for nothing any more; the next wait is short again. */
  reset(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#waitMs = FIRST_RETRY_MS;
  }
}
