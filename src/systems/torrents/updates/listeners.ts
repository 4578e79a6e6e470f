/** Who wants to hear what becomes of one numbered thing. */

export interface Listener<Event> {
  readonly onEvent: (event: Event) => void;
  /** It is gone: nothing follows. */
  readonly onRemoved: () => void;
}

export class Listeners<Event> {
  readonly #byId = new Map<number, Set<Listener<Event>>>();

  /** @returns stop listening */
  add(id: number, listener: Listener<Event>): () => void {
    const all = this.#byId.get(id) ?? new Set();
    this.#byId.set(id, all.add(listener));
    return () => {
      all.delete(listener);
      if (all.size === 0 && this.#byId.get(id) === all) this.#byId.delete(id);
    };
  }

  tell(id: number, event: Event): void {
    for (const listener of this.#byId.get(id) ?? []) listener.onEvent(event);
  }

  tellRemoved(id: number): void {
    for (const listener of this.#byId.get(id) ?? []) listener.onRemoved();
    this.#byId.delete(id);
  }
}
