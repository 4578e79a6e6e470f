/**
 * The packets of one connection that were sent and not acknowledged, and which of them are lost (RFC 8985, "RACK"): a packet is
 * lost when one that was sent later has arrived, and a little time for reordering has passed. So a packet that is sent again can
 * be found lost again, without a time-out.
 *
 * Invariant: `inFlightBytes` is the sum of the payloads that were sent and are neither acknowledged nor lost.
 */
import type { Instant } from '../../../ground/units.ts';
import { distance, hasSackBit, type ReceivedPacket } from '../wire/packet.ts';
import type { RoundTrip } from './round-trip.ts';

/** Grown as the window grows: an idle connection has nothing. */
const MIN_SLOTS = 16;
/** RFC 8985, 6.2.4: a quarter of the least round trip, more when packets were sent again needlessly. */
const REORDERING_PART = 4;
/** Packets behind a hole, after which it is a loss where no reordering was ever seen (RFC 8985: "DupThresh"). */
const DUPLICATE_THRESHOLD = 3;
/** Timers of drivers are coarse; a shorter wait would be none. */
const MIN_REORDERING_MS = 1;

/** A packet that is kept until it is acknowledged. */
export interface SentPacket {
  /** Header and payload, without extensions. */
  bytes: Uint8Array;
  sequence: number;
  payloadLength: number;
  sentAt: Instant;
  transmissions: number;
  isLost: boolean;
  /** Bytes of the trial of a larger size that it was last sent as; 0 when it was none. */
  trialBytes: number;
}

/** What one acknowledgement told. */
export interface Acknowledgement {
  packets: number;
  bytes: number;
  /** The size of a trial that arrived; 0 for none. */
  trialBytes: number;
  /** Milliseconds, of the latest packet that was sent once; undefined where there is none. */
  roundTripMs: number | undefined;
}

export interface Losses {
  packets: number;
  /** Of those, what was lost as a trial of a larger size; 0 for none. */
  trialBytes: number;
}

