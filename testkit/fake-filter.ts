/** A filter whose rules a test changes, and that tells what it was asked about. */
import { formatHost } from '../src/ground/address.ts';
import { toHex } from '../src/ground/bytes.ts';
import type { Denial, Filter, Occasion } from '../src/ground/filter.ts';

export class FakeFilter implements Filter {
  readonly allowsAllHosts: boolean = false;
  readonly allowsAllHashes: boolean = false;
  /** Texts of hosts, and hashes in hex. */
  readonly denied: Set<string>;
  /** `OCCASION THING` of what was refused. */
  readonly refused: string[] = [];
  readonly #listeners = new Set<() => void>();

  constructor(...denied: readonly string[]) {
    this.denied = new Set(denied);
  }

  denyHost(host: Uint8Array, occasion: Occasion): Denial | undefined {
    return this.#deny(formatHost(host), occasion);
  }

  denyHash(infoHash: Uint8Array, occasion: Occasion): Denial | undefined {
    return this.#deny(toHex(infoHash), occasion);
  }

  listen(onChange: () => void): () => void {
    this.#listeners.add(onChange);
    return () => this.#listeners.delete(onChange);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** From now on. */
  deny(...things: readonly string[]): void {
    for (const thing of things) this.denied.add(thing);
    this.tell();
  }

  allow(thing: string): void {
    this.denied.delete(thing);
    this.tell();
  }

  tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #deny(thing: string, occasion: Occasion): Denial | undefined {
    if (!this.denied.has(thing)) return undefined;
    this.refused.push(`${occasion} ${thing}`);
    return { list: 'test', reason: 'spam' };
  }
}
