/**
 * Where to begin: every start that anybody named, all asked at once, and which of them answered. With any of them dead
 * the others do; an empty table begins again, with growing pauses.
 */
import { addressKey } from '../../../ground/address.ts';
import { readUint16, readUint32, toByteString } from '../../../ground/bytes.ts';
import type { Endpoint } from '../../../ground/endpoint.ts';
import type { Instant } from '../../../ground/units.ts';
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
  /** By the bytes of the address, IPv4 as a number: every answer is looked up here. */
  readonly #starts = new Map<number | string, Start>();
  #retryMs = FIRST_RETRY_MS;
  retryAt: Instant = 0;

  /** True when the address is new. */
  add(kind: StartKind, endpoint: Endpoint, name?: string, id?: Uint8Array): boolean {
    const key = keyOf(endpoint);
    if (this.#starts.has(key)) return false;
    if (this.#starts.size >= MAX_STARTS && !this.#makeRoom()) return false;
    this.#starts.set(key, {
      kind,
      name: name ?? addressKey(endpoint),
      endpoint,
      id,
      asked: false,
      answered: false,
    });
    this.retryAt = 0;
    this.#retryMs = FIRST_RETRY_MS;
    return true;
  }

  get size(): number {
    return this.#starts.size;
  }

  status(): StartStatus[] {
    return [...this.#starts.values()].map(({ kind, name, endpoint, asked, answered }) => ({
      kind,
      name,
      address: addressKey(endpoint),
      asked,
      answered,
    }));
  }

  /** The nodes that a first lookup asks. Counts as an attempt; the pause before the next doubles. */
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
    const start = this.#starts.get(keyOf(from));
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

function keyOf({ compact }: Endpoint): number | string {
  return compact.length === 6
    ? readUint32(compact, 0) * 65_536 + readUint16(compact, 4)
    : toByteString(compact);
}
