/**
 * The simulated world: virtual time, one seeded generator that picks everything, and an event queue. Nothing here
 * waits; a simulated hour takes as long as its events.
 */
import { createPrng } from '../src/ground/prng.ts';
import type { Prng } from '../src/ground/ports.ts';
import type { Instant } from '../src/ground/units.ts';

interface Scheduled {
  readonly at: Instant;
  /** Events of one instant run in the order in which they were scheduled: a run is its seed, nothing else. */
  readonly order: number;
  readonly action: () => void;
  isCancelled: boolean;
}

export interface Timer {
  cancel(): void;
}

export class World {
  readonly prng: Prng;
  now: Instant = 0;
  #heap: Scheduled[] = [];
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
    const entry: Scheduled = {
      at: Math.max(time, this.now),
      order: this.#order++,
      action,
      isCancelled: false,
    };
    this.#push(entry);
    return { cancel: () => void (entry.isCancelled = true) };
  }

  /** Like `at`, for what is never cancelled: packets, of which there are millions. */
  post(time: Instant, action: () => void): void {
    this.#push({ at: Math.max(time, this.now), order: this.#order++, action, isCancelled: false });
  }

  /** Runs until `until`, or until nothing is scheduled, or `isDone` says so. */
  run(until: Instant, isDone: () => boolean = () => false): void {
    while (this.#heap.length > 0 && !isDone()) {
      if (this.#heap[0]!.at > until) break;
      const entry = this.#pop();
      if (entry.isCancelled) continue;
      this.now = entry.at;
      this.events++;
      entry.action();
    }
    if (!isDone()) this.now = Math.max(this.now, until);
  }

  #isBefore(a: Scheduled, b: Scheduled): boolean {
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  #push(entry: Scheduled): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): Scheduled {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!this.#isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
