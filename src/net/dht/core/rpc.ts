/**
 * Our queries in flight. An answer counts when it has the transaction, the address and (where we know it) the id of
 * the node that we asked. Other packets are dropped unread.
 *
 * Two time-outs: after the short one, measured from round trips, the caller goes on (`onLate`), but the answer is
 * still welcome. After the long one the query has failed.
 */
import type { Endpoint } from '../../../ground/endpoint.ts';
import type { Prng } from '../../../ground/ports.ts';
import type { Instant } from '../../../ground/units.ts';
import type { KrpcMessage } from '../wire/krpc.ts';
import { KrpcWriter, type QueryArguments, type QueryMethod, readTransaction } from '../wire/krpc-writer.ts';
import { equalBytes } from '../../../ground/bytes.ts';
import type { DhtSink } from './sink.ts';

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

export interface QueryHandler {
  onAnswer(now: Instant, answer: KrpcMessage): void;
  /** The short time-out has passed. */
  onLate?(now: Instant): void;
  /** No answer, an error, or an answer of another node. */
  onFailure(now: Instant, error: KrpcMessage | undefined): void;
}

interface Outstanding {
  readonly transaction: number;
  readonly to: Endpoint;
  /** Undefined for addresses that came without an id. */
  readonly id: Uint8Array | undefined;
  readonly sentAt: Instant;
  readonly lateAt: Instant;
  isLate: boolean;
  readonly handler: QueryHandler;
}

export class Rpc {
  readonly writer: KrpcWriter;
  readonly #sink: DhtSink;
  readonly #prng: Prng;
  readonly #ownId: () => Uint8Array;
  readonly #isReadOnly: boolean;
  readonly #ratePerSecond: number;
  readonly #outstanding = new Map<number, Outstanding>();
  #timeoutAt: Instant = Number.POSITIVE_INFINITY;
  #typicalMs = 0;
  #tokens: number;
  #refilledAt: Instant = 0;
  /** For `status` and the simulation. */
  sent = 0;
  answered = 0;

  constructor(options: {
    sink: DhtSink;
    secretPrng: Prng;
    ownId: () => Uint8Array;
    isReadOnly: boolean;
    queriesPerSecond: number;
    writer: KrpcWriter | undefined;
  }) {
    this.writer = options.writer ?? new KrpcWriter();
    this.#sink = options.sink;
    this.#prng = options.secretPrng;
    this.#ownId = options.ownId;
    this.#isReadOnly = options.isReadOnly;
    this.#ratePerSecond = options.queriesPerSecond;
    this.#tokens = options.queriesPerSecond;
  }

  get outstanding(): number {
    return this.#outstanding.size;
  }

  /** The time allowed for an answer, in milliseconds. */
  get shortTimeoutMs(): number {
    if (this.#typicalMs === 0) return FIRST_SHORT_MS;
    return Math.max(MIN_SHORT_MS, Math.min(MAX_SHORT_MS, 2 * this.#typicalMs + 100));
  }

  /** Milliseconds until another query may leave; 0: now. */
  delayMs(now: Instant): number {
    if (this.#outstanding.size >= MAX_OUTSTANDING) return MIN_SHORT_MS;
    this.#refill(now);
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) * 1000) / this.#ratePerSecond);
  }

  /** The caller has looked at `delayMs`. */
  query(
    now: Instant,
    method: QueryMethod,
    to: Endpoint,
    id: Uint8Array | undefined,
    args: QueryArguments,
    handler: QueryHandler,
  ): void {
    let transaction = this.#prng.below(0x1_0000_0000);
    while (this.#outstanding.has(transaction)) transaction = this.#prng.below(0x1_0000_0000);
    const lateAt = now + this.shortTimeoutMs;
    this.#outstanding.set(transaction, { transaction, to, id, sentAt: now, lateAt, isLate: false, handler });
    this.#timeoutAt = Math.min(this.#timeoutAt, lateAt);
    this.#refill(now);
    this.#tokens--;
    this.sent++;
    this.#sink.send(this.writer.query(method, transaction, this.#ownId(), this.#isReadOnly, args), to);
  }

  /** True when the message comes from the node that we asked, under its id. Changes nothing. */
  isExpected(message: KrpcMessage, from: Endpoint): boolean {
    const transaction = readTransaction(message.transaction);
    const asked = transaction === undefined ? undefined : this.#outstanding.get(transaction);
    if (asked === undefined || !asked.to.isSame(from)) return false;
    return asked.id === undefined || equalBytes(asked.id, message.id);
  }

  /** True when the message answers a query of ours; then the handler has been called. */
  handleMessage(now: Instant, message: KrpcMessage, from: Endpoint): boolean {
    const transaction = readTransaction(message.transaction);
    const asked = transaction === undefined ? undefined : this.#outstanding.get(transaction);
    if (asked === undefined || !asked.to.isSame(from)) return false;
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

  handleTimeout(now: Instant): void {
    if (now < this.#timeoutAt) return;
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

  nextTimeout(): Instant {
    return this.#outstanding.size === 0 ? Number.POSITIVE_INFINITY : this.#timeoutAt;
  }

  /** Drops all queries: their answers are not awaited any more. */
  clear(): void {
    this.#outstanding.clear();
  }

  #refill(now: Instant): void {
    const elapsed = Math.max(0, now - this.#refilledAt);
    this.#refilledAt = now;
    this.#tokens = Math.min(this.#ratePerSecond, this.#tokens + (elapsed / 1000) * this.#ratePerSecond);
  }

  /** Steps towards the quantile: up at each sample above it, down at each below, in the ratio that balances there. */
  #measure(roundTripMs: number): void {
    const sample = Math.max(1, roundTripMs);
    if (this.#typicalMs === 0) {
      this.#typicalMs = sample;
      return;
    }
    const step = this.#typicalMs / 8;
    this.#typicalMs += sample > this.#typicalMs ? step * QUANTILE : -step * (1 - QUANTILE);
  }
}