export class Flight {
  #slots: (SentPacket | undefined)[] = [];
  /** The oldest that is not acknowledged; `#next` when there is none. */
  #first: number;
  #next: number;
  #inFlightBytes = 0;
  #lostPackets = 0;
  /** No packet before it is lost. */
  #lostFrom: number;
  /** One past the highest that was acknowledged selectively. */
  #highest: number;
  /** Selective acknowledgements above `#first`. */
  #selective = 0;
  /** When the latest of those that arrived was sent (RFC 8985, "RACK.xmit_ts"). */
  #arrivedSentAt: Instant = Number.NEGATIVE_INFINITY;
  #reorderingFactor = 1;
  #sawReordering = false;
  /** When a hole counts as a loss, should nothing come until then. */
  #checkAt: Instant = Number.POSITIVE_INFINITY;
  readonly #acknowledgement: Acknowledgement = {
    packets: 0,
    bytes: 0,
    trialBytes: 0,
    roundTripMs: undefined,
  };
  readonly #losses: Losses = { packets: 0, trialBytes: 0 };
  readonly #release: (packet: SentPacket) => void;

  /** @param release takes back a packet that was acknowledged */
  constructor(firstSequence: number, release: (packet: SentPacket) => void) {
    this.#first = firstSequence;
    this.#next = firstSequence;
    this.#highest = firstSequence;
    this.#lostFrom = firstSequence;
    this.#release = release;
  }

  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  /** Packets that are not acknowledged, holes and what is beyond them included. */
  get span(): number {
    return distance(this.#first, this.#next);
  }

  get isEmpty(): boolean {
    return this.#first === this.#next;
  }

  get hasLost(): boolean {
    return this.#lostPackets > 0;
  }

  /** The sequence number of the next packet. */
  get next(): number {
    return this.#next;
  }

  get first(): number {
    return this.#first;
  }

  get oldest(): SentPacket | undefined {
    return this.#at(this.#first);
  }

  /** The last one that was sent and has not arrived. */
  get last(): SentPacket | undefined {
    for (let sequence = this.#next; sequence !== this.#first; ) {
      sequence = (sequence - 1) & 0xffff;
      const packet = this.#at(sequence);
      if (packet !== undefined) return packet;
    }
    return undefined;
  }

  get checkAt(): Instant {
    return this.#checkAt;
  }

  /** Takes the next sequence number. */
  add(packet: SentPacket): void {
    const { span } = this;
    if (span + 1 >= this.#slots.length) this.#grow();
    packet.sequence = this.#next;
    this.#slots[this.#next & (this.#slots.length - 1)] = packet;
    this.#next = (this.#next + 1) & 0xffff;
    this.#inFlightBytes += packet.payloadLength;
  }

  /** The oldest that is lost. */
  nextLost(): SentPacket | undefined {
    if (this.#lostPackets === 0) return undefined;
    if (distance(this.#first, this.#lostFrom) < 0) this.#lostFrom = this.#first;
    for (; this.#lostFrom !== this.#next; this.#lostFrom = (this.#lostFrom + 1) & 0xffff) {
      const packet = this.#at(this.#lostFrom);
      if (packet?.isLost === true) return packet;
    }
    return undefined;
  }

  /** A lost packet is on its way again. */
  handleResent(packet: SentPacket): void {
    if (!packet.isLost) return;
    packet.isLost = false;
    this.#lostPackets--;
    this.#inFlightBytes += packet.payloadLength;
  }

  /** Everything that was sent counts as lost. */
  loseAll(): void {
    for (let sequence = this.#first; sequence !== this.#next; sequence = (sequence + 1) & 0xffff) {
      const packet = this.#at(sequence);
      if (packet !== undefined) this.#lose(packet);
    }
    this.#checkAt = Number.POSITIVE_INFINITY;
  }

  /** Whether an acknowledgement can be one: of something that was sent, and not long ago. */
  isPlausible(acknowledged: number, slack: number): boolean {
    const behind = distance(acknowledged, this.#next) - 1;
    return behind >= 0 && behind <= this.span + slack;
  }

  /** Takes what a packet acknowledges. The result is valid until the next call. */
  acknowledge(
    now: Instant,
    packet: ReceivedPacket,
    bytes: Uint8Array,
    roundTrip: RoundTrip,
  ): Acknowledgement {
    const told = this.#acknowledgement;
    told.packets = 0;
    told.bytes = 0;
    told.trialBytes = 0;
    told.roundTripMs = undefined;
    const count = distance(this.#first, packet.acknowledged) + 1;
    for (let i = 0; i < count && this.#first !== this.#next; i++) {
      this.#arrive(now, this.#first, roundTrip);
      this.#first = (this.#first + 1) & 0xffff;
    }
    if (packet.sackLength > 0) this.#acknowledgeSelectively(now, packet, bytes, roundTrip);
    this.#closeHoles();
    if (told.roundTripMs !== undefined) roundTrip.add(told.roundTripMs);
    return told;
  }

  #acknowledgeSelectively(
    now: Instant,
    { acknowledged, sackAt, sackLength }: ReceivedPacket,
    bytes: Uint8Array,
    roundTrip: RoundTrip,
  ): void {
    const bits = Math.min(sackLength * 8, distance(acknowledged, this.#next) - 2);
    for (let bit = 0; bit < bits; bit++) {
      // A whole byte without a bit is common.
      if ((bit & 7) === 0 && bytes[sackAt + (bit >>> 3)] === 0) {
        bit += 7;
        continue;
      }
      if (!hasSackBit(bytes, sackAt, bit)) continue;
      const sequence = (acknowledged + 2 + bit) & 0xffff;
      // An old packet tells of what is known.
      if (distance(this.#first, sequence) <= 0) continue;
      if (this.#arrive(now, sequence, roundTrip)) this.#selective++;
      if (distance(this.#highest, sequence) >= 0) this.#highest = (sequence + 1) & 0xffff;
    }
  }

  /** What arrived selectively is passed by once all before it has arrived. */
  #closeHoles(): void {
    while (this.#first !== this.#next && this.#at(this.#first) === undefined)
      this.#first = (this.#first + 1) & 0xffff;
    if (distance(this.#highest, this.#first) < 0) return;
    this.#highest = this.#first;
    this.#selective = 0;
    this.#checkAt = Number.POSITIVE_INFINITY;
  }

  /** False when it had arrived before. */
  #arrive(now: Instant, sequence: number, roundTrip: RoundTrip): boolean {
    const index = sequence & (this.#slots.length - 1);
    const packet = this.#slots[index];
    if (packet === undefined) return false;
    this.#slots[index] = undefined;
    const told = this.#acknowledgement;
    told.packets++;
    told.bytes += packet.payloadLength;
    if (packet.trialBytes !== 0) told.trialBytes = packet.trialBytes;
    if (packet.isLost) this.#lostPackets--;
    else this.#inFlightBytes -= packet.payloadLength;
    const tookMs = now - packet.sentAt;
    if (packet.transmissions === 1) {
      told.roundTripMs = told.roundTripMs === undefined ? tookMs : Math.min(told.roundTripMs, tookMs);
      if (distance(sequence, this.#highest) > 1) this.#sawReordering = true;
      this.#arrivedSentAt = Math.max(this.#arrivedSentAt, packet.sentAt);
    } else if (tookMs < roundTrip.leastMs) {
      // It was the first one that arrived: the second was needless. Wait longer from now on.
      this.#sawReordering = true;
      this.#reorderingFactor = Math.min(this.#reorderingFactor + 1, 4 * REORDERING_PART);
    } else this.#arrivedSentAt = Math.max(this.#arrivedSentAt, packet.sentAt);
    this.#release(packet);
    return true;
  }

  /** Marks what is lost by now. The result is valid until the next call. */
  detectLosses(now: Instant, roundTrip: RoundTrip): Losses {
    const losses = this.#losses;
    losses.packets = 0;
    losses.trialBytes = 0;
    this.#checkAt = Number.POSITIVE_INFINITY;
    if (this.#selective === 0) return losses;
    const waitMs = this.#reorderingMs(roundTrip);
    for (let sequence = this.#first; sequence !== this.#highest; sequence = (sequence + 1) & 0xffff) {
      const packet = this.#at(sequence);
      if (packet === undefined || packet.isLost || packet.sentAt > this.#arrivedSentAt) continue;
      // RFC 8985, 6.2.5: "RACK.rtt + RACK.reo_wnd" after it was sent.
      const lostAt = packet.sentAt + roundTrip.latestMs + waitMs;
      if (waitMs === 0 || lostAt <= now || packet.sentAt + waitMs < this.#arrivedSentAt) {
        losses.packets++;
        if (packet.trialBytes !== 0) losses.trialBytes = packet.trialBytes;
        this.#lose(packet);
      } else this.#checkAt = Math.min(this.#checkAt, lostAt);
    }
    return losses;
  }

  #reorderingMs(roundTrip: RoundTrip): number {
    if (!this.#sawReordering && this.#selective >= DUPLICATE_THRESHOLD) return 0;
    const least = Number.isFinite(roundTrip.leastMs) ? roundTrip.leastMs : 0;
    const waitMs = (this.#reorderingFactor * least) / REORDERING_PART;
    return Math.max(MIN_REORDERING_MS, Math.min(waitMs, roundTrip.smoothedMs ?? 0));
  }

  #lose(packet: SentPacket): void {
    if (packet.isLost) return;
    packet.isLost = true;
    packet.trialBytes = 0;
    if (this.#lostPackets === 0 || distance(this.#lostFrom, packet.sequence) < 0)
      this.#lostFrom = packet.sequence;
    this.#lostPackets++;
    this.#inFlightBytes -= packet.payloadLength;
  }

  #at(sequence: number): SentPacket | undefined {
    return this.#slots[sequence & (this.#slots.length - 1)];
  }

  #grow(): void {
    const old = this.#slots;
    const slots = new Array<SentPacket | undefined>(Math.max(MIN_SLOTS, old.length * 2)).fill(undefined);
    for (let sequence = this.#first; sequence !== this.#next; sequence = (sequence + 1) & 0xffff)
      slots[sequence & (slots.length - 1)] = old[sequence & (old.length - 1)];
    this.#slots = slots;
  }
}
