/**
 * Who passes on what a seed gives? A piece that only seeds had and that one peer was sent should soon be seen at others.
 * Peers that keep such pieces to themselves cost a crowd what it waits for: the seed's uplink.
 *
 * All that a seed sees are HAVEs, and some clients do not tell seeds what they get: nobody is judged where pieces are
 * not seen to be passed on in general.
 */
import type { ConnectionId, Instant } from '../../ground/units.ts';

/** Pieces that a peer may keep to itself and still be sent more. */
const MAX_KEPT = 8;
/** A piece that was not passed on by then is forgiven: perhaps nobody asked. */
const FORGIVEN_MS = 60_000;
/** Pieces that have to be seen passed on, and no fewer than were not, before anybody is judged. */
const MIN_PASSED = 16;

interface Gift {
  readonly to: ConnectionId;
  readonly at: Instant;
}

export class Forwarding {
  /** Pieces that nobody else has shown since, the oldest first. */
  readonly #gifts = new Map<number, Gift>();
  readonly #kept = new Map<ConnectionId, number>();
  #passed = 0;
  #forgiven = 0;

  /** A block of a piece was sent that only seeds had. */
  handleGiven(now: Instant, to: ConnectionId, piece: number): void {
    if (this.#gifts.has(piece)) return;
    this.#gifts.set(piece, { to, at: now });
    this.#kept.set(to, (this.#kept.get(to) ?? 0) + 1);
  }

  /** A peer has the piece. */
  handleHave(from: ConnectionId, piece: number): void {
    const gift = this.#gifts.get(piece);
    if (gift === undefined || gift.to === from) return;
    this.#passed++;
    this.#settle(piece, gift);
  }

  handleClosed(id: ConnectionId): void {
    this.#kept.delete(id);
  }

  handleTick(now: Instant): void {
    for (const [piece, gift] of this.#gifts) {
      if (now - gift.at < FORGIVEN_MS) return;
      this.#forgiven++;
      this.#settle(piece, gift);
    }
  }

  keepsToItself(id: ConnectionId): boolean {
    const isUsual = this.#passed >= Math.max(MIN_PASSED, this.#forgiven);
    return isUsual && (this.#kept.get(id) ?? 0) > MAX_KEPT;
  }

  #settle(piece: number, { to }: Gift): void {
    this.#gifts.delete(piece);
    const left = (this.#kept.get(to) ?? 0) - 1;
    if (left > 0) this.#kept.set(to, left);
    else this.#kept.delete(to);
  }
}
