/**
 * The choker: whom we send data to. While downloading, tit for tat (BEP 3): the peers that send us most, plus one
 * optimistic unchoke that rotates, new peers three times as likely. While seeding there is nothing to return, so
 * slots go round: a peer keeps one until it has had its quantum, then the one that waited longest follows, which
 * spreads pieces over the swarm instead of feeding the fastest.
 */
import type { Prng } from '../../../../ground/ports.ts';
import type { ConnectionId, Instant } from '../../../../ground/units.ts';

export interface ChokerPeer {
  readonly id: ConnectionId;
  readonly isInterested: boolean;
  readonly isUnchoked: boolean;
  /** We are asking it for data and it lets us wait. */
  readonly isSnubbing: boolean;
  readonly connectedAt: Instant;
  /** It had much more of us than it gave. */
  readonly isInDebt: boolean;
  /** When its present or last slot began; undefined before the first. */
  readonly unchokedAt: Instant | undefined;
  /** Bytes sent to it in its present slot. */
  readonly sentInSlot: number;
  /** Bytes a second that it sends us. */
  readonly downloadRate: number;
}

export const CHOKE_INTERVAL_MS = 10_000;
const OPTIMISTIC_INTERVAL_MS = 30_000;
const NEW_PEER_MS = 60_000;
/** A seeding slot lasts a minute or this many bytes, whichever is first, and never under one interval. */
const SEED_SLOT_MS = 60_000;
const SEED_SLOT_BYTES = 32 * 1024 * 1024;

export class Choker {
  readonly #prng: Prng;
  #optimistic: ConnectionId | undefined;
  #optimisticSince: Instant = Number.NEGATIVE_INFINITY;

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  get optimistic(): ConnectionId | undefined {
    return this.#optimistic;
  }

  /** The peers that should be unchoked now, at most `slots`. */
  decide(now: Instant, peers: readonly ChokerPeer[], slots: number, isSeeding: boolean): Set<ConnectionId> {
    if (slots <= 0) return new Set();
    const interested = peers.filter((peer) => peer.isInterested);
    const solvent = interested.filter((peer) => !peer.isInDebt);
    if (solvent.length <= slots) return new Set(solvent.map((peer) => peer.id));
    return isSeeding ? this.#decideSeeding(now, solvent, slots) : this.#decideTrading(now, solvent, slots);
  }

  #decideTrading(now: Instant, interested: readonly ChokerPeer[], slots: number): Set<ConnectionId> {
    const ranked = interested.filter((peer) => !peer.isSnubbing && peer.downloadRate > 0);
    ranked.sort((a, b) => b.downloadRate - a.downloadRate);
    const chosen = new Set(ranked.slice(0, Math.max(0, slots - 1)).map((peer) => peer.id));
    const stays = interested.some((peer) => peer.id === this.#optimistic) && !chosen.has(this.#optimistic!);
    if (!stays || now - this.#optimisticSince >= OPTIMISTIC_INTERVAL_MS) {
      this.#optimistic = this.#drawOptimistic(now, interested, chosen);
      this.#optimisticSince = now;
    }
    if (this.#optimistic !== undefined) chosen.add(this.#optimistic);
    for (const peer of longestWaiting(interested)) {
      if (chosen.size >= slots) break;
      chosen.add(peer.id);
    }
    return chosen;
  }

  #drawOptimistic(
    now: Instant,
    interested: readonly ChokerPeer[],
    chosen: ReadonlySet<ConnectionId>,
  ): ConnectionId | undefined {
    const tickets: ConnectionId[] = [];
    for (const peer of interested) {
      if (chosen.has(peer.id) || peer.id === this.#optimistic) continue;
      const count = now - peer.connectedAt < NEW_PEER_MS ? 3 : 1;
      for (let i = 0; i < count; i++) tickets.push(peer.id);
    }
    return tickets.length === 0 ? this.#optimistic : tickets[this.#prng.below(tickets.length)];
  }

  #decideSeeding(now: Instant, interested: readonly ChokerPeer[], slots: number): Set<ConnectionId> {
    const keeps = (peer: ChokerPeer): boolean => {
      if (!peer.isUnchoked || peer.unchokedAt === undefined) return false;
      const heldMs = now - peer.unchokedAt;
      if (heldMs < CHOKE_INTERVAL_MS) return true;
      return heldMs < SEED_SLOT_MS && peer.sentInSlot < SEED_SLOT_BYTES;
    };
    const chosen = new Set(
      interested
        .filter(keeps)
        .slice(0, slots)
        .map((peer) => peer.id),
    );
    for (const peer of longestWaiting(interested)) {
      if (chosen.size >= slots) break;
      chosen.add(peer.id);
    }
    return chosen;
  }
}

function longestWaiting(peers: readonly ChokerPeer[]): ChokerPeer[] {
  const since = (peer: ChokerPeer): number => peer.unchokedAt ?? Number.NEGATIVE_INFINITY;
  return [...peers].sort((a, b) => since(a) - since(b) || a.connectedAt - b.connectedAt);
}
