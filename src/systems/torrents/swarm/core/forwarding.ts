/**
 * Who passes on what a seed gives? A piece that only seeds had and that one peer was sent should soon be seen at others.
 * Peers that keep such pieces to themselves cost a crowd what it waits for: the seed's uplink.
 *
 * All that a seed sees are HAVEs, and some clients do not tell seeds what they get: nobody is judged where pieces are
 * not seen to be passed on in general.
 */
import type { ConnectionId, Instant } from '../../../../ground/units.ts';

/** Pieces that a peer may keep to itself for longer than usual and still be sent more. */
const MAX_KEPT = 4;
/** A piece that was not passed on by then is forgiven who passes on others: perhaps nobody asked. */
const FORGIVEN_MS = 60_000;
/** Pieces that have to be seen passed on, and no fewer than were not, before anybody is judged. */
const MIN_PASSED = 16;
/** So many times as long as usual is late, within bounds: in a large crowd we see few of those who pass pieces on. */
const LATENESS = 3;
const [MIN_LATE_MS, MAX_LATE_MS] = [2000, 30_000];
/** The weight of the latest in what is usual. */
const USUAL_WEIGHT = 1 / 16;

/** Most pass a piece on within so long. */
const PASSING_MS = 5000;

interface Gift {
  readonly to: ConnectionId;
  readonly at: Instant;
}

/** What became of what one peer was given. */
interface Record {
  /** Not seen elsewhere, though it is late. */
  kept: number;
  passed: number;
  forgiven: number;
}

export class Forwarding {
  /** Pieces that nobody else has shown since, the oldest first: those of which it was to be expected, … */
  readonly #late = new Map<number, Gift>();
  /** … and the others. */
  readonly #recent = new Map<number, Gift>();
  readonly #records = new Map<ConnectionId, Record>();
  #passed = 0;
  #forgiven = 0;
  #usualMs = 0;

  /** A block of a piece was sent that only seeds had. */
  handleGiven(now: Instant, to: ConnectionId, piece: number): void {
    if (this.#giftOf(piece) !== undefined) return;
    this.#recent.set(piece, { to, at: now });
    if (!this.#records.has(to)) this.#records.set(to, { kept: 0, passed: 0, forgiven: 0 });
  }

  /** Somebody else was sent some of it not long ago, and may well be passing it on just now. */
  isGivenToAnother(now: Instant, than: ConnectionId, piece: number): boolean {
    const gift = this.#giftOf(piece);
    return gift !== undefined && gift.to !== than && now - gift.at < PASSING_MS;
  }

  /** A peer has the piece. */
  handleHave(now: Instant, from: ConnectionId, piece: number): void {
    const gift = this.#giftOf(piece);
    if (gift === undefined || gift.to === from) return;
    this.#passed++;
    this.#usualMs += (now - gift.at - this.#usualMs) * Math.max(USUAL_WEIGHT, 1 / this.#passed);
    const record = this.#records.get(gift.to);
    if (record !== undefined) record.passed++;
    if (this.#late.delete(piece) && record !== undefined) record.kept--;
    this.#recent.delete(piece);
  }

  handleClosed(id: ConnectionId): void {
    this.#records.delete(id);
  }

  handleTick(now: Instant): void {
    const lateMs = Math.min(MAX_LATE_MS, Math.max(MIN_LATE_MS, LATENESS * this.#usualMs));
    for (const [piece, gift] of this.#recent) {
      if (now - gift.at < lateMs) break;
      this.#recent.delete(piece);
      this.#late.set(piece, gift);
      const record = this.#records.get(gift.to);
      if (record !== undefined) record.kept++;
    }
    for (const [piece, { to, at }] of this.#late) {
      if (now - at < FORGIVEN_MS) return;
      this.#late.delete(piece);
      this.#forgiven++;
      const record = this.#records.get(to);
      if (record === undefined) continue;
      record.kept--;
      record.forgiven++;
    }
  }

  keepsToItself(id: ConnectionId): boolean {
    const record = this.#records.get(id);
    if (record === undefined || this.#passed < Math.max(MIN_PASSED, this.#forgiven)) return false;
    const { kept, passed, forgiven } = record;
    return kept > MAX_KEPT || (kept + forgiven > MAX_KEPT && passed < forgiven);
  }

  #giftOf(piece: number): Gift | undefined {
    return this.#recent.get(piece) ?? this.#late.get(piece);
  }
}
