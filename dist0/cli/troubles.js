import { printable } from './terminal/format.js';
export class TroubleReporter {
    #output;
    #known = new Set();
    constructor(output) {
        this.#output = output;
    }
    report(status) {
        const now = new Map(status.troubles.map((trouble) => [trouble.message, trouble]));
        for (const { code, message } of now.values()) {
            if (this.#known.has(message))
                continue;
            this.#known.add(message);
            this.#output.event('trouble', { code, message });
            this.#output.info(`${printable(message)}; it goes on by itself when that is over`);
        }
        for (const message of this.#known) {
            if (now.has(message))
                continue;
            this.#known.delete(message);
            this.#output.event('recovered', { message });
            this.#output.info(`over: ${printable(message)}`);
        }
    }
}
