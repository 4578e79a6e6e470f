/** The connections that all swarms of a peer may have together: a router's table, and our memory, are finite. */
import type { ConnectionId } from '../../../../ground/units.ts';
import type { Peer } from './peer.ts';

export class ConnectionBudget {
  limit: number;
  used = 0;

  constructor(limit: number = Number.POSITIVE_INFINITY) {
    this.limit = limit;
  }

  get hasRoom(): boolean {
    return this.used < this.limit;
  }
}

/** The peers of one swarm, counted in the budget of all. */
export class CountedPeers extends Map<ConnectionId, Peer> {
  readonly #budget: ConnectionBudget | undefined;

  constructor(budget: ConnectionBudget | undefined) {
    super();
    this.#budget = budget;
  }

  override set(id: ConnectionId, peer: Peer): this {
    if (this.#budget !== undefined && !this.has(id)) this.#budget.used++;
    return super.set(id, peer);
  }

  override delete(id: ConnectionId): boolean {
    const had = super.delete(id);
    if (had && this.#budget !== undefined) this.#budget.used--;
    return had;
  }
}
