/** The Clock port on the monotonic clock and the timers of Node.js. */
import type { Clock, Timer } from '../ports.ts';

/** Node.js fires longer timers at once. A longer wait is made of several. */
const MAX_TIMER_MS = 0x7fffffff;

class SystemTimer implements Timer {
  readonly #timer: NodeJS.Timeout;

  constructor(ms: number, action: () => void, holdsProcess: boolean) {
    this.#timer = setTimeout(action, Math.min(ms, MAX_TIMER_MS));
    if (!holdsProcess) this.#timer.unref();
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}

/** Sooner than any timer: those of Node.js wait a millisecond at least. */
class SoonTimer implements Timer {
  readonly #immediate: NodeJS.Immediate;

  constructor(action: () => void) {
    this.#immediate = setImmediate(action);
  }

  cancel(): void {
    clearImmediate(this.#immediate);
  }
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, action, holdsProcess) =>
    ms === 0 ? new SoonTimer(action) : new SystemTimer(ms, action, holdsProcess === true),
};
