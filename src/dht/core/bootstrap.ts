/**
 * Where to begin: every start that anybody named, all asked at once, and which of them answered. With any of them dead
 * the others do; an empty table begins again, with growing pauses.
 */
import { addressKey } from '../../ground/address.ts';
import type { Endpoint } from '../../ground/endpoint.ts';
import type { Instant } from '../../ground/units.ts';
import type { Contact } from './routing-table.ts';

export type StartKind = 'saved' | 'router' | 'person' | 'torrent' | 'peer' | 'local';

export interface StartStatus {
  readonly kind: StartKind;
  /** A host name and port as it was given, or the address. */
  readonly name: string;
  readonly address: string;
  readonly asked: boolean;
  readonly answered: boolean;
}

interface Start {
  readonly kind: StartKind;
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly id: Uint8Array | undefined;
  asked: boolean;
  answered: boolean;
}

const MAX_STARTS = 300;
const FIRST_RETRY_MS = 3000;
const MAX_RETRY_MS = 5 * 60_000;

export class Bootstrap {
  readonly #starts = new Map<string, Start>();
  #retryMs = FIRST_RETRY_MS;
  retryAt: Instant = 0;

  /** True when the address is new. */
  add(kind: StartKind, endpoint: Endpoint, name?: string, id?: Uint8Array): boolean {
    const key = addressKey(endpoint);
    if (this.#starts.has(key)) return false;
    if (this.#starts.size >= MAX_STARTS && !this.#makeRoom()) return false;
    this.#starts.set(key, { kind, name: name ?? key, endpoint, id, asked: false, answered: false });
    this.retryAt = 0;
    this.#retryMs = FIRST_RETRY_MS;
    return true;
  }

  get size(): number {
    return this.#starts.size;
  }

  status(): StartStatus[] {
    return [...this.#starts].map(([address, { kind, name, asked, answered }]) => ({
      kind,
      name,
      address,
      asked,
      answered,
    }));
  }

  /** Whom a first lookup asks; counts as asked. The next time is after a pause that doubles. */
  take(now: Instant): { readonly contacts: Contact[]; readonly strangers: Endpoint[] } {
    const contacts: Contact[] = [];
    const strangers: Endpoint[] = [];
    for (const start of this.#starts.values()) {
      start.asked = true;
      if (start.id === undefined) strangers.push(start.endpoint);
      else contacts.push({ id: start.id, endpoint: start.endpoint });
    }
    this.retryAt = now + this.#retryMs;
    this.#retryMs = Math.min(MAX_RETRY_MS, 2 * this.#retryMs);
    return { contacts, strangers };
  }

  handleAnswer(from: Endpoint): void {
    if (this.#starts.size === 0) return;
    const start = this.#starts.get(addressKey(from));
    if (start !== undefined) start.answered = true;
  }

  #makeRoom(): boolean {
    for (const [key, { kind, answered }] of this.#starts) {
      if (answered || kind === 'person' || kind === 'router') continue;
      this.#starts.delete(key);
      return true;
    }
    return false;
  }
}
