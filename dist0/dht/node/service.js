/**
 * Runs the DHT nodes of this machine, one a family, on the shared UDP sockets: moves packets, arms one timer a node,
 * resolves the names of bootstrap nodes, saves the table, and makes promises of the operations. No protocol decision is
 * made here.
 */
import { lookup as resolveName } from 'node:dns/promises';
import { addressKey, parseHostPort } from '../../ground/address.js';
import { toHex } from '../../ground/bytes.js';
import { Endpoint } from '../../ground/endpoint.js';
import { nodeHasher } from '../../ground/node/hasher.js';
import { createSystemPrng, createSecretPrng } from '../../ground/node/random.js';
import { DhtNode } from '../core/dht-node.js';
import { ItemStore } from '../core/item-store.js';
import { announce, getItem, getPeers, putItem, sampleInfohashes, } from '../core/operations.js';
import { K } from '../core/routing-table.js';
import { nodeSignatures } from './ed25519.js';
import { DEFAULT_ROUTERS } from './routers.js';
import { Seal } from './seal.js';
/** Soon after the start, so that a crash costs little, then now and then. */
const FIRST_SAVE_MS = 10_000;
const SAVE_MS = 5 * 60_000;
const SAVED_CONTACTS = 200;
/** In a network of up to so many everybody is near everything. */
const SMALL_NETWORK = 2 * K;
/** Dead names are kept to be shown, and torrents may name many. */
const MAX_UNRESOLVED = 100;
export class DhtService {
    #options;
    #nodes = [];
    #seal;
    #saveTimer;
    #isClosed = false;
    /**
     * Called when a node that knows few others comes to know another one. In a small network everybody is among the nearest
     * to everything: who came late must be told what was stored before, and some who were told are gone.
     */
    onNewNeighbour = new Set();
    /** Names of starts that nobody knows. */
    #unresolved = new Map();
    #watched = new Map();
    #abort = new AbortController();
    constructor(options) {
        this.#options = options;
        this.#seal = options.networkSecret === undefined ? undefined : new Seal(options.networkSecret);
        const prng = createSystemPrng();
        const items = new ItemStore(prng, nodeHasher, nodeSignatures);
        for (const family of options.udp.families) {
            const saved = options.saved?.find((entry) => entry.family === family);
            const node = new DhtNode({
                sink: {
                    send: (packet, to) => this.#send(packet, to),
                    onIdentity: () => this.#save(),
                    onAnnounced: (infoHash, peer) => this.#watched.get(toHex(infoHash))?.(peer),
                },
                prng,
                secretPrng: createSecretPrng(),
                hasher: nodeHasher,
                signatures: nodeSignatures,
                family,
                id: saved?.id,
                externalHost: saved?.externalHost,
                isReadOnly: options.isReadOnly,
                queriesPerSecond: options.queriesPerSecond,
            }, items);
            this.#nodes.push({ node, timer: undefined, timerAt: Number.POSITIVE_INFINITY });
        }
        const [first, second] = this.#nodes;
        if (first !== undefined && second !== undefined) {
            first.node.sibling = second.node;
            second.node.sibling = first.node;
        }
    }
    start() {
        const now = performance.now();
        this.#options.udp.setReceiver('dht', (packet, from) => this.#receive(packet, from));
        for (const saved of this.#options.saved ?? []) {
            for (const { id, endpoint } of saved.contacts)
                this.#addStart('saved', endpoint, undefined, id);
        }
        for (const { host, port } of this.#options.starts ?? [])
            void this.#resolve('person', host, port);
        const routers = this.#options.routers ?? (this.#seal === undefined ? DEFAULT_ROUTERS : []);
        for (const router of routers) {
            const parsed = parseHostPort(router);
            if (parsed !== undefined)
                void this.#resolve('router', parsed.host, parsed.port);
        }
        for (const running of this.#nodes) {
            running.node.start(now);
            this.#after(running);
        }
        if (this.#options.save !== undefined) {
            this.#saveSoon(FIRST_SAVE_MS);
        }
    }
    get nodes() {
        return this.#nodes.map(({ node }) => node);
    }
    /** Some node has contacts. */
    get isReady() {
        return this.#nodes.some(({ node }) => node.table.size > 0);
    }
    /** A node that somebody told of: a peer's PORT message, a torrent's or link's list, a neighbour. */
    addNode(kind, host, port) {
        void this.#resolve(kind, host, port);
    }
    status() {
        const now = performance.now();
        return this.#nodes.map(({ node }) => ({
            ...node.table.counts(now),
            family: node.options.family,
            id: node.id,
            externalHost: node.externalHost === undefined ? undefined : hostText(node.externalHost),
            port: this.#options.udp.portOf(node.options.family),
            isReady: node.isReady,
            storedHashes: node.peers.hashCount,
            storedPeers: node.peers.peerCount,
            storedItems: node.items.size,
            queriesSent: node.rpc.sent,
            answersReceived: node.rpc.answered,
            queriesAnswered: node.responder.answered,
            queriesRefused: node.responder.refused,
            packetsDropped: node.dropped,
            starts: [...node.bootstrap.status(), ...this.#unresolvedStarts()],
        }));
    }
    /** Finds peers in every family; `onPeers` hears of them as they come. */
    async findPeers(infoHash, options) {
        const scrapes = [];
        const lookups = await this.#onEach(options.signal, (node, now, resolve) => getPeers(node, now, {
            ...options,
            infoHash,
            onDone: (_, result, scrape) => {
                if (scrape !== undefined)
                    scrapes.push(scrape);
                resolve(result);
            },
        }));
        const scrape = scrapes.length === 0 ? undefined : sumScrapes(scrapes);
        return { lookups, scrape };
    }
    announce(infoHash, options) {
        return this.#onEach(options.signal, (node, now, resolve) => announce(node, now, { ...options, infoHash, onDone: (_, result) => resolve(result) }));
    }
    /** The best item of all families. */
    async getItem(target, options = {}) {
        const found = await this.#onEach(options.signal, (node, now, resolve) => getItem(node, now, { ...options, target, onDone: (_, item, result) => resolve({ item, result }) }));
        let best;
        for (const { item } of found) {
            if (item !== undefined && (item.sequence ?? 0) >= (best?.sequence ?? -1))
                best = item;
        }
        return { item: best, lookups: found.map(({ result }) => result) };
    }
    putItem(item, options = {}) {
        return this.#onEach(options.signal, (node, now, resolve) => putItem(node, now, { item, cas: options.cas, onDone: (_, result) => resolve(result) }));
    }
    async sample(target, options) {
        return this.#onEach(options.signal, (node, now, resolve) => sampleInfohashes(node, now, { ...options, target, onDone: (_, result) => resolve(result) }));
    }
    /** Waits until some node has contacts, or for `ms`. True when it has. */
    async waitUntilReady(ms, signal) {
        const until = performance.now() + ms;
        while (!this.#nodes.some(({ node }) => node.isReady)) {
            if (signal?.aborted === true || performance.now() >= until || this.#isClosed)
                return this.isReady;
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        return true;
    }
    close() {
        if (this.#isClosed)
            return;
        this.#save();
        this.#isClosed = true;
        this.#abort.abort();
        clearTimeout(this.#saveTimer);
        this.#options.udp.setReceiver('dht', undefined);
        for (const running of this.#nodes) {
            clearTimeout(running.timer);
            running.node.stop();
        }
        this.#options.onClosed?.();
    }
    /** Hears of peers that announce themselves to us; undefined to stop. */
    watch(infoHash, onPeer) {
        if (onPeer === undefined)
            this.#watched.delete(toHex(infoHash));
        else
            this.#watched.set(toHex(infoHash), onPeer);
    }
    /** One operation on every node; nodes that know nobody are left out unless all are such. */
    #onEach(signal, begin) {
        const able = this.#nodes.filter(({ node }) => node.table.size > 0 || node.bootstrap.size > 0);
        const chosen = able.length > 0 ? able : this.#nodes.slice(0, 1);
        return Promise.all(chosen.map((running) => new Promise((resolve, reject) => {
            let handle;
            const onAbort = () => {
                // The service outlives who asked: it must not hold on to everybody who ever gave up.
                signal?.removeEventListener('abort', onAbort);
                this.#abort.signal.removeEventListener('abort', onAbort);
                handle?.cancel();
                reject(signal?.reason ?? new Error('the DHT was closed'));
            };
            if (signal?.aborted === true || this.#isClosed)
                return onAbort();
            const settle = (value) => {
                signal?.removeEventListener('abort', onAbort);
                this.#abort.signal.removeEventListener('abort', onAbort);
                resolve(value);
            };
            signal?.addEventListener('abort', onAbort, { once: true });
            this.#abort.signal.addEventListener('abort', onAbort, { once: true });
            handle = begin(running.node, performance.now(), settle);
            this.#after(running);
        })));
    }
    #unresolvedStarts() {
        return [...this.#unresolved].map(([name, kind]) => ({
            kind,
            name,
            address: '',
            asked: false,
            answered: false,
        }));
    }
    async #resolve(kind, host, port) {
        const name = addressKey({ host, port });
        const direct = Endpoint.from(host, port);
        if (direct !== undefined) {
            this.#addStart(kind, direct, name);
            return;
        }
        const found = await resolveName(host, { all: true }).catch(() => []);
        if (found.length === 0 && this.#unresolved.size < MAX_UNRESOLVED)
            this.#unresolved.set(name, kind);
        for (const { address } of found.slice(0, 8)) {
            const endpoint = Endpoint.from(address, port);
            if (endpoint !== undefined)
                this.#addStart(kind, endpoint, name);
        }
    }
    #addStart(kind, endpoint, name, id) {
        if (this.#isClosed)
            return;
        for (const running of this.#nodes) {
            if (running.node.options.family !== endpoint.family)
                continue;
            running.node.addStart(performance.now(), kind, endpoint, name, id);
            this.#after(running);
        }
    }
    #receive(packet, from) {
        const opened = this.#seal === undefined ? packet : this.#seal.open(packet);
        if (opened === undefined)
            return;
        for (const running of this.#nodes) {
            if (running.node.options.family !== from.family)
                continue;
            const before = running.node.table.size;
            running.node.handlePacket(performance.now(), opened, from);
            this.#after(running);
            if (before < SMALL_NETWORK && running.node.table.size > before)
                for (const wake of this.onNewNeighbour)
                    wake();
        }
    }
    #send(packet, to) {
        this.#options.udp.send(this.#seal === undefined ? packet : this.#seal.seal(packet), to);
    }
    /** A timer that is early is left alone: it looks again when it goes off. */
    #after(running) {
        const at = running.node.nextTimeout(performance.now());
        if (at >= running.timerAt || this.#isClosed)
            return;
        clearTimeout(running.timer);
        running.timerAt = at;
        running.timer = setTimeout(() => {
            running.timerAt = Number.POSITIVE_INFINITY;
            running.node.handleTimeout(performance.now());
            this.#after(running);
        }, Math.max(1, Math.min(at - performance.now(), 0x7fffffff)));
        running.timer.unref();
    }
    #saveSoon(ms) {
        this.#saveTimer = setTimeout(() => {
            this.#save();
            this.#saveSoon(SAVE_MS);
        }, ms);
        this.#saveTimer.unref();
    }
    #save() {
        if (this.#isClosed)
            return;
        this.#options.save?.(this.#nodes
            .filter(({ node }) => node.table.size > 0)
            .map(({ node }) => ({
            family: node.options.family,
            id: node.id,
            externalHost: node.externalHost,
            contacts: node.remembered(SAVED_CONTACTS),
        })));
    }
}
function sumScrapes(scrapes) {
    return {
        seeds: scrapes.reduce((sum, scrape) => sum + scrape.seeds, 0),
        peers: scrapes.reduce((sum, scrape) => sum + scrape.peers, 0),
    };
}
function hostText(host) {
    const compact = new Uint8Array(host.length + 2);
    compact.set(host);
    compact[host.length + 1] = 1;
    return Endpoint.fromCompact(compact).host;
}
