/**
 * Path MTU discovery by trial (RFC 8899): which packets get through?
 *
 * A trial is an ordinary packet of data, made longer by extensions that mean nothing (`pad`). When it is lost its data goes out
 * again in its true size, so that a trial can break nothing; and its loss says nothing of congestion.
 *
 * Invariant: `size` got through, or is small enough for every way (BASE_PLPMTU).
 */
import type { Instant } from '../../../ground/units.ts';
import { MIN_PADDING } from '../wire/packet.ts';

/** RFC 8899, "BASE_PLPMTU": 1200 bytes of UDP get through wherever IPv6 does, tunnels included. */
const BASE_BYTES = 1200;
/** RFC 8899, "MIN_PLPMTU": below what every host of IPv4 puts together (RFC 791: 576, minus headers). */
const MIN_BYTES = 548;
/** What Ethernet carries of UDP, over IPv4 and IPv6. */
const ETHERNET_BYTES = { 4: 1472, 6: 1452 } as const;
/**
 * Within one machine: a block of BitTorrent and more, below half the 64 KiB that UDP carries, of which few would fit into the
 * kernel's buffer.
 */
const LOOPBACK_BYTES = 32_000;
/** RFC 8899, "MAX_PROBES": a trial may be lost by chance. */
const MAX_TRIALS = 3;
/** The search is over when no more than this is in doubt: half of it could not be padded. */
const CLOSE_ENOUGH_BYTES = 2 * MIN_PADDING;
/** RFC 8899, "PMTU_RAISE_TIMER": the way may have changed. */
const RAISE_MS = 600_000;
/** Time-outs in a row after which large packets are suspected. */
const BLACK_HOLE_TIMEOUTS = 2;

export class PathMtu {
  readonly #ethernetBytes: number;
  /** Bytes of UDP that get through. */
  #size = BASE_BYTES;
  /** What may get through. */
  #ceiling: number;
  readonly #mostBytes: number;
  /** Bytes of the trial that is on its way; 0 for none. */
  #trial = 0;
  #trials = 0;
  #restartAt: Instant = Number.POSITIVE_INFINITY;

  constructor(family: 4 | 6, isLoopback: boolean) {
    this.#ethernetBytes = ETHERNET_BYTES[family];
    this.#mostBytes = isLoopback ? LOOPBACK_BYTES : this.#ethernetBytes;
    this.#ceiling = this.#mostBytes;
  }

  get size(): number {
    return this.#size;
  }

  /** The bytes of a trial that may go out now; undefined for none. */
  nextTrial(now: Instant): number | undefined {
    if (this.#trial !== 0) return undefined;
    if (now >= this.#restartAt) {
      this.#restartAt = Number.POSITIVE_INFINITY;
      this.#ceiling = this.#mostBytes;
      this.#trials = 0;
    }
    const size = this.#candidate();
    return size - this.#size < MIN_PADDING ? undefined : size;
  }

  handleTrialSent(size: number): void {
    this.#trial = size;
  }

  handleTrialArrived(now: Instant, size: number): void {
    if (size !== this.#trial) return;
    this.#trial = 0;
    this.#trials = 0;
    this.#size = Math.max(this.#size, size);
    this.#rest(now);
  }

  handleTrialLost(now: Instant, size: number): void {
    if (size !== this.#trial) return;
    this.#trial = 0;
    if (++this.#trials < MAX_TRIALS) return;
    this.#trials = 0;
    // Between what Ethernet carries and what one machine does, few sizes are worth a trial.
    this.#ceiling = size > this.#ethernetBytes ? this.#ethernetBytes : size - 1;
    this.#rest(now);
  }

  /** Packets got lost one time-out after the other: the way may swallow large ones without a word. */
  handleTimeouts(now: Instant, count: number): void {
    this.#trial = 0;
    if (count < BLACK_HOLE_TIMEOUTS) return;
    this.#size = count > BLACK_HOLE_TIMEOUTS ? MIN_BYTES : Math.min(this.#size, BASE_BYTES);
    this.#ceiling = this.#size;
    this.#restartAt = now + RAISE_MS;
  }

  /** The largest first: on most ways it gets through. Then halves of what is in doubt. */
  #candidate(): number {
    const isFirst = this.#ceiling === this.#mostBytes || this.#ceiling === this.#ethernetBytes;
    return isFirst ? this.#ceiling : (this.#size + this.#ceiling) >>> 1;
  }

  #rest(now: Instant): void {
    if (this.#ceiling - this.#size > CLOSE_ENOUGH_BYTES) return;
    this.#ceiling = this.#size;
    this.#restartAt = now + RAISE_MS;
  }
}
