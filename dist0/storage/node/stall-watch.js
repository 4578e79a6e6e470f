/** Notices when a disk does not answer: operations that run are listed, and one look now and then is enough. */
import { ShoalError } from '../../ground/errors.js';
export const systemClock = {
    now: () => performance.now(),
    after: (ms, action) => {
        const timer = setTimeout(action, ms);
        timer.unref();
        return { cancel: () => clearTimeout(timer) };
    },
};
/** Slow disks under load take seconds; so long takes only one that hangs. */
export const STALL_MS = 10_000;
const LOOK_MS = 2000;
export class StallWatch {
    #clock;
    #events;
    #running = new Set();
    #timer;
    #isStalled = false;
    constructor(clock, events) {
        this.#clock = clock;
        this.#events = events;
    }
    get isStalled() {
        return this.#isStalled;
    }
    begin(what) {
        const entry = { what, since: this.#clock.now() };
        this.#running.add(entry);
        this.#arm();
        return { end: () => this.#end(entry) };
    }
    async run(what, action) {
        const watched = this.begin(what);
        try {
            return await action();
        }
        finally {
            watched.end();
        }
    }
    close() {
        this.#timer?.cancel();
        this.#timer = undefined;
        this.#running.clear();
    }
    #end(entry) {
        this.#running.delete(entry);
        if (!this.#isStalled || this.#oldest() !== undefined)
            return;
        this.#isStalled = false;
        this.#events.onMoving();
    }
    /** What has run for too long. Sets keep the order in which things began. */
    #oldest() {
        for (const entry of this.#running)
            return this.#clock.now() - entry.since >= STALL_MS ? entry : undefined;
        return undefined;
    }
    #arm() {
        this.#timer ??= this.#clock.after(LOOK_MS, () => {
            this.#timer = undefined;
            const oldest = this.#oldest();
            if (oldest !== undefined && !this.#isStalled) {
                this.#isStalled = true;
                this.#events.onStalled(typeof oldest.what === 'string' ? oldest.what : oldest.what());
            }
            if (this.#running.size > 0)
                this.#arm();
        });
    }
}
/** For people. */
export function stalled(what) {
    return new ShoalError('io-error', `${what} does not answer: is it on a network drive, or on a disk that fails?`);
}
