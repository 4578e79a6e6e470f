import { decodeHandshake, HANDSHAKE_LENGTH, isHandshakePrefix, } from '../swarm/wire/handshake.js';
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Connections that have not said what they want: a flood of them must not eat our descriptors. */
const MAX_UNDECIDED = 200;
/** Of one host: its silence must not keep others out. */
const MAX_UNDECIDED_PER_HOST = 10;
export class IncomingLinks {
    #route;
    #undecided = new Set();
    #perHost = new Map();
    /** @param route returns false when no share has that info hash */
    constructor(route) {
        this.#route = route;
    }
    accept(socket, address) {
        const fromHost = this.#perHost.get(address.host) ?? 0;
        if (this.#undecided.size >= MAX_UNDECIDED || fromHost >= MAX_UNDECIDED_PER_HOST) {
            socket.destroy();
            return;
        }
        this.#undecided.add(socket);
        this.#perHost.set(address.host, fromHost + 1);
        let held = Buffer.alloc(0);
        const timer = setTimeout(() => socket.destroy(), HANDSHAKE_TIMEOUT_MS);
        const settle = () => {
            clearTimeout(timer);
            if (!this.#undecided.delete(socket))
                return;
            const left = this.#perHost.get(address.host) - 1;
            if (left === 0)
                this.#perHost.delete(address.host);
            else
                this.#perHost.set(address.host, left);
            socket.off('data', onData);
            socket.off('close', settle);
        };
        const onData = (chunk) => {
            held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
            if (!isHandshakePrefix(held)) {
                settle();
                socket.destroy();
            }
            else if (held.length >= HANDSHAKE_LENGTH) {
                settle();
                const handshake = decodeHandshake(held);
                if (!this.#route(socket, address, handshake, held.subarray(HANDSHAKE_LENGTH)))
                    socket.destroy();
            }
        };
        socket.on('data', onData);
        socket.once('close', settle);
    }
    close() {
        for (const socket of this.#undecided)
            socket.destroy();
    }
}
