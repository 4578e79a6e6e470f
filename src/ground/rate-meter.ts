/**
 * Measures a flow: a ring of one-second slots gives a rate over the last few seconds, and a total. Adding is O(1)
 * and allocates nothing.
 */
import type { Instant } from './units.ts';

const SLOT_MS = 500;
const SLOTS = 20;
/** The rate looks at this many closed slots plus the open one: 5 s, quick enough to follow, long enough to rank by. */
const WINDOW_SLOTS = 10;

export class RateMeter {
  total = 0;
  /** Made with the first bytes: most meters of a peer with many shares never see any. */
  #slots: Float64Array | undefined;
  #slot = -1;
  #firstSlot = -1;

  add(now: Instant, bytes: number): void {
    this.#advance(now);
    this.#slots![this.#slot % SLOTS]! += bytes;
    this.total += bytes;
  }

  /** Bytes a second over the window, or over the meter's life while that is shorter. */
  rate(now: Instant): number {
    if (this.#slot < 0) return 0;
    this.#advance(now);
    const from = Math.max(this.#firstSlot, this.#slot - WINDOW_SLOTS);
    let sum = 0;
    for (let slot = from; slot <= this.#slot; slot++) sum += this.#slots![slot % SLOTS]!;
    const spanMs = now - from * SLOT_MS;
    return spanMs <= 0 ? 0 : (sum * 1000) / Math.max(spanMs, SLOT_MS / 2);
  }

  #advance(now: Instant): void {
    const slot = Math.floor(now / SLOT_MS);
    if (this.#slot < 0) {
      this.#slots = new Float64Array(SLOTS);
      this.#slot = slot;
      this.#firstSlot = slot;
      return;
    }
    if (slot <= this.#slot) return;
    const steps = Math.min(slot - this.#slot, SLOTS);
    for (let i = 0; i < steps; i++) this.#slots![(slot - i) % SLOTS] = 0;
    this.#slot = slot;
  }
}
