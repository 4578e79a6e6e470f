/**
 * Who passes on what a seed gives? A piece that only seeds had and that one peer was sent should soon be seen at others.
 * Peers that keep such pieces to themselves cost a crowd what it waits for: the seed's uplink.
 *
 * All that a seed sees are HAVEs, and some clients do not tell seeds what they get: nobody is judged where pieces are
 * not seen to be passed on in general.
 */
import type { ConnectionId, Instant } from '../../ground/units.ts';

/** Pieces that a peer may keep to itself and still be sent more. */
const MAX_KEPT = 6;
/** A piece that was not passed on by then is forgiven who passes on others: perhaps nobody asked. */
const FORGIVEN_MS = 60_000;
/** Pieces that have to be seen passed on, and no fewer than were not, before anybody is judged. */
const MIN_PASSED = 16;

/** Most pass a piece on within so long. */
const PASSING_MS = 5000;

interface Gift {
  readonly to: ConnectionId;
  readonly at: Instant;
}

/** What became of what one peer was given. */
interface Record {
  kept: number;
  passed: number;
  forgiven: number;
}

export class Forwarding {
  /** Pieces that nobody else has shown since, the oldest first. */
  readonly #gifts = new Map<number, Gift>();
  readonly #records = new Map<ConnectionId, Record>();
  #passed = 0;
  #forgiven = 0;

  /** A block of a piece was sent that only seeds had. */
  handleGiven(now: Instant, to: ConnectionId, piece: number): void {
    if (this.#gifts.has(piece)) return;
    this.#gifts.set(piece, { to, at: now });
    const record = this.#records.get(to);
    if (record === undefined) this.#records.set(to, { kept: 1, passed: 0, forgiven: 0 });
    else record.kept++;
  }

  /** Somebody else was sent some of it not long ago, and may well be passing it on just now. */
  isGivenToAnother(now: Instant, than: ConnectionId, piece: number): boolean {
    const gift = this.#gifts.get(piece);
    return gift !== undefined && gift.to !== than && now - gift.at < PASSING_MS;
  }

  /** A peer has the piece. */
  handleHave(from: ConnectionId, piece: number): void {
    const gift = this.#gifts.get(piece);
    if (gift === undefined || gift.to === from) return;
    this.#passed++;
    this.#settle(piece, gift, 'passed');
  }

  handleClosed(id: ConnectionId): void {
    this.#records.delete(id);
  }

  handleTick(now: Instant): void {
    for (const [piece, gift] of this.#gifts) {
      if (now - gift.at < FORGIVEN_MS) return;
      this.#forgiven++;
      this.#settle(piece, gift, 'forgiven');
    }
  }

  keepsToItself(id: ConnectionId): boolean {
    const record = this.#records.get(id);
    if (record === undefined || this.#passed < Math.max(MIN_PASSED, this.#forgiven)) return false;
    const { kept, passed, forgiven } = record;
    return kept > MAX_KEPT || (kept + forgiven > MAX_KEPT && passed < forgiven);
  }

  #settle(piece: number, { to }: Gift, as: 'passed' | 'forgiven'): void {
    this.#gifts.delete(piece);
    const record = this.#records.get(to);
    if (record === undefined) return;
    record.kept--;
    record[as]++;
  }
}
