/** Why a share rests: the disk refuses something, or does not answer. Says when to try again. */
import type { ShoalError } from '../../../ground/errors.ts';
import type { Instant } from '../../../ground/units.ts';
import type { StoreSink } from './sink.ts';

/** A full disk may have room a moment later, … */
const FIRST_RETRY_MS = 2000;
/** … and a person who made room should not wait for long. */
const MAX_RETRY_MS = 30_000;

/** When to try again after a failure: soon at first, and each time somewhat later. */
class Backoff {
  #waitMs = FIRST_RETRY_MS;
  #at: Instant = Number.POSITIVE_INFINITY;

  /** Infinite while nothing is to be tried. */
  get at(): Instant {
    return this.#at;
  }

  get isWaiting(): boolean {
    return this.#at !== Number.POSITIVE_INFINITY;
  }

  /** Unless it waits already. */
  start(now: Instant): void {
    if (!this.isWaiting) this.#at = now + this.#waitMs;
  }

  /** True once when the wait is over; the next one is longer. */
  takeDue(now: Instant): boolean {
    if (now < this.#at) return false;
    this.#at = Number.POSITIVE_INFINITY;
    this.#waitMs = Math.min(2 * this.#waitMs, MAX_RETRY_MS);
    return true;
  }

  /** Waits for nothing any more; the next wait is short again. */
  reset(): void {
    this.#at = Number.POSITIVE_INFINITY;
    this.#waitMs = FIRST_RETRY_MS;
  }
}

export class Trouble {
  readonly #sink: Pick<StoreSink<never>, 'emit'>;
  readonly #backoff = new Backoff();
  #error: ShoalError | undefined;
  #isStalled = false;

  constructor(sink: Pick<StoreSink<never>, 'emit'>) {
    this.#sink = sink;
  }

  get error(): ShoalError | undefined {
    return this.#error;
  }

  /** The disk does not answer. */
  get isStalled(): boolean {
    return this.#isStalled;
  }

  /** Infinite while nothing is to be tried. */
  get retryAt(): Instant {
    return this.#backoff.at;
  }

  /** The disk refuses something: it is tried again later. */
  handleRefusal(now: Instant, error: ShoalError): void {
    this.#set(error);
    this.#backoff.start(now);
  }

  /** @param error undefined: without a message */
  handleStalled(error: ShoalError | undefined): void {
    this.#isStalled = true;
    if (error !== undefined) this.#set(error);
  }

  /** Call `clear` if nothing else is refused. */
  handleResponding(): void {
    this.#isStalled = false;
  }

  /** See `Backoff.takeDue`. */
  takeRetry(now: Instant): boolean {
    return this.#backoff.takeDue(now);
  }

  /** It is tried now. */
  resetRetry(): void {
    this.#backoff.reset();
  }

  /** Something worked, and no piece is refused: the trouble is over, unless something is stuck or is to be tried again. */
  clear(): void {
    if (this.#error === undefined || this.#isStalled || this.#backoff.isWaiting) return;
    this.#error = undefined;
    this.#backoff.reset();
    this.#sink.emit({ type: 'recovered' });
  }

  #set(error: ShoalError): void {
    const isNew = this.#error?.message !== error.message;
    this.#error = error;
    if (isNew) this.#sink.emit({ type: 'trouble', error });
  }
}
