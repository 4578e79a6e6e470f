/** How many strangers may exchange keys with us: half a millisecond of computing each, for 96 bytes of theirs. */
import type { Instant } from '../../../ground/units.ts';

/** A twentieth of one core, and more peers than a person's listener meets in a second. */
export const MAX_EXCHANGES_PER_SECOND = 100;
const SECOND_MS = 1000;

export class ExchangeBudget {
  #windowEnd: Instant = Number.NEGATIVE_INFINITY;
  #exchanges = 0;

  /** False when there have been too many in this second. */
  take(now: Instant): boolean {
    if (now >= this.#windowEnd) {
      this.#windowEnd = now + SECOND_MS;
      this.#exchanges = 0;
    }
    return this.#exchanges++ < MAX_EXCHANGES_PER_SECOND;
  }
}
