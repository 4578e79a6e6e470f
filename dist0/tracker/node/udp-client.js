/**
 * Announces and scrapes over UDP (BEP 15), on the sockets that everything of this peer shares; connection ids are kept
 * for the minute that they last. Answers are matched by transaction *and* sender.
 */
import { lookup } from 'node:dns/promises';
import { formatHost, parseHost } from '../../ground/address.js';
import { Endpoint } from '../../ground/endpoint.js';
import { ShoalError } from '../../ground/errors.js';
import { randomBytes } from '../../ground/node/random.js';
import { readUint32 } from '../../ground/bytes.js';
import { decodeUdpResponse, encodeConnect, encodeUdpAnnounce, encodeUdpScrape, MAX_SCRAPE_HASHES, } from '../wire/udp.js';
import { TrackerRefusal } from './refusal.js';
/** BEP 15 waits 15 × 2^n s, made for lines that no longer exist; a lost packet is asked for again sooner. */
const RETRY_MS = [3000, 6000, 12_000];
/** BEP 15: a connection id lasts a minute on the client's side. */
const CONNECTION_MS = 60_000;
const MAX_CONNECTIONS = 1000;
export class UdpTrackerClient {
    #udp;
    #waiting = new Map();
    #connections = new Map();
    #isClosed = false;
    constructor(udp) {
        this.#udp = udp;
        udp.setReceiver('tracker', (packet, from) => this.#receive(packet, from));
    }
    /** Announces over every family that the tracker's name has; one answer is enough. */
    async announce(url, request, signal) {
        const target = new URL(url);
        const urlData = target.pathname + target.search;
        const outcomes = await Promise.allSettled((await this.#resolve(target)).map(async (host) => {
            const connection = await this.#connect(url, host, signal);
            const answer = await this.#ask(url, host, signal, (transaction) => encodeUdpAnnounce(connection, transaction, request, urlData));
            if (answer.action !== 'announce')
                throw new ShoalError('tracker-failed', `${url} answered something else`);
            return answer.response;
        }));
        return mergeOutcomes(outcomes);
    }
    async scrape(url, infoHashes, signal) {
        const target = new URL(url);
        const host = (await this.#resolve(target))[0];
        const connection = await this.#connect(url, host, signal);
        const asked = infoHashes.slice(0, MAX_SCRAPE_HASHES);
        const answer = await this.#ask(url, host, signal, (transaction) => encodeUdpScrape(connection, transaction, asked));
        if (answer.action !== 'scrape')
            throw new ShoalError('tracker-failed', `${url} answered something else`);
        return answer.counts.map((counts, i) => ({ infoHash: asked[i], ...counts })).slice(0, asked.length);
    }
    close() {
        this.#isClosed = true;
        this.#udp.setReceiver('tracker', undefined);
    }
    /** Where the tracker is, in the families that we have. */
    async #resolve(url) {
        const all = await resolveHost(url);
        const usable = all.filter((host) => this.#udp.families.includes(host.family));
        if (usable.length === 0)
            throw new ShoalError('tracker-failed', `${url.host} has no address that we can reach`);
        return usable;
    }
    async #connect(url, host, signal) {
        const key = `${host.host}/${host.port}`;
        const known = this.#connections.get(key);
        if (known !== undefined && performance.now() - known.at < CONNECTION_MS)
            return known.id;
        const answer = await this.#ask(url, host, signal, encodeConnect);
        if (answer.action !== 'connect')
            throw new ShoalError('tracker-failed', `${url} answered something else`);
        if (this.#connections.size >= MAX_CONNECTIONS)
            this.#connections.clear();
        this.#connections.set(key, { id: answer.connection, at: performance.now() });
        return answer.connection;
    }
    async #ask(url, to, signal, encode) {
        const transaction = readUint32(randomBytes(4), 0);
        const packet = encode(transaction);
        try {
            for (const waitMs of RETRY_MS) {
                if (signal?.aborted === true || this.#isClosed)
                    throw new ShoalError('aborted', 'interrupted');
                const answer = new Promise((settle) => {
                    this.#waiting.set(transaction, { host: to.host, port: to.port, settle });
                });
                this.#udp.send(packet, to);
                const response = await withTimeout(answer, waitMs, signal);
                if (response === undefined)
                    continue;
                if (response.action === 'error')
                    throw new TrackerRefusal(url, { reason: response.message });
                return response;
            }
        }
        finally {
            this.#waiting.delete(transaction);
        }
        throw new ShoalError('tracker-failed', `${url} did not answer`);
    }
    #receive(packet, from) {
        const decoded = decodeUdpResponse(packet, from.family);
        if (!decoded.ok)
            return;
        const waiting = this.#waiting.get(decoded.value.transaction);
        if (waiting === undefined || from.host !== waiting.host || from.port !== waiting.port)
            return;
        waiting.settle(decoded.value);
    }
}
async function resolveHost(url) {
    const name = url.hostname.replace(/^\[|\]$/g, '');
    const port = Number(url.port);
    if (port === 0)
        throw new ShoalError('tracker-failed', `${url.href} names no port`);
    const literal = parseHost(name);
    if (literal !== undefined)
        return [Endpoint.from(formatHost(literal), port)];
    try {
        const found = await lookup(name, { all: true });
        const first = (family) => found
            .filter((entry) => entry.family === family)
            .slice(0, 1)
            .map((entry) => Endpoint.from(entry.address, port));
        return [...first(4), ...first(6)];
    }
    catch (error) {
        throw new ShoalError('tracker-failed', `${name}: no such host name`, error);
    }
}
async function withTimeout(promise, ms, signal) {
    let timer;
    let onAbort;
    const late = new Promise((resolve) => {
        timer = setTimeout(() => resolve(undefined), ms);
        onAbort = () => resolve(undefined);
        signal?.addEventListener('abort', onAbort);
    });
    try {
        return await Promise.race([promise, late]);
    }
    finally {
        clearTimeout(timer);
        if (onAbort !== undefined)
            signal?.removeEventListener('abort', onAbort);
    }
}
/** One answer of all that came; the failures matter only when there is none. */
export function mergeOutcomes(outcomes) {
    const answers = outcomes
        .filter((outcome) => outcome.status === 'fulfilled')
        .map((outcome) => outcome.value);
    const first = answers[0];
    if (first === undefined)
        throw outcomes.find((outcome) => outcome.status === 'rejected').reason;
    return { ...first, peers: answers.flatMap((answer) => answer.peers) };
}
