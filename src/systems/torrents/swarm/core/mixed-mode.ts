/**
 * The uplink between our own TCP and our own uTP, over all swarms: uTP gives way to whatever fills the line, our TCP included, so
 * TCP is held to its share by number of peers while peers of both kinds wait for data. To others' traffic uTP gives way as ever.
 *
 * TCP also gets what uTP leaves: peers over uTP that read slowly, or not at all, must not slow down all others. uTP may double
 * what it sends from round to round.
 *
 * Now and then nothing is held back, and what the line carries is measured. Measured while TCP is held, the rate would fall from
 * round to round.
 */
import type { Carrier } from '../../../../ground/ports.ts';
import { TokenBucket } from '../../../../ground/token-bucket.ts';
import { BLOCK_LENGTH, type Instant } from '../../../../ground/units.ts';

/** How often the shares are computed. */
const ROUND_MS = 1000;
/** Rounds in which TCP is held to its share, and rounds in which it is not. */
const HELD_ROUNDS = 27;
const FREE_ROUNDS = 3;
/** Bytes a second that TCP may always have. */
const MIN_TCP_RATE = 16_384;
/** Part of the line that stays free for uTP when it has sent nothing, so that it can begin. */
const FREE_PART = 0.25;

export class MixedMode {
  /** Peers that asked for data in this round. */
  readonly #asking: Readonly<Record<Carrier, Set<object>>> = { tcp: new Set(), utp: new Set() };
  readonly #limit = new TokenBucket();
  #roundAt: Instant = Number.NEGATIVE_INFINITY;
  #sentBytes = 0;
  #sentOverUtp = 0;
  /** Bytes a second that went over uTP while TCP was held to its share. */
  #utpRate = 0;
  /** Bytes a second that went out when nothing was held back. */
  #capacity = 0;
  #rounds = 0;

  /** Bytes a second that TCP may have now; infinite while it is not held back. */
  get tcpRate(): number {
    return this.#limit.rate;
  }

  /** A peer waits for data, whether it gets some or not. */
  handleAsking(now: Instant, peer: object, carrier: Carrier): void {
    if (now - this.#roundAt >= ROUND_MS) this.#startRound(now);
    this.#asking[carrier].add(peer);
  }

  /** Whether a block may go over this carrier now. */
  mayServe(now: Instant, carrier: Carrier): boolean {
    return carrier === 'utp' || this.#limit.isUnlimited || this.#limit.available(now) >= BLOCK_LENGTH;
  }

  handleServed(now: Instant, carrier: Carrier, bytes: number): void {
    this.#sentBytes += bytes;
    if (carrier === 'tcp') this.#limit.take(now, bytes);
    else this.#sentOverUtp += bytes;
  }

  /** Milliseconds until a block may go over TCP. */
  delayMs(now: Instant): number {
    return this.#limit.delayMs(now, BLOCK_LENGTH);
  }

  #startRound(now: Instant): void {
    const { tcp, utp } = this.#asking;
    // After a pause nothing is known of the line.
    const rate = now - this.#roundAt < 2 * ROUND_MS ? (this.#sentBytes * 1000) / (now - this.#roundAt) : 0;
    if (!this.#limit.isUnlimited) this.#utpRate = (this.#sentOverUtp * 1000) / (now - this.#roundAt);
    const isMixed = tcp.size > 0 && utp.size > 0;
    const isFree = this.#limit.isUnlimited;
    if (isFree) this.#capacity = Math.max(rate, isMixed && this.#rounds > 0 ? this.#capacity : 0);
    this.#rounds = isMixed ? (this.#rounds + 1) % (HELD_ROUNDS + FREE_ROUNDS) : 0;
    const isHeld = isMixed && this.#rounds >= FREE_ROUNDS;
    const share = (this.#capacity * tcp.size) / (tcp.size + utp.size);
    const unused = this.#capacity * (1 - FREE_PART) - 2 * this.#utpRate;
    this.#limit.setRate(isHeld ? Math.max(MIN_TCP_RATE, share, unused) : Number.POSITIVE_INFINITY);
    tcp.clear();
    utp.clear();
    this.#sentBytes = 0;
    this.#sentOverUtp = 0;
    this.#roundAt = now;
  }
}
