import { KrpcWriter, readTransaction } from '../wire/krpc-writer.js';
import { equalBytes } from '../../ground/bytes.js';
/** An answer that takes longer is never waited for. */
const LONG_TIMEOUT_MS = 8000;
const MIN_SHORT_MS = 250;
const MAX_SHORT_MS = 2500;
/** Before anything is measured. */
const FIRST_SHORT_MS = 1000;
/**
 * Of the round trips: two thirds of the nodes answer within it. A mean would follow the slow ones, and every lookup would
 * wait for them.
 */
const QUANTILE = 0.67;
const MAX_OUTSTANDING = 512;
export class Rpc {
    writer;
    #sink;
    #prng;
    #ownId;
    #isReadOnly;
    #ratePerSecond;
    #outstanding = new Map();
    #timeoutAt = Number.POSITIVE_INFINITY;
    #typicalMs = 0;
    #tokens;
    #refilledAt = 0;
    /** For `status` and the simulation. */
    sent = 0;
    answered = 0;
    constructor(options) {
        this.writer = options.writer ?? new KrpcWriter();
        this.#sink = options.sink;
        this.#prng = options.secretPrng;
        this.#ownId = options.ownId;
        this.#isReadOnly = options.isReadOnly;
        this.#ratePerSecond = options.queriesPerSecond;
        this.#tokens = options.queriesPerSecond;
    }
    get outstanding() {
        return this.#outstanding.size;
    }
    /** What is waited for an answer, in milliseconds. */
    get shortTimeoutMs() {
        if (this.#typicalMs === 0)
            return FIRST_SHORT_MS;
        return Math.max(MIN_SHORT_MS, Math.min(MAX_SHORT_MS, 2 * this.#typicalMs + 100));
    }
    /** Milliseconds until another query may leave; 0: now. */
    delayMs(now) {
        if (this.#outstanding.size >= MAX_OUTSTANDING)
            return MIN_SHORT_MS;
        this.#refill(now);
        return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) * 1000) / this.#ratePerSecond);
    }
    /** The caller has looked at `delayMs`. */
    query(now, method, to, id, args, handler) {
        let transaction = this.#prng.below(0x1_0000_0000);
        while (this.#outstanding.has(transaction))
            transaction = this.#prng.below(0x1_0000_0000);
        const lateAt = now + this.shortTimeoutMs;
        this.#outstanding.set(transaction, { transaction, to, id, sentAt: now, lateAt, isLate: false, handler });
        this.#timeoutAt = Math.min(this.#timeoutAt, lateAt);
        this.#refill(now);
        this.#tokens--;
        this.sent++;
        this.#sink.send(this.writer.query(method, transaction, this.#ownId(), this.#isReadOnly, args), to);
    }
    /** True when the message comes from whom we asked, under the id that we asked. Changes nothing. */
    isExpected(message, from) {
        const transaction = readTransaction(message.transaction);
        const asked = transaction === undefined ? undefined : this.#outstanding.get(transaction);
        if (asked === undefined || !asked.to.isSame(from))
            return false;
        return asked.id === undefined || equalBytes(asked.id, message.id);
    }
    /** True when the message answers a query of ours; then the handler has been called. */
    handleMessage(now, message, from) {
        const transaction = readTransaction(message.transaction);
        const asked = transaction === undefined ? undefined : this.#outstanding.get(transaction);
        if (asked === undefined || !asked.to.isSame(from))
            return false;
        this.#outstanding.delete(asked.transaction);
        if (message.kind === 'error') {
            this.#measure(now - asked.sentAt);
            asked.handler.onFailure(now, message);
            return true;
        }
        if (asked.id !== undefined && !equalBytes(asked.id, message.id)) {
            asked.handler.onFailure(now, undefined);
            return false;
        }
        this.answered++;
        this.#measure(now - asked.sentAt);
        asked.handler.onAnswer(now, message);
        return true;
    }
    handleTimeout(now) {
        if (now < this.#timeoutAt)
            return;
        this.#timeoutAt = Number.POSITIVE_INFINITY;
        for (const asked of [...this.#outstanding.values()]) {
            if (now >= asked.sentAt + LONG_TIMEOUT_MS) {
                this.#outstanding.delete(asked.transaction);
                asked.handler.onFailure(now, undefined);
                continue;
            }
            if (!asked.isLate && now >= asked.lateAt) {
                asked.isLate = true;
                asked.handler.onLate?.(now);
            }
            const next = asked.isLate ? asked.sentAt + LONG_TIMEOUT_MS : asked.lateAt;
            this.#timeoutAt = Math.min(this.#timeoutAt, next);
        }
    }
    nextTimeout() {
        return this.#outstanding.size === 0 ? Number.POSITIVE_INFINITY : this.#timeoutAt;
    }
    /** Nobody waits for anything any more. */
    clear() {
        this.#outstanding.clear();
    }
    #refill(now) {
        const elapsed = Math.max(0, now - this.#refilledAt);
        this.#refilledAt = now;
        this.#tokens = Math.min(this.#ratePerSecond, this.#tokens + (elapsed / 1000) * this.#ratePerSecond);
    }
    /** Steps towards the quantile: up at each sample above it, down at each below, in the ratio that balances there. */
    #measure(roundTripMs) {
        const sample = Math.max(1, roundTripMs);
        if (this.#typicalMs === 0) {
            this.#typicalMs = sample;
            return;
        }
        const step = this.#typicalMs / 8;
        this.#typicalMs += sample > this.#typicalMs ? step * QUANTILE : -step * (1 - QUANTILE);
    }
}
