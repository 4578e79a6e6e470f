/**
 * Connection ids of the UDP protocol (BEP 15): who shows one has received it at its address, so no answer goes to an address that
 * somebody forged.
 *
 * An id is a keyed hash of the sender's host and port, of which nothing is kept: 62 bits of SipHash, whose key of 128 bits is drawn anew
 * every minute, and in the last two bits the minute, so that one hash tells whether it is ours. It holds for the rest of its minute and
 * two more: at least "until two minutes after it has been sent".
 *
 * Invariant: an id is accepted from the host and port that it was made for, for two to three minutes, and from no other.
 */
import { type Bytes, readUint32, writeUint16, writeUint32 } from '../../../ground/bytes.ts';
import type { Prng } from '../../../ground/ports.ts';
import { SipHash, SIPHASH_KEY_BYTES } from '../../../ground/siphash.ts';
import type { Instant } from '../../../ground/units.ts';

const MINUTE_MS = 60_000;
/** An id counts in the minute in which it was made, and in as many after it. */
const LATER_MINUTES = 2;
const MINUTE_MASK = 3;

interface Key {
  readonly minute: number;
  readonly hasher: SipHash;
}

export class ConnectionIds {
  readonly #secretPrng: Prng;
  /** Of the last minutes in which somebody connected, by the last two bits of the minute. */
  readonly #keys: (Key | undefined)[] = [undefined, undefined, undefined, undefined];
  readonly #short = new Uint8Array(4 + 2);
  readonly #long = new Uint8Array(16 + 2);

  /** @param secretPrng nobody else may know what it gives */
  constructor(secretPrng: Prng) {
    this.#secretPrng = secretPrng;
  }

  /** Writes the id into eight bytes of `out`. @param host 4 or 16 bytes */
  write(now: Instant, host: Bytes, port: number, out: Uint8Array, at: number): void {
    const minute = Math.floor(now / MINUTE_MS);
    let key = this.#keys[minute & MINUTE_MASK];
    if (key?.minute !== minute) {
      key = { minute, hasher: new SipHash(this.#secretPrng.fill(new Uint8Array(SIPHASH_KEY_BYTES))) };
      this.#keys[minute & MINUTE_MASK] = key;
    }
    const low = this.#hash(key, host, port);
    writeUint32(out, at, key.hasher.high);
    writeUint32(out, at + 4, low);
  }

  /** Whether the eight bytes are an id of that sender, and not too old. */
  isValid(now: Instant, host: Bytes, port: number, bytes: Bytes, at: number): boolean {
    const low = readUint32(bytes, at + 4);
    const key = this.#keys[low & MINUTE_MASK];
    if (key === undefined || Math.floor(now / MINUTE_MS) - key.minute > LATER_MINUTES) return false;
    return low === this.#hash(key, host, port) && readUint32(bytes, at) === key.hasher.high >>> 0;
  }

  /** The low half of the id; the high one is the hasher's. The hash of six bytes says nothing of that of eighteen. */
  #hash({ hasher, minute }: Key, host: Bytes, port: number): number {
    const input = host.length === 4 ? this.#short : this.#long;
    for (let i = 0; i < host.length; i++) input[i] = host[i]!;
    writeUint16(input, host.length, port);
    const low = hasher.hash(input, 0, input.length);
    return ((low & ~MINUTE_MASK) | (minute & MINUTE_MASK)) >>> 0;
  }
}
