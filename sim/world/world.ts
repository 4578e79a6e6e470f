/**
 * The simulated world: virtual time, one seeded generator that picks everything, and an event queue. Nothing here
 * waits; a simulated hour takes as long as its events.
 */
import { createPrng } from '../../src/ground/prng.ts';
import type { Prng, Timer } from '../../src/ground/ports.ts';
import type { Instant } from '../../src/ground/units.ts';

/** An event of the world. */
export interface WorldEvent {
  run(): void;
}

class TimerEvent implements WorldEvent, Timer {
  #action: (() => void) | undefined;

  constructor(action: () => void) {
    this.#action = action;
  }

  cancel(): void {
    this.#action = undefined;
  }

  run(): void {
    this.#action?.();
  }
}

export class World {
  readonly prng: Prng;
  now: Instant = 0;
  /** A binary heap in columns: comparing touches numbers that lie side by side, not objects all over memory. */
  #times = new Float64Array(1024);
  #orders = new Float64Array(1024);
  readonly #events: (WorldEvent | undefined)[] = [];
  #size = 0;
  #order = 0;
  #digest = 0x811c9dc5;
  events = 0;

  constructor(seed: number) {
    this.prng = createPrng(seed);
  }

  /** A fingerprint of everything that was traced: equal seeds must give equal ones. */
  get digest(): string {
    return this.#digest.toString(16).padStart(8, '0');
  }

  trace(...facts: readonly (string | number)[]): void {
    const text = `${Math.round(this.now * 1000)} ${facts.join(' ')}`;
    for (let i = 0; i < text.length; i++)
      this.#digest = Math.imul(this.#digest ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }

  after(ms: number, action: () => void): Timer {
    return this.at(this.now + Math.max(0, ms), action);
  }

  at(time: Instant, action: () => void): Timer {
    const event = new TimerEvent(action);
    this.post(time, event);
    return event;
  }

  /** For what is never cancelled: packets, of which there are millions. */
  post(time: Instant, event: WorldEvent): void {
    this.#push(Math.max(time, this.now), event);
  }

  /** Runs until `until`, or until nothing is scheduled, or `isDone` says so. */
  run(until: Instant, isDone: () => boolean = () => false): void {
    while (this.#size > 0 && !isDone()) {
      const at = this.#times[0]!;
      if (at > until) break;
      const event = this.#pop();
      this.now = at;
      this.events++;
      event.run();
    }
    if (!isDone()) this.now = Math.max(this.now, until);
  }

  /**
   * The same for code that waits for promises: after each event everything that follows from it without waiting for
   * the world happens.
   */
  async runAsync(until: Instant, isDone: () => boolean = () => false): Promise<void> {
    await settle();
    while (this.#size > 0 && !isDone()) {
      const at = this.#times[0]!;
      if (at > until) break;
      const event = this.#pop();
      this.now = at;
      this.events++;
      event.run();
      await (this.events % EVENTS_PER_TURN === 0 ? turn() : settle());
    }
    if (!isDone()) this.now = Math.max(this.now, until);
  }

  /**
   * The same in steps of `stepMs`, after each of which promises are kept: for millions of events of which few make a
   * promise come true.
   */
  async runInSteps(until: Instant, stepMs: number, isDone: () => boolean = () => false): Promise<void> {
    while (this.now < until && !isDone()) {
      this.run(Math.min(until, this.now + stepMs));
      await settle();
    }
  }

  #push(time: Instant, event: WorldEvent): void {
    if (this.#size === this.#times.length) this.#grow();
    const order = this.#order++;
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(time, order, parent)) break;
      this.#place(at, this.#times[parent]!, this.#orders[parent]!, this.#events[parent]!);
      at = parent;
    }
    this.#place(at, time, order, event);
  }

  #pop(): WorldEvent {
    const top = this.#events[0]!;
    const last = --this.#size;
    const [time, order, event] = [this.#times[last]!, this.#orders[last]!, this.#events[last]!];
    this.#events[last] = undefined;
    if (last === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#isBefore(this.#times[child + 1]!, this.#orders[child + 1]!, child))
        child++;
      if (this.#isBefore(time, order, child)) break;
      this.#place(at, this.#times[child]!, this.#orders[child]!, this.#events[child]!);
      at = child;
    }
    this.#place(at, time, order, event);
    return top;
  }

  /** Events of one instant run in the order in which they were scheduled: a run is its seed, nothing else. */
  #isBefore(time: Instant, order: number, other: number): boolean {
    const otherTime = this.#times[other]!;
    return time < otherTime || (time === otherTime && order < this.#orders[other]!);
  }

  #place(at: number, time: Instant, order: number, event: WorldEvent): void {
    this.#times[at] = time;
    this.#orders[at] = order;
    this.#events[at] = event;
  }

  #grow(): void {
    const [times, orders] = [new Float64Array(2 * this.#size), new Float64Array(2 * this.#size)];
    times.set(this.#times);
    orders.set(this.#orders);
    this.#times = times;
    this.#orders = orders;
  }
}

/** A turn of the event loop costs more than most events: the test runner gets one in so many. */
const EVENTS_PER_TURN = 500;

/** All promises that can be kept without the world are kept: a tick comes when the queue of microtasks is empty. */
function settle(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
