/** Counts failed sign-ins. Nobody guesses 128 bits; the limit keeps attempts from costing much. */

/** In a minute, of one client and of all. */
const MAX_FAILURES = 10;
const MAX_ALL_FAILURES = 100;
const WINDOW_MS = 60_000;
/** Clients that are counted one by one; the others share the bound on all together. */
const MAX_CLIENTS = 10_000;

export interface Client {
  /** An address, or an account of this machine. */
  readonly name: string;
  /** A program of the owner, whose attempts no other client can use up. */
  readonly isOwn: boolean;
}

export class Attempts {
  readonly #failures = new Map<string, number>();
  #all = 0;
  #windowEnds = 0;

  /** Seconds until the client may try again; 0 when it may try now. */
  waitOf({ name, isOwn }: Client): number {
    this.#roll();
    const isOver =
      (this.#failures.get(name) ?? 0) >= MAX_FAILURES || (!isOwn && this.#all >= MAX_ALL_FAILURES);
    return isOver ? Math.ceil((this.#windowEnds - Date.now()) / 1000) : 0;
  }

  note({ name }: Client): void {
    this.#roll();
    this.#all++;
    if (this.#failures.size < MAX_CLIENTS || this.#failures.has(name))
      this.#failures.set(name, (this.#failures.get(name) ?? 0) + 1);
  }

  #roll(): void {
    const now = Date.now();
    if (now < this.#windowEnds) return;
    this.#windowEnds = now + WINDOW_MS;
    this.#failures.clear();
    this.#all = 0;
  }
}
