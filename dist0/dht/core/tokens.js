/**
 * Write tokens (BEP 5): who wants to store something shows one, and so that it receives what is sent to its address.
 * A token is a keyed hash of the host; the secret changes every five minutes, and the last one counts too.
 */
import { readUint32, toByteString } from '../../ground/bytes.js';
const ROTATE_MS = 5 * 60_000;
const SECRET_LENGTH = 16;
const TOKEN_LENGTH = 8;
const MAX_MADE = 64;
export class Tokens {
    #hasher;
    #prng;
    /** Secret and, behind it, room for a host. */
    #current;
    #previous;
    #rotateAt = 0;
    /** Who asks once asks again soon: a lookup sends several queries, a crawler many. */
    #made = new Map();
    constructor(hasher, secretPrng) {
        this.#hasher = hasher;
        this.#prng = secretPrng;
    }
    create(now, host) {
        this.#rotate(now);
        const key = host.length === 4 ? readUint32(host, 0) : toByteString(host);
        let token = this.#made.get(key);
        if (token === undefined) {
            token = this.#hash(this.#current, host);
            if (this.#made.size >= MAX_MADE)
                this.#made.clear();
            this.#made.set(key, token);
        }
        return token;
    }
    isValid(now, host, token) {
        if (token.length !== TOKEN_LENGTH)
            return false;
        this.#rotate(now);
        return (isEqual(token, this.#hash(this.#current, host)) ||
            (this.#previous !== undefined && isEqual(token, this.#hash(this.#previous, host))));
    }
    #rotate(now) {
        if (this.#current !== undefined && now < this.#rotateAt)
            return;
        const isRecent = now < this.#rotateAt + ROTATE_MS;
        this.#previous = isRecent ? this.#current : undefined;
        this.#current = this.#prng.fill(new Uint8Array(SECRET_LENGTH));
        this.#rotateAt = now + ROTATE_MS;
        this.#made.clear();
    }
    #hash(secret, host) {
        const input = new Uint8Array(SECRET_LENGTH + host.length);
        input.set(secret);
        input.set(host, SECRET_LENGTH);
        return this.#hasher.sha1(input).subarray(0, TOKEN_LENGTH);
    }
}
/** In constant time. */
function isEqual(a, b) {
    let difference = 0;
    for (let i = 0; i < TOKEN_LENGTH; i++)
        difference |= a[i] ^ b[i];
    return difference === 0;
}
