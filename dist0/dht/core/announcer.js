const REANNOUNCE_MS = 14 * 60_000;
/** Nobody was found: the next tries. */
const FIRST_SHORTAGE_MS = 5000;
const HURRY_MS = 500;
const MAX_SHORTAGE_MS = 4 * 60_000;
export class DhtAnnouncer {
    #prng;
    #dueAt = 0;
    #shortageMs = FIRST_SHORTAGE_MS;
    #isRunning = false;
    #isHurried = false;
    constructor(prng) {
        this.#prng = prng;
    }
    isDue(now) {
        return !this.#isRunning && now >= this.#dueAt;
    }
    /** Undefined while an announce runs. */
    nextTimeout() {
        return this.#isRunning ? undefined : this.#dueAt;
    }
    handleStarted() {
        this.#isRunning = true;
    }
    /** @param isShort more peers would help, or no node stored us */
    handleDone(now, isShort) {
        this.#isRunning = false;
        const pause = this.#isHurried ? HURRY_MS : isShort ? this.#shortageMs : REANNOUNCE_MS;
        this.#isHurried = false;
        this.#shortageMs = isShort ? Math.min(MAX_SHORTAGE_MS, 2 * this.#shortageMs) : FIRST_SHORTAGE_MS;
        this.#dueAt = now + pause * (0.85 + this.#prng.fraction() * 0.3);
    }
    /** The share changed what it is (a leecher became a seed) or the DHT came to life. */
    hurry(now) {
        // What changes while an announce runs is told by the next one.
        this.#isHurried = this.#isRunning;
        this.#dueAt = Math.min(this.#dueAt, now);
    }
}
