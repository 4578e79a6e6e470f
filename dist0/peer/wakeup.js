/** A wait that ends by time, by a signal, or because something changed. */
export class Wakeup {
    #waiters = [];
    wake() {
        const waiters = this.#waiters;
        this.#waiters = [];
        for (const resolve of waiters)
            resolve();
    }
    async wait(ms, signal) {
        if (signal?.aborted === true)
            return;
        let timer;
        let onAbort;
        await new Promise((resolve) => {
            onAbort = () => resolve();
            timer = setTimeout(onAbort, ms);
            this.#waiters.push(onAbort);
            signal?.addEventListener('abort', onAbort, { once: true });
        });
        clearTimeout(timer);
        if (onAbort !== undefined)
            signal?.removeEventListener('abort', onAbort);
    }
}
