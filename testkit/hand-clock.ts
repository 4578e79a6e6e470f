/** A clock for unit tests: time passes when the test says so. */
import type { Clock, Timer } from '../src/ground/ports.ts';

interface Due {
  readonly at: number;
  readonly action: () => void;
}

export class HandClock implements Clock {
  #now = 0;
  readonly #timers = new Set<Due>();

  /** Timers that are set. */
  get waiting(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, action: () => void): Timer {
    const timer = { at: this.#now + ms, action };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Runs what is due, in order of time, also what is set meanwhile. */
  pass(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.action();
    }
    this.#now = end;
  }
}
