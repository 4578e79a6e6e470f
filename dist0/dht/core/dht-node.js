/**
 * A node of the DHT: the machine that routes. Packets go to the queries that wait for them or to the responder; time goes to
 * whoever asked for it. What is decided is decided in the machines that it holds; `sink.ts` has the calling contract.
 */
import { equalBytes, readUint32, toByteString } from '../../ground/bytes.js';
import { Endpoint, isLocalHost } from '../../ground/endpoint.js';
import { shuffle } from '../../ground/prng.js';
import { decodeKrpc, WANT_V4, WANT_V6 } from '../wire/krpc.js';
import { createNodeId, ID_LENGTH, isIdBoundTo } from '../wire/node-id.js';
import { Bootstrap } from './bootstrap.js';
import { AddressVotes, ProvedHosts } from './host-tables.js';
import { ItemStore } from './item-store.js';
import { Lookup } from './lookup.js';
import { Maintenance } from './maintenance.js';
import { PeerStore } from './peer-store.js';
import { Responder } from './responder.js';
import { K, RoutingTable } from './routing-table.js';
import { Rpc } from './rpc.js';
import { SizeEstimate } from './size-estimate.js';
const DEFAULT_QUERIES_PER_SECOND = 200;
/** Lookups at once; others wait for their turn. */
const MAX_LOOKUPS = 32;
const MAX_WAITING_LOOKUPS = 10_000;
const STORE_TICK_MS = 60_000;
export class DhtNode {
    options;
    rpc;
    bootstrap = new Bootstrap();
    peers;
    items;
    responder;
    maintenance;
    /** The other family's node on this machine (BEP 32). */
    sibling;
    isReady = false;
    externalHost;
    /** Packets that were dropped because they are not KRPC, or answer nothing that we asked. */
    dropped = 0;
    #proved;
    #votes = new AddressVotes();
    #size = new SizeEstimate();
    #lookups = new Set();
    #waiting = [];
    #table;
    #storeTickAt = Number.POSITIVE_INFINITY;
    #isStopped = false;
    constructor(options, items) {
        this.options = options;
        const { prng, secretPrng, hasher, family, sink } = options;
        this.externalHost = options.externalHost;
        const saved = options.id;
        const isUsable = saved?.length === ID_LENGTH &&
            (this.externalHost === undefined || isIdBoundTo(saved, this.externalHost));
        this.#table = new RoutingTable(isUsable ? saved : createNodeId(this.externalHost, secretPrng), family);
        this.#proved = new ProvedHosts(secretPrng);
        this.peers = new PeerStore(family, prng, hasher);
        this.items = items ?? new ItemStore(prng, hasher, options.signatures);
        this.rpc = new Rpc({
            sink,
            secretPrng,
            ownId: () => this.#table.ownId,
            isReadOnly: options.isReadOnly === true,
            queriesPerSecond: options.queriesPerSecond ?? DEFAULT_QUERIES_PER_SECOND,
            writer: options.writer,
        });
        this.responder = new Responder({
            options,
            writer: this.rpc.writer,
            peers: this.peers,
            items: this.items,
            proved: this.#proved,
            ownId: () => this.#table.ownId,
            closestInfos: (target, count) => this.closestInfos(target, count),
            other: () => this.sibling,
        });
        this.maintenance = new Maintenance({
            rpc: this.rpc,
            prng,
            bootstrap: this.bootstrap,
            table: () => this.#table,
            startLookup: (now, lookup) => void this.lookup(now, {
                method: 'find_node',
                args: { target: lookup.target, wants: this.wants },
                ...lookup,
            }),
            onFailure: (id) => this.#table.handleFailure(id),
            onReady: () => (this.isReady = true),
            isNeighbourhoodThin: () => this.#size.isThin(this.#neighbourhood()),
        });
    }
    get id() {
        return this.#table.ownId;
    }
    get table() {
        return this.#table;
    }
    get runningLookups() {
        return this.#lookups.size + this.#waiting.length;
    }
    /** Nodes of the network, estimated; undefined before enough lookups have ended. */
    get networkSize() {
        return this.#size.nodes(this.#neighbourhood());
    }
    /** For queries: nodes of both families are of use to a host that has both. */
    get wants() {
        return this.sibling === undefined ? undefined : WANT_V4 | WANT_V6;
    }
    start(now) {
        this.maintenance.start(now);
        this.#storeTickAt = now + STORE_TICK_MS;
    }
    /** Nothing is sent or answered any more. */
    stop() {
        this.#isStopped = true;
        this.rpc.clear();
        for (const lookup of this.#lookups)
            lookup.cancel();
        this.#lookups.clear();
        this.#waiting.length = 0;
    }
    /** A place to begin at. Who comes with an id is in no table before it has answered. */
    addStart(now, kind, endpoint, name, id) {
        if (endpoint.family !== this.options.family || !this.bootstrap.add(kind, endpoint, name, id))
            return;
        if (this.#table.size === 0)
            this.maintenance.hurry(now);
        else if (kind === 'peer' || kind === 'local' || kind === 'person') {
            if (this.rpc.delayMs(now) === 0)
                this.maintenance.ping(now, undefined, endpoint);
        }
    }
    handlePacket(now, packet, from) {
        if (this.#isStopped)
            return;
        const decoded = decodeKrpc(packet);
        if (!decoded.ok) {
            this.dropped++;
            return;
        }
        const message = decoded.value;
        if (message.kind === 'query')
            this.#handleQuery(now, message, from, packet.length);
        else
            this.#handleAnswer(now, message, from);
    }
    handleTimeout(now) {
        if (this.#isStopped)
            return;
        this.rpc.handleTimeout(now);
        for (const lookup of [...this.#lookups])
            lookup.advance(now);
        this.#startWaiting(now);
        this.maintenance.handleTimeout(now);
        if (now >= this.#storeTickAt) {
            this.#storeTickAt = now + STORE_TICK_MS;
            this.peers.handleTick(now);
            this.items.handleTick(now);
        }
    }
    nextTimeout(now) {
        if (this.#isStopped)
            return Number.POSITIVE_INFINITY;
        let next = Math.min(this.rpc.nextTimeout(), this.maintenance.nextTimeout(), this.#storeTickAt);
        for (const lookup of this.#lookups)
            next = Math.min(next, lookup.nextTimeout(now));
        return next;
    }
    /** How far the K-th nearest to our own id is, as the table knows it. */
    #neighbourhood() {
        const own = this.#table.closest(this.#table.ownId, K);
        const farthest = own.length < K ? undefined : own[K - 1].id;
        if (farthest === undefined)
            return undefined;
        return { count: K, distance: (readUint32(farthest, 0) ^ readUint32(this.#table.ownId, 0)) >>> 0 };
    }
    /** Starts a lookup from the nearest contacts of the table, as soon as there is room for one. */
    lookup(now, options) {
        const entry = {
            options,
            isCancelled: false,
            lookup: undefined,
        };
        if (this.#lookups.size < MAX_LOOKUPS)
            entry.lookup = this.#begin(now, options);
        else if (this.#waiting.length < MAX_WAITING_LOOKUPS)
            this.#waiting.push(entry);
        else
            options.onDone(now, { distance: undefined, closest: [], queries: 0, answers: 0, durationMs: 0 });
        return {
            cancel: () => {
                entry.isCancelled = true;
                entry.lookup?.cancel();
                if (entry.lookup !== undefined)
                    this.#lookups.delete(entry.lookup);
            },
        };
    }
    closestInfos(target, count) {
        return this.#table.closestInfos(target, count);
    }
    /** Contacts for the next start. */
    remembered(count) {
        return this.#table.freshest(count);
    }
    #begin(now, options) {
        let start = options.start ?? this.#table.closest(options.target, 2 * K);
        let { strangers } = options;
        // Before there is a table, every start helps.
        if (start.length < K && strangers === undefined) {
            const first = this.bootstrap.take(now);
            start = [...start, ...first.contacts];
            strangers = first.strangers;
        }
        const { networkSize } = this;
        const lookup = new Lookup(now, {
            ...options,
            start,
            ...(strangers === undefined ? {} : { strangers }),
            family: this.options.family,
            spares: () => shuffle(this.#table.freshest(200), this.options.prng).slice(0, 2 * K),
            expectedDistance: networkSize === undefined || options.parallel !== undefined
                ? undefined
                : (K * 0x1_0000_0000) / networkSize,
            onDone: (at, result) => {
                if (result.distance !== undefined && options.parallel === undefined)
                    this.#size.add(K, result.distance);
                this.#lookups.delete(lookup);
                options.onDone(at, result);
                this.#startWaiting(at);
            },
        }, this.rpc, this.#table.ownId, (id) => this.#table.handleFailure(id));
        this.#lookups.add(lookup);
        lookup.advance(now);
        return lookup;
    }
    #startWaiting(now) {
        while (this.#waiting.length > 0 && this.#lookups.size < MAX_LOOKUPS) {
            const entry = this.#waiting.shift();
            if (!entry.isCancelled)
                entry.lookup = this.#begin(now, entry.options);
        }
    }
    #handleQuery(now, query, from, length) {
        if (this.options.isReadOnly === true || equalBytes(query.id, this.#table.ownId)) {
            this.dropped++;
            return;
        }
        if (!this.responder.admits(now, from))
            return;
        const answer = this.responder.answer(now, query, from, length);
        if (answer !== undefined)
            this.options.sink.send(answer, from);
        if (!query.isReadOnly && !this.#table.handleQuery(now, query.id, from)) {
            this.maintenance.consider(now, query.id, from);
        }
    }
    #handleAnswer(now, answer, from) {
        // The table learns before the query's owner looks into it.
        const isAnswer = answer.kind === 'response' && this.rpc.isExpected(answer, from);
        if (isAnswer) {
            this.#table.handleAnswer(now, answer.id, from);
            this.#proved.add(now, from.hostBytes);
            this.bootstrap.handleAnswer(from);
        }
        if (!this.rpc.handleMessage(now, answer, from))
            this.dropped++;
        if (!isAnswer)
            return;
        if (answer.ip !== undefined)
            this.#vote(now, from, answer.ip);
        const others = this.options.family === 4 ? answer.nodes6 : answer.nodes;
        if (others !== undefined)
            this.sibling?.handleForeignNodes(now, others);
    }
    /** Nodes of this family that the sibling heard of: starts, as long as there is nothing better. */
    handleForeignNodes(now, infos) {
        if (this.#table.size >= K || this.#isStopped)
            return;
        const size = this.options.family === 4 ? 26 : 38;
        for (let at = 0; at + size <= infos.length && at < K * size; at += size) {
            const endpoint = Endpoint.fromCompact(infos.subarray(at + ID_LENGTH, at + size));
            if (endpoint !== undefined)
                this.addStart(now, 'peer', endpoint);
        }
    }
    /** BEP 42: enough others agree on our address, and our id does not follow from it. */
    #vote(now, from, seen) {
        const host = seen.length % 4 === 2 ? seen.subarray(0, seen.length - 2) : seen;
        if (host.length !== (this.options.family === 4 ? 4 : 16) || isLocalHost(host))
            return;
        if (this.externalHost !== undefined && equalBytes(host, this.externalHost))
            return this.#votes.voteFor();
        if (!this.#votes.voteAgainst(from.hostBytes, toByteString(host)))
            return;
        this.externalHost = host.slice();
        if (isIdBoundTo(this.#table.ownId, this.externalHost))
            return;
        this.#takeIdentity(now, createNodeId(this.externalHost, this.options.secretPrng));
    }
    #takeIdentity(now, id) {
        const before = this.#table.freshest(1000);
        this.#table = new RoutingTable(id, this.options.family);
        for (const { id: contact, endpoint } of before)
            this.#table.handleAnswer(now, contact, endpoint);
        this.options.sink.onIdentity(id, this.externalHost);
        this.maintenance.start(now);
    }
}
