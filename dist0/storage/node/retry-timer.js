const FIRST_RETRY_MS = 2000;
const MAX_RETRY_MS = 30_000;
export class RetryTimer {
    #clock;
    #action;
    #waitMs = FIRST_RETRY_MS;
    #timer;
    constructor(clock, action) {
        this.#clock = clock;
        this.#action = action;
    }
    get isWaiting() {
        return this.#timer !== undefined;
    }
    /** Unless it waits already. */
    start() {
        this.#timer ??= this.#clock.after(this.#waitMs, () => {
            this.#timer = undefined;
            this.#waitMs = Math.min(2 * this.#waitMs, MAX_RETRY_MS);
            this.#action();
        });
    }
    /** Waits for nothing any more; the next wait is short again. */
    reset() {
        this.#timer?.cancel();
        this.#timer = undefined;
        this.#waitMs = FIRST_RETRY_MS;
    }
}
