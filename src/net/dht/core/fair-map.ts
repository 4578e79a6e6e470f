/**
 * A bounded map that is fair to its sources. When it is full, it draws a few entries at random and drops one of the
 * source that holds the most, so that a flood pushes itself out and not the others. Adding costs the same whether
 * it is full or not.
 */
import type { Prng } from '../../../ground/ports.ts';

const DRAWS = 8;

interface Entry<V> {
  readonly key: string;
  readonly source: number;
  value: V;
  /** Place in the list that is drawn from. */
  at: number;
}

export class FairMap<V> {
  readonly #capacity: number;
  readonly #prng: Prng;
  readonly #onEvicted: (key: string, value: V) => void;
  readonly #entries = new Map<string, Entry<V>>();
  readonly #list: Entry<V>[] = [];
  readonly #held = new Map<number, number>();

  constructor(capacity: number, prng: Prng, onEvicted: (key: string, value: V) => void = () => {}) {
    this.#capacity = capacity;
    this.#prng = prng;
    this.#onEvicted = onEvicted;
  }

  get size(): number {
    return this.#list.length;
  }

  get(key: string): V | undefined {
    return this.#entries.get(key)?.value;
  }

  keys(): IterableIterator<string> {
    return this.#entries.keys();
  }

  values(): V[] {
    return this.#list.map((entry) => entry.value);
  }

  /** An entry drawn at random. */
  draw(): readonly [string, V] | undefined {
    const entry = this.#list[this.#prng.below(Math.max(1, this.#list.length))];
    return entry === undefined ? undefined : [entry.key, entry.value];
  }

  /** @param source the network that it came from, as a number */
  set(key: string, value: V, source: number): void {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      known.value = value;
      return;
    }
    if (this.#list.length >= this.#capacity) this.#evict(source);
    const entry = { key, source, value, at: this.#list.length };
    this.#entries.set(key, entry);
    this.#list.push(entry);
    this.#held.set(source, (this.#held.get(source) ?? 0) + 1);
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#remove(entry);
  }

  #evict(newcomer: number): void {
    let victim = this.#list[this.#prng.below(this.#list.length)]!;
    let most = this.#weight(victim, newcomer);
    for (let i = 1; i < DRAWS; i++) {
      const other = this.#list[this.#prng.below(this.#list.length)]!;
      const weight = this.#weight(other, newcomer);
      if (weight > most) [victim, most] = [other, weight];
    }
    this.#remove(victim);
    this.#onEvicted(victim.key, victim.value);
  }

  /** The new entry counts towards the total of its source. */
  #weight(entry: Entry<V>, newcomer: number): number {
    return this.#held.get(entry.source)! + (entry.source === newcomer ? 1 : 0);
  }

  #remove(entry: Entry<V>): void {
    this.#entries.delete(entry.key);
    const last = this.#list.pop()!;
    if (last !== entry) {
      this.#list[entry.at] = last;
      last.at = entry.at;
    }
    const held = this.#held.get(entry.source)! - 1;
    if (held === 0) this.#held.delete(entry.source);
    else this.#held.set(entry.source, held);
  }
}
