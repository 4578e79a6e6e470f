/** What one connection measures of its way: how long packets take in each direction, and how long round trips do. */
import type { Instant } from '../../../ground/units.ts';
import type { ReceivedPacket } from '../wire/packet.ts';
import { DelayHistory } from './delay-history.ts';
import type { Way } from './ledbat.ts';
import { RoundTrip } from './round-trip.ts';

/** A shift of the other side's base delay up to this is a drift of clocks; more is something else (libtorrent). */
const MAX_DRIFT_MICROS = 10_000;
/** µTorrent says this when it has measured nothing yet (libtorrent). */
const NO_DIFFERENCE = 0x7fff_ffff;

export class WayMeter {
  readonly roundTrip: RoundTrip = new RoundTrip();
  /** How long packets take from us to them, and back, by clocks that differ. */
  readonly #ours = new DelayHistory();
  readonly #theirs = new DelayHistory();
  readonly #way: Way = { queueingMicros: 0, roundTripMs: 0, packetBytes: 0 };
  #replyMicros = 0;

  /** How long the last packet took that came: what the other side is told. */
  get replyMicros(): number {
    return this.#replyMicros;
  }

  handlePacket(now: Instant, { timestampMicros, differenceMicros }: ReceivedPacket): void {
    if (timestampMicros !== 0) {
      const took = (microsOf(now) - timestampMicros) >>> 0;
      const hadSamples = this.#theirs.hasSamples;
      const before = this.#theirs.base;
      this.#theirs.add(now, took);
      this.#replyMicros = took;
      const drift = (before - this.#theirs.base) | 0;
      if (hadSamples && drift > 0 && drift < MAX_DRIFT_MICROS) this.#ours.raise(drift);
    }
    if (differenceMicros !== 0 && differenceMicros !== NO_DIFFERENCE) this.#ours.add(now, differenceMicros);
  }

  /** Valid until the next call. */
  measure(packetBytes: number): Way {
    const way = this.#way;
    // Packets cannot wait longer than a round trip takes, whatever the other side's clock says.
    way.queueingMicros = Math.min(this.#ours.queueingMicros, this.roundTrip.latestMs * 1000);
    way.roundTripMs = this.roundTrip.smoothedMs ?? 0;
    way.packetBytes = packetBytes;
    return way;
  }
}

/** Microseconds modulo 2^32. Zero would say that there is no time. */
export function microsOf(now: Instant): number {
  return Math.floor((now * 1000) % 0x1_0000_0000) >>> 0 || 1;
}
