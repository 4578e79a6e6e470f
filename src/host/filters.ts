/**
 * One filter made of those that systems publish. It denies whatever one of them denies. It is handed out before
 * the first system opens, and heeds each from the moment it is open.
 */
import type { Bytes } from '../ground/bytes.ts';
import type { Denial, Filter, Occasion } from '../ground/filter.ts';

export class Filters implements Filter {
  /** Each with what stops listening to it. */
  readonly #filters = new Map<Filter, () => void>();
  readonly #listeners = new Set<() => void>();

  add(filter: Filter): void {
    this.#filters.set(
      filter,
      filter.listen(() => this.#tell()),
    );
    this.#tell();
  }

  remove(filter: Filter): void {
    this.#filters.get(filter)?.();
    if (this.#filters.delete(filter)) this.#tell();
  }

  get allowsAllHosts(): boolean {
    for (const filter of this.#filters.keys()) if (!filter.allowsAllHosts) return false;
    return true;
  }

  get allowsAllHashes(): boolean {
    for (const filter of this.#filters.keys()) if (!filter.allowsAllHashes) return false;
    return true;
  }

  denyHost(host: Bytes, occasion: Occasion): Denial | undefined {
    for (const filter of this.#filters.keys()) {
      const denial = filter.denyHost(host, occasion);
      if (denial !== undefined) return denial;
    }
    return undefined;
  }

  denyHash(infoHash: Bytes, occasion: Occasion): Denial | undefined {
    for (const filter of this.#filters.keys()) {
      const denial = filter.denyHash(infoHash, occasion);
      if (denial !== undefined) return denial;
    }
    return undefined;
  }

  listen(onChange: () => void): () => void {
    // Two that listen with one function are two.
    const listener = (): void => onChange();
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
