/**
 * A token bucket: bytes flow at `rate` a second with bursts of at most `burst`. Buckets chain, so that one share's
 * limit sits under the limit of the whole peer. Time is handed in; a bucket without a rate lets everything pass.
 */
import type { Instant } from './units.ts';

/** A quarter of a second of flow may come at once, and at least one block, or nothing would ever pass. */
const BURST_SECONDS = 0.25;
const MIN_BURST = 16_384 + 64;

export class TokenBucket {
  #parent: TokenBucket | undefined;
  /** 0 to 1: so much of the parent's burst is left to those of higher rank. */
  #reserve = 0;
  #rate: number;
  #tokens = 0;
  #updated: Instant | undefined;

  /** `rate` in bytes a second; Infinity for no limit. */
  constructor(rate: number = Number.POSITIVE_INFINITY, parent?: TokenBucket) {
    this.#rate = rate;
    this.#parent = parent;
    this.#tokens = this.#burst();
  }

  get rate(): number {
    return this.#rate;
  }

  setRate(rate: number): void {
    this.#rate = rate;
    this.#tokens = Math.min(this.#tokens, this.#burst());
  }

  /** The bucket above. A child with a reserve takes only from what its siblings leave. @param reserve 0 to 1 */
  setParent(parent: TokenBucket | undefined, reserve: number = this.#reserve): void {
    this.#parent = parent;
    this.#reserve = reserve;
  }

  get isUnlimited(): boolean {
    return this.#rate === Number.POSITIVE_INFINITY && (this.#parent?.isUnlimited ?? true);
  }

  /** Bytes that may pass now. */
  available(now: Instant): number {
    const own = this.#rate === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : this.#refill(now);
    if (this.#parent === undefined) return own;
    return Math.min(own, this.#parent.available(now) - this.#parent.reserveOf(this.#reserve));
  }

  /** Takes `bytes`; the bucket may go below zero, which delays what follows. */
  take(now: Instant, bytes: number): void {
    if (this.#rate !== Number.POSITIVE_INFINITY) {
      this.#refill(now);
      this.#tokens -= bytes;
    }
    this.#parent?.take(now, bytes);
  }

  /** Milliseconds until `bytes` are available; 0 when they are. */
  delayMs(now: Instant, bytes: number): number {
    let own = 0;
    if (this.#rate !== Number.POSITIVE_INFINITY) {
      const missing = Math.min(bytes, this.#burst()) - this.#refill(now);
      own = missing <= 0 ? 0 : Math.ceil((missing / Math.max(1, this.#rate)) * 1000);
    }
    if (this.#parent === undefined) return own;
    return Math.max(own, this.#parent.delayMs(now, bytes + this.#parent.reserveOf(this.#reserve)));
  }

  /** Two blocks must fit beside it, or nothing would ever pass. */
  reserveOf(part: number): number {
    return part === 0 ? 0 : Math.max(0, Math.min(part * this.#burst(), this.#burst() - 2 * MIN_BURST));
  }

  #burst(): number {
    return this.#rate === Number.POSITIVE_INFINITY ? 0 : Math.max(MIN_BURST, this.#rate * BURST_SECONDS);
  }

  #refill(now: Instant): number {
    const elapsed = this.#updated === undefined ? 0 : Math.max(0, now - this.#updated);
    this.#updated = now;
    this.#tokens = Math.min(this.#burst(), this.#tokens + (elapsed / 1000) * this.#rate);
    return this.#tokens;
  }
}
