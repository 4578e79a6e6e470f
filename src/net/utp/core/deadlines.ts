/**
 * When each connection wants to be called: a binary heap, so that one timer serves thousands. Deadlines move away with every
 * acknowledgement; an entry stays where it is until it comes up, and is looked at again then.
 */
import type { Instant } from '../../../ground/units.ts';

export interface Scheduled {
  /** When its entry comes up; infinite while it has none. Kept by `Deadlines`. */
  armedAt: Instant;
  /** When it wants to be called; infinite for never. */
  readonly deadline: Instant;
}

/** Fewer entries than these are not worth a look at which are of use. */
const MIN_SWEEP = 1024;

export class Deadlines<T extends Scheduled> {
  #times: Instant[] = [];
  #items: T[] = [];
  /** With so many entries, those that are of no use are dropped. */
  #sweepAt = MIN_SWEEP;

  /** Entries, those included that are of no use any more. */
  get size(): number {
    return this.#items.length;
  }

  /** When `due` may have something. */
  get next(): Instant {
    return this.#times[0] ?? Number.POSITIVE_INFINITY;
  }

  /** To be called when the deadline of `item` may have come nearer. */
  arm(item: T): void {
    const { deadline } = item;
    if (deadline >= item.armedAt) return;
    item.armedAt = deadline;
    this.#push(deadline, item);
  }

  /** It is over: nothing keeps it for much longer, however late its deadline was. */
  forget(item: T): void {
    item.armedAt = Number.POSITIVE_INFINITY;
  }

  /** Takes one whose deadline has come; undefined when there is none. It is to be armed again. */
  takeDue(now: Instant): T | undefined {
    while (this.#times.length > 0 && this.#times[0]! <= now) {
      const at = this.#times[0]!;
      const item = this.#pop();
      // Another entry of it comes up, or has.
      if (at !== item.armedAt) continue;
      item.armedAt = Number.POSITIVE_INFINITY;
      if (item.deadline <= now) return item;
      this.arm(item);
    }
    return undefined;
  }

  /** Strangers open connections and end them faster than deadlines come. */
  #sweep(): void {
    const armed = new Set<T>();
    for (const [at, item] of this.#items.entries()) if (this.#times[at] === item.armedAt) armed.add(item);
    this.#items = [...armed].sort((a, b) => a.armedAt - b.armedAt);
    // In order, which is a heap.
    this.#times = this.#items.map(({ armedAt }) => armedAt);
    this.#sweepAt = Math.max(MIN_SWEEP, 2 * this.#items.length);
  }

  #push(time: Instant, item: T): void {
    if (this.#items.length >= this.#sweepAt) this.#sweep();
    let at = this.#times.length;
    this.#times.push(time);
    this.#items.push(item);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (this.#times[parent]! <= time) break;
      this.#times[at] = this.#times[parent]!;
      this.#items[at] = this.#items[parent]!;
      at = parent;
    }
    this.#times[at] = time;
    this.#items[at] = item;
  }

  #pop(): T {
    const top = this.#items[0]!;
    const time = this.#times.pop()!;
    const item = this.#items.pop()!;
    const { length } = this.#times;
    if (length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && this.#times[child + 1]! < this.#times[child]!) child++;
      if (this.#times[child]! >= time) break;
      this.#times[at] = this.#times[child]!;
      this.#items[at] = this.#items[child]!;
      at = child;
    }
    this.#times[at] = time;
    this.#items[at] = item;
    return top;
  }
}
