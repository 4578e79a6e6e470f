/** The shares of a session, found by number, by info hash and by place in the queue, however many there are. */
import type { Held } from './held.ts';

/** What stands in front of each kind of info hash: all of v1, and what the protocols take of v2. */
const SHORT = 40;

export class HeldIndex {
  readonly #byId = new Map<number, Held>();
  readonly #byKey = new Map<string, Held>();
  #lastPosition = -1;

  get all(): Held[] {
    return [...this.#byId.values()];
  }

  /** In the order of the queue. */
  get queue(): Held[] {
    return this.all.sort(
      ({ entry: a }, { entry: b }) => a.wishes.position - b.wishes.position || a.id - b.id,
    );
  }

  /** Behind all others. */
  get nextPosition(): number {
    return this.#lastPosition + 1;
  }

  find(id: number): Held | undefined {
    return this.#byId.get(id);
  }

  has(held: Held): boolean {
    return this.#byId.get(held.entry.id) === held;
  }

  add(held: Held): void {
    const { id, key, wishes } = held.entry;
    this.#byId.set(id, held);
    this.#byKey.set(key.slice(0, SHORT), held);
    this.#lastPosition = Math.max(this.#lastPosition, wishes.position);
  }

  delete(held: Held): void {
    this.#byId.delete(held.entry.id);
    this.#byKey.delete(held.entry.key.slice(0, SHORT));
  }

  /** By the name under which it is remembered. */
  findByKey(key: string): Held | undefined {
    return this.#byKey.get(key.slice(0, SHORT));
  }

  /** The same content: by its v1 name then, and by its v2 name now, or the other way round. */
  findTwin(key: string, alias: string | undefined): Held | undefined {
    return this.findByKey(key) ?? (alias === undefined ? undefined : this.findByHash(alias));
  }

  /** By info hash: v1, or v2 whole or cut to 20 bytes. */
  findByHash(hash: string): Held | undefined {
    const wanted = hash.toLowerCase();
    const known = this.findByKey(wanted);
    if (known?.hasHash(wanted) === true) return known;
    // A hybrid share has a second name, which is known when its torrent is.
    for (const held of this.#byId.values()) if (held.hasHash(wanted)) return held;
    return undefined;
  }
}
