/** Finds the shares of the roster by number, by info hash and by place in the queue, however many there are. */
import type { RosterEntry } from './entry.ts';

/** Hex digits that name a share in the protocols: all of a v1 info hash, the beginning of a v2 info hash. */
const SHORT = 40;

/**
 * Moves shares to another place in the queue.
 * @param place of the first of them, from 0
 * @returns those whose position changes, with the new one
 */
export function placesOf(
  queue: readonly RosterEntry[],
  moved: readonly RosterEntry[],
  place: number,
): (readonly [RosterEntry, number])[] {
  const rest = queue.filter((entry) => !moved.includes(entry));
  const order = [...rest.slice(0, place), ...moved, ...rest.slice(place)];
  return order
    .map((entry, position) => [entry, position] as const)
    .filter(([{ stored }, position]) => stored.preferences.position !== position);
}

export class EntryIndex {
  readonly #byId = new Map<number, RosterEntry>();
  readonly #byKey = new Map<string, RosterEntry>();
  #lastPosition = -1;

  get all(): RosterEntry[] {
    return [...this.#byId.values()];
  }

  /** In the order of the queue. */
  get queue(): RosterEntry[] {
    return this.all.sort(
      ({ stored: a }, { stored: b }) => a.preferences.position - b.preferences.position || a.id - b.id,
    );
  }

  /** Behind all others. */
  get nextPosition(): number {
    return this.#lastPosition + 1;
  }

  find(id: number): RosterEntry | undefined {
    return this.#byId.get(id);
  }

  has(entry: RosterEntry): boolean {
    return this.#byId.get(entry.stored.id) === entry;
  }

  add(entry: RosterEntry): void {
    const { id, key, preferences } = entry.stored;
    this.#byId.set(id, entry);
    this.#byKey.set(key.slice(0, SHORT), entry);
    this.#lastPosition = Math.max(this.#lastPosition, preferences.position);
  }

  delete(entry: RosterEntry): void {
    this.#byId.delete(entry.stored.id);
    this.#byKey.delete(entry.stored.key.slice(0, SHORT));
  }

  /** By the name under which it is remembered. */
  findByKey(key: string): RosterEntry | undefined {
    return this.#byKey.get(key.slice(0, SHORT));
  }

  /** The same content: by its v1 name then, and by its v2 name now, or the other way round. */
  findTwin(key: string, alias: string | undefined): RosterEntry | undefined {
    return this.findByKey(key) ?? (alias === undefined ? undefined : this.findByHash(alias));
  }

  /** By info hash: v1, or v2 whole or cut to 20 bytes. */
  findByHash(hash: string): RosterEntry | undefined {
    const wanted = hash.toLowerCase();
    const known = this.findByKey(wanted);
    if (known?.hasHash(wanted) === true) return known;
    // A hybrid share has a second name, which is known when its torrent is.
    for (const entry of this.#byId.values()) if (entry.hasHash(wanted)) return entry;
    return undefined;
  }
}
