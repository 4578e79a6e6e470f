/** A quarter of a second of flow may come at once, and at least one block, or nothing would ever pass. */
const BURST_SECONDS = 0.25;
const MIN_BURST = 16_384 + 64;
export class TokenBucket {
    #parent;
    #rate;
    #tokens = 0;
    #updated;
    /** `rate` in bytes a second; Infinity for no limit. */
    constructor(rate = Number.POSITIVE_INFINITY, parent) {
        this.#rate = rate;
        this.#parent = parent;
        this.#tokens = this.#burst();
    }
    get rate() {
        return this.#rate;
    }
    setRate(rate) {
        this.#rate = rate;
        this.#tokens = Math.min(this.#tokens, this.#burst());
    }
    get isUnlimited() {
        return this.#rate === Number.POSITIVE_INFINITY && (this.#parent?.isUnlimited ?? true);
    }
    /** Bytes that may pass now. */
    available(now) {
        const own = this.#rate === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : this.#refill(now);
        return this.#parent === undefined ? own : Math.min(own, this.#parent.available(now));
    }
    /** Takes `bytes`; the bucket may go below zero, which delays what follows. */
    take(now, bytes) {
        if (this.#rate !== Number.POSITIVE_INFINITY) {
            this.#refill(now);
            this.#tokens -= bytes;
        }
        this.#parent?.take(now, bytes);
    }
    /** Milliseconds until `bytes` are available; 0 when they are. */
    delayMs(now, bytes) {
        let own = 0;
        if (this.#rate !== Number.POSITIVE_INFINITY) {
            const missing = Math.min(bytes, this.#burst()) - this.#refill(now);
            own = missing <= 0 ? 0 : Math.ceil((missing / Math.max(1, this.#rate)) * 1000);
        }
        return Math.max(own, this.#parent?.delayMs(now, bytes) ?? 0);
    }
    #burst() {
        return this.#rate === Number.POSITIVE_INFINITY ? 0 : Math.max(MIN_BURST, this.#rate * BURST_SECONDS);
    }
    #refill(now) {
        const elapsed = this.#updated === undefined ? 0 : Math.max(0, now - this.#updated);
        this.#updated = now;
        this.#tokens = Math.min(this.#burst(), this.#tokens + (elapsed / 1000) * this.#rate);
        return this.#tokens;
    }
}
