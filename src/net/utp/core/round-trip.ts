/** How long a round trip takes, and after which silence packets count as lost (RFC 6298). */

/** Before the first sample (RFC 6298, 2.1). */
const INITIAL_TIMEOUT_MS = 1000;
/** BEP 29: "timeout = max(rtt + rtt_var * 4, 500)". */
const MIN_TIMEOUT_MS = 500;
const MAX_TIMEOUT_MS = 60_000;

export class RoundTrip {
  #smoothedMs: number | undefined;
  #varianceMs = 0;
  #leastMs = Number.POSITIVE_INFINITY;
  #latestMs = 0;

  /** Undefined before the first sample. */
  get smoothedMs(): number | undefined {
    return this.#smoothedMs;
  }

  get leastMs(): number {
    return this.#leastMs;
  }

  get latestMs(): number {
    return this.#latestMs;
  }

  /** Of a packet that was sent once (Karn's algorithm). */
  add(ms: number): void {
    this.#latestMs = ms;
    this.#leastMs = Math.min(this.#leastMs, ms);
    if (this.#smoothedMs === undefined) {
      this.#smoothedMs = ms;
      this.#varianceMs = ms / 2;
      return;
    }
    this.#varianceMs += (Math.abs(this.#smoothedMs - ms) - this.#varianceMs) / 4;
    this.#smoothedMs += (ms - this.#smoothedMs) / 8;
  }

  /** @param backOffs time-outs in a row: each doubles it */
  timeoutMs(backOffs: number): number {
    const plain =
      this.#smoothedMs === undefined
        ? INITIAL_TIMEOUT_MS
        : Math.max(MIN_TIMEOUT_MS, this.#smoothedMs + 4 * this.#varianceMs);
    return Math.min(MAX_TIMEOUT_MS, plain * 2 ** backOffs);
  }
}
