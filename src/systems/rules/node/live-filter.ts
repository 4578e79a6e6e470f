/** The filter that the rules of this moment make: it answers, writes down what it refuses, and tells when rules change. */
import { formatHost } from '../../../ground/address.ts';
import { type Bytes, toHex } from '../../../ground/bytes.ts';
import type { Denial, Filter, Occasion } from '../../../ground/filter.ts';
import type { Matcher } from '../core/matcher.ts';
import type { RefusalLog } from '../core/refusal-log.ts';

export class LiveFilter implements Filter {
  readonly #log: RefusalLog;
  /** Milliseconds since 1970. */
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  #matcher: Matcher;

  constructor(matcher: Matcher, log: RefusalLog, now: () => number) {
    this.#matcher = matcher;
    this.#log = log;
    this.#now = now;
  }

  get matcher(): Matcher {
    return this.#matcher;
  }

  /** From now on; who listens hears of it. */
  replace(matcher: Matcher): void {
    this.#matcher = matcher;
    for (const listener of [...this.#listeners]) listener();
  }

  get allowsAllHosts(): boolean {
    return this.#matcher.allowsAllHosts;
  }

  get allowsAllHashes(): boolean {
    return this.#matcher.allowsAllHashes;
  }

  denyHost(host: Bytes, occasion: Occasion): Denial | undefined {
    const verdict = this.#matcher.denyHost(host);
    if (verdict !== undefined) this.#log.add(this.#now(), formatHost(host), occasion, verdict);
    return verdict;
  }

  denyHash(infoHash: Bytes, occasion: Occasion): Denial | undefined {
    const verdict = this.#matcher.denyHash(infoHash);
    if (verdict !== undefined) this.#log.add(this.#now(), toHex(infoHash), occasion, verdict);
    return verdict;
  }

  listen(onChange: () => void): () => void {
    this.#listeners.add(onChange);
    return () => this.#listeners.delete(onChange);
  }
}
