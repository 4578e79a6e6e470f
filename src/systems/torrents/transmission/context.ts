/** The sources of answers to Transmission's RPC. */
import type { Roster } from '../roster/roster.ts';
import type { ApiOptions } from '../api/options.ts';

export interface RpcContext extends ApiOptions {
  readonly sessionId: string;
  /** Where the program asked. */
  readonly port?: number | undefined;
  readonly removed: RemovedShares;
}

/** `recently-active` lists shares removed in the last minute: programs ask every few seconds and drop those rows. */
const RECENT_MS = 60_000;
/** After more removals in a minute, a program has to request all shares. */
const MAX_REMOVED = 10_000;

export class RemovedShares {
  #removed: { readonly id: number; readonly atMs: number }[] = [];

  constructor(roster: Pick<Roster, 'listen'>) {
    roster.listen((event) => {
      if (event.type !== 'removed') return;
      this.#removed.push({ id: event.id, atMs: performance.now() });
      if (this.#removed.length > MAX_REMOVED) this.#removed = this.#removed.slice(-MAX_REMOVED / 2);
    });
  }

  recent(): number[] {
    const since = performance.now() - RECENT_MS;
    this.#removed = this.#removed.filter(({ atMs }) => atMs > since);
    return this.#removed.map(({ id }) => id);
  }
}
