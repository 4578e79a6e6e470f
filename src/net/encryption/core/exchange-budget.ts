/** How many strangers may exchange keys with us: half a millisecond of computing each, for 96 bytes of theirs. */
import type { Instant } from '../../../ground/units.ts';

/** A twentieth of one core, and more peers than a person's listener meets in a second. */
export const MAX_EXCHANGES_PER_SECOND = 100;
/** Of one host: it must not keep others out. Several peers may live behind one address. */
export const MAX_EXCHANGES_PER_HOST = 20;
const SECOND_MS = 1000;

export class ExchangeBudget {
  #windowEnd: Instant = Number.NEGATIVE_INFINITY;
  #exchanges = 0;
  readonly #perHost = new Map<string, number>();

  /** False when there have been too many in this second, of all or of that host. */
  take(now: Instant, host: string): boolean {
    if (now >= this.#windowEnd) {
      this.#windowEnd = now + SECOND_MS;
      this.#exchanges = 0;
      this.#perHost.clear();
    }
    const fromHost = this.#perHost.get(host) ?? 0;
    if (this.#exchanges >= MAX_EXCHANGES_PER_SECOND || fromHost >= MAX_EXCHANGES_PER_HOST) return false;
    this.#exchanges++;
    this.#perHost.set(host, fromHost + 1);
    return true;
  }
}
