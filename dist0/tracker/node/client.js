/** One face for all kinds of tracker URLs, and the driver that runs a share's announcer. */
import { lookup } from 'node:dns/promises';
import { parseHost } from '../../ground/address.js';
import { ShoalError } from '../../ground/errors.js';
import { createSystemPrng } from '../../ground/node/random.js';
import { Announcer } from '../core/announcer.js';
import { NUM_WANT } from '../wire/announce.js';
import { announceHttp, scrapeHttp } from './http-client.js';
import { TrackerRefusal } from './refusal.js';
import { mergeOutcomes, UdpTrackerClient } from './udp-client.js';
export function isTrackerUrl(url) {
    return URL.canParse(url) && /^(https?|udp):$/.test(new URL(url).protocol);
}
export class TrackerClient {
    #userAgent;
    #udp;
    constructor(userAgent, udp) {
        this.#userAgent = userAgent;
        this.#udp = new UdpTrackerClient(udp);
    }
    /** @throws ShoalError tracker-failed, unsupported, aborted */
    async announce(due, request, signal) {
        if (!isTrackerUrl(due.url))
            throw new ShoalError('unsupported', `${due.url}: trackers are http, https or udp`);
        const { protocol } = new URL(due.url);
        if (protocol === 'udp:')
            return this.#udp.announce(due.url, request, signal);
        const families = await familiesOf(due.url);
        const outcomes = await Promise.allSettled(families.map((family) => announceHttp(due.url, request, due.trackerId, {
            userAgent: this.#userAgent,
            signal,
            ...(family === undefined ? {} : { family }),
        })));
        return mergeOutcomes(outcomes);
    }
    async scrape(url, infoHashes, signal) {
        if (!isTrackerUrl(url))
            throw new ShoalError('unsupported', `${url}: trackers are http, https or udp`);
        if (new URL(url).protocol === 'udp:')
            return this.#udp.scrape(url, infoHashes, signal);
        return scrapeHttp(url, infoHashes, { userAgent: this.#userAgent, signal });
    }
    close() {
        this.#udp.close();
    }
}
/** BEP 7: a tracker that has both addresses is told both of ours, by asking it over both. */
async function familiesOf(url) {
    const { hostname } = new URL(url);
    if (parseHost(hostname.replace(/^\[|\]$/g, '')) !== undefined)
        return [undefined];
    try {
        const families = new Set((await lookup(hostname, { all: true })).map((entry) => entry.family));
        return families.size > 1 ? [...families] : [undefined];
    }
    catch {
        return [undefined];
    }
}
/** How long a stopping share waits for trackers to hear of it. */
const STOP_MS = 2000;
/** Runs one share's announces until it is stopped. */
export class AnnounceDriver {
    #client;
    #options;
    #announcer;
    #abort = new AbortController();
    #key = createSystemPrng().below(0x1_0000_0000);
    #timer;
    constructor(client, options) {
        this.#client = client;
        this.#options = options;
        this.#announcer = new Announcer(options.tiers, createSystemPrng());
    }
    start() {
        this.#step();
    }
    status() {
        return this.#announcer.status();
    }
    handleCompleted() {
        this.#announcer.handleCompleted(performance.now());
        this.#step();
    }
    async stop() {
        clearTimeout(this.#timer);
        const due = this.#announcer.handleStop();
        this.#abort.abort();
        const signal = AbortSignal.timeout(STOP_MS);
        await Promise.allSettled(due.map((announce) => this.#client.announce(announce, this.#request(announce), signal)));
    }
    #step() {
        if (this.#abort.signal.aborted)
            return;
        for (const due of this.#announcer.due(performance.now()))
            void this.#run(due);
        clearTimeout(this.#timer);
        const next = this.#announcer.nextTimeout();
        if (next === undefined || next === Number.POSITIVE_INFINITY)
            return;
        this.#timer = setTimeout(() => this.#step(), Math.max(10, next - performance.now()));
        this.#timer.unref();
    }
    async #run(due) {
        try {
            const response = await this.#client.announce(due, this.#request(due), this.#abort.signal);
            this.#announcer.handleResponse(performance.now(), due.url, due.event, response);
            if (this.#abort.signal.aborted)
                return;
            this.#options.onPeers(response.peers);
            if (this.#options.counters().isShortOfPeers)
                this.#announcer.handleShortage(performance.now());
        }
        catch (error) {
            const failure = error instanceof TrackerRefusal ? error.failure : { reason: error.message };
            this.#announcer.handleFailure(performance.now(), due.url, failure);
        }
        this.#step();
    }
    #request(due) {
        const { uploaded, downloaded, left } = this.#options.counters();
        const { infoHash, peerId, port } = this.#options;
        const numWant = due.event === 'stopped' ? 0 : NUM_WANT;
        return { infoHash, peerId, port, uploaded, downloaded, left, event: due.event, key: this.#key, numWant };
    }
}
