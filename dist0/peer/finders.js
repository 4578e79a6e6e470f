import { createSystemPrng } from '../ground/node/random.js';
import { DhtAnnouncer } from '../dht/core/announcer.js';
export class DhtFinder {
    #dht;
    #options;
    #announcer = new DhtAnnouncer(createSystemPrng());
    #abort = new AbortController();
    #found = new Set();
    #timer;
    #rounds = 0;
    #stored = 0;
    constructor(dht, options) {
        this.#dht = dht;
        this.#options = options;
    }
    start() {
        this.#dht.onNewNeighbour.add(this.#wake);
        for (const infoHash of this.#options.infoHashes)
            this.#dht.watch(infoHash, (peer) => this.#take([peer]));
        void this.#step();
    }
    get status() {
        return {
            rounds: this.#rounds,
            stored: this.#stored,
            found: this.#found.size,
            isReady: this.#dht.isReady,
        };
    }
    /** A newcomer in a small network has not heard of us. */
    #wake = () => {
        this.#announcer.hurry(performance.now() + 500);
        this.#arm();
    };
    /** We became a seed: those who look for peers should know. */
    handleCompleted() {
        this.#announcer.hurry(performance.now());
        this.#arm();
    }
    stop() {
        this.#abort.abort();
        this.#dht.onNewNeighbour.delete(this.#wake);
        for (const infoHash of this.#options.infoHashes)
            this.#dht.watch(infoHash, undefined);
        clearTimeout(this.#timer);
    }
    async #step() {
        if (!this.#announcer.isDue(performance.now()) || this.#abort.signal.aborted)
            return this.#arm();
        this.#announcer.handleStarted();
        const { signal } = this.#abort;
        const { port, isSeed } = this.#options;
        await this.#dht.waitUntilReady(10_000, signal);
        let stored = 0;
        for (const infoHash of this.#options.infoHashes) {
            const results = await this.#dht
                .announce(infoHash, { port, isSeed: isSeed(), onPeers: (peers) => this.#take(peers), signal })
                .catch(() => []);
            stored += results.reduce((sum, result) => sum + result.stored, 0);
        }
        if (signal.aborted)
            return;
        this.#rounds++;
        this.#stored = stored;
        this.#announcer.handleDone(performance.now(), stored === 0 || this.#options.isShortOfPeers());
        this.#arm();
    }
    #take(peers) {
        for (const { host, port } of peers)
            if (this.#found.size < 10_000)
                this.#found.add(`${host}/${port}`);
        if (!this.#abort.signal.aborted)
            this.#options.onPeers(peers);
    }
    #arm() {
        const at = this.#announcer.nextTimeout();
        clearTimeout(this.#timer);
        if (at === undefined || this.#abort.signal.aborted)
            return;
        this.#timer = setTimeout(() => void this.#step(), Math.max(10, at - performance.now()));
        this.#timer.unref();
    }
}
/** Both ways of finding peers, for one share. */
export class Finders {
    #lsd;
    #infoHashes;
    #dhtFinder;
    #isStopped = false;
    constructor(dht, lsd, options) {
        this.#lsd = lsd;
        this.#infoHashes = options.infoHashes;
        this.#dhtFinder = dht === undefined ? undefined : new DhtFinder(dht, options);
    }
    start() {
        this.#dhtFinder?.start();
        for (const infoHash of this.#infoHashes)
            this.#lsd?.add(infoHash);
    }
    get status() {
        return this.#dhtFinder?.status;
    }
    handleCompleted() {
        this.#dhtFinder?.handleCompleted();
    }
    stop() {
        if (this.#isStopped)
            return;
        this.#isStopped = true;
        this.#dhtFinder?.stop();
        for (const infoHash of this.#infoHashes)
            this.#lsd?.delete(infoHash);
    }
}
