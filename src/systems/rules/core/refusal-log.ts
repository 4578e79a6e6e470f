/** What was refused, how often: one entry for each thing, occasion and list. The oldest goes when there is no room. */
import type { Denial, Occasion } from '../../../ground/filter.ts';

/** A person reads the first hundred; programs may take all. */
export const MAX_REFUSALS = 2000;

export interface Refusal extends Denial {
  /** An info hash in hex, or an address. */
  readonly subject: string;
  readonly occasion: Occasion;
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly firstAt: number;
  readonly lastAt: number;
}

const keyOf = ({ subject, occasion, list }: Pick<Refusal, 'subject' | 'occasion' | 'list'>): string =>
  `${occasion} ${subject} ${list}`;

export class RefusalLog {
  /** The latest last. */
  readonly #entries = new Map<string, Refusal>();
  readonly #unsaved = new Set<string>();

  /** @param saved the latest last */
  constructor(saved: readonly Refusal[] = []) {
    for (const refusal of saved) this.#put(keyOf(refusal), refusal);
  }

  add(now: number, subject: string, occasion: Occasion, { list, reason }: Denial): void {
    const key = keyOf({ subject, occasion, list });
    const before = this.#entries.get(key);
    this.#entries.delete(key);
    const { count = 0, firstAt = now } = before ?? {};
    this.#put(key, { subject, occasion, list, reason, count: count + 1, firstAt, lastAt: now });
    this.#unsaved.add(key);
  }

  /** The latest first. */
  latest(count: number): Refusal[] {
    return [...this.#entries.values()].reverse().slice(0, count);
  }

  get size(): number {
    return this.#entries.size;
  }

  get hasUnsaved(): boolean {
    return this.#unsaved.size > 0;
  }

  /** What changed since the last call. */
  takeUnsaved(): Refusal[] {
    const changed = [...this.#unsaved].flatMap((key) => this.#entries.get(key) ?? []);
    this.#unsaved.clear();
    return changed;
  }

  clear(): void {
    this.#entries.clear();
    this.#unsaved.clear();
  }

  #put(key: string, refusal: Refusal): void {
    this.#entries.set(key, refusal);
    if (this.#entries.size <= MAX_REFUSALS) return;
    const oldest = this.#entries.keys().next().value!;
    this.#entries.delete(oldest);
    this.#unsaved.delete(oldest);
  }
}
