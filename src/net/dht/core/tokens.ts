/**
 * Write tokens (BEP 5): a node that stores something shows one, which proves that it receives packets at its
 * address. A token is a keyed hash of the host; the secret changes every five minutes, and the last one counts
 * too.
 */
import { readUint32, toByteString } from '../../../ground/bytes.ts';
import type { Hasher, Prng } from '../../../ground/ports.ts';
import type { Instant } from '../../../ground/units.ts';

const ROTATE_MS = 5 * 60_000;
const SECRET_LENGTH = 16;
const TOKEN_LENGTH = 8;
const MAX_MADE = 64;

export class Tokens {
  readonly #hasher: Hasher;
  readonly #prng: Prng;
  /** Secret and, behind it, room for a host. */
  #current: Uint8Array | undefined;
  #previous: Uint8Array | undefined;
  #rotateAt: Instant = 0;
  /** A node that asks once asks again soon: a lookup sends several queries, a crawler many. */
  readonly #made = new Map<number | string, Uint8Array>();

  constructor(hasher: Hasher, secretPrng: Prng) {
    this.#hasher = hasher;
    this.#prng = secretPrng;
  }

  create(now: Instant, host: Uint8Array): Uint8Array {
    this.#rotate(now);
    const key = host.length === 4 ? readUint32(host, 0) : toByteString(host);
    let token = this.#made.get(key);
    if (token === undefined) {
      token = this.#hash(this.#current!, host);
      if (this.#made.size >= MAX_MADE) this.#made.clear();
      this.#made.set(key, token);
    }
    return token;
  }

  isValid(now: Instant, host: Uint8Array, token: Uint8Array): boolean {
    if (token.length !== TOKEN_LENGTH) return false;
    this.#rotate(now);
    return (
      isEqual(token, this.#hash(this.#current!, host)) ||
      (this.#previous !== undefined && isEqual(token, this.#hash(this.#previous, host)))
    );
  }

  #rotate(now: Instant): void {
    if (this.#current !== undefined && now < this.#rotateAt) return;
    const isRecent = now < this.#rotateAt + ROTATE_MS;
    this.#previous = isRecent ? this.#current : undefined;
    this.#current = this.#prng.fill(new Uint8Array(SECRET_LENGTH));
    this.#rotateAt = now + ROTATE_MS;
    this.#made.clear();
  }

  #hash(secret: Uint8Array, host: Uint8Array): Uint8Array {
    const input = new Uint8Array(SECRET_LENGTH + host.length);
    input.set(secret);
    input.set(host, SECRET_LENGTH);
    return this.#hasher.sha1(input).subarray(0, TOKEN_LENGTH);
  }
}

/** In constant time. */
function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  let difference = 0;
  for (let i = 0; i < TOKEN_LENGTH; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}
