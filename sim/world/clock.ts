/**
 * The Clock port in virtual time. Each simulated process has one of its own: it may be fast or slow, and it stops when the
 * process dies, so that nothing happens in a process that is gone.
 */
import type { Clock, Timer } from '../../src/ground/ports.ts';
import type { Instant } from '../../src/ground/units.ts';
import type { World } from './world.ts';

export interface SimClockOptions {
  /** It runs so many times as fast as the world. */
  readonly rate?: number;
  /** Its time when the world begins. */
  readonly offsetMs?: number;
}

/** A timer that is a little late never asks "is it time yet?" in vain: dividing by the rate rounds. */
const ROUNDING_MS = 0.001;

export class SimClock implements Clock {
  readonly #world: World;
  readonly #rate: number;
  readonly #offsetMs: number;
  #isStopped = false;

  constructor(world: World, { rate = 1, offsetMs = 0 }: SimClockOptions = {}) {
    this.#world = world;
    this.#rate = rate;
    this.#offsetMs = offsetMs;
  }

  now(): Instant {
    return this.#offsetMs + this.#world.now * this.#rate;
  }

  after(ms: number, action: () => void): Timer {
    const delayMs = this.#rate === 1 ? ms : ms / this.#rate + ROUNDING_MS;
    return this.#world.after(delayMs, () => {
      if (!this.#isStopped) action();
    });
  }

  /** How long `ms` of this clock takes in the world. */
  toWorldMs(ms: number): number {
    return ms / this.#rate;
  }

  /** The process is dead: no timer goes off any more. */
  stop(): void {
    this.#isStopped = true;
  }
}
