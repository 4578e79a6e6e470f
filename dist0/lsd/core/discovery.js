/**
 * Which info hashes are announced on the local network, and when (BEP 14): a new share at once, each again every five
 * minutes, never more than one packet a second in all. What neighbours announce is told to the share that it is for.
 * Private shares are never handed to this machine.
 */
import { createAddress } from '../../ground/address.js';
import { toHex } from '../../ground/bytes.js';
import { decodeLsd, encodeLsd, MAX_HASHES } from '../wire/message.js';
/** BEP 14: "every 5 minutes", and at most once a minute after changes. */
const REPEAT_MS = 5 * 60_000;
const MIN_GAP_MS = 1000;
/** Packets that are read in a second: more is a flood. */
const MAX_PACKETS_PER_SECOND = 50;
export class LocalDiscovery {
    #port;
    #cookie;
    #shares = new Map();
    #notBefore = 0;
    #windowEnd = 0;
    #packets = 0;
    constructor(port, cookie) {
        this.#port = port;
        this.#cookie = cookie;
    }
    add(now, infoHash) {
        const key = toHex(infoHash);
        if (!this.#shares.has(key))
            this.#shares.set(key, { infoHash, dueAt: now });
    }
    delete(infoHash) {
        this.#shares.delete(toHex(infoHash));
    }
    /** An interface came up: its neighbours have heard nothing yet. */
    handleNewInterface(now) {
        for (const share of this.#shares.values())
            share.dueAt = Math.min(share.dueAt, now);
    }
    /** What is to be sent now; undefined for nothing. */
    poll(now) {
        if (now < this.#notBefore)
            return undefined;
        const due = [...this.#shares.values()].filter((share) => share.dueAt <= now).slice(0, MAX_HASHES);
        if (due.length === 0)
            return undefined;
        for (const share of due)
            share.dueAt = now + REPEAT_MS;
        this.#notBefore = now + MIN_GAP_MS;
        return { infoHashes: due.map((share) => share.infoHash), port: this.#port, cookie: this.#cookie };
    }
    encode(message, family) {
        return encodeLsd(message, family);
    }
    nextTimeout() {
        let next;
        for (const { dueAt } of this.#shares.values())
            if (next === undefined || dueAt < next)
                next = dueAt;
        return next === undefined ? undefined : Math.max(next, this.#notBefore);
    }
    /** A neighbour and our shares that it has; undefined when there are none. `host` has been found to be local. */
    handlePacket(now, packet, host) {
        if (now >= this.#windowEnd) {
            this.#windowEnd = now + 1000;
            this.#packets = 0;
        }
        if (++this.#packets > MAX_PACKETS_PER_SECOND)
            return undefined;
        const decoded = decodeLsd(packet);
        if (!decoded.ok || decoded.value.cookie === this.#cookie)
            return undefined;
        const infoHashes = decoded.value.infoHashes.filter((hash) => this.#shares.has(toHex(hash)));
        const address = createAddress(host, decoded.value.port);
        return infoHashes.length === 0 || address === undefined ? undefined : { address, infoHashes };
    }
}
