/**
 * Connection ids of the UDP protocol (BEP 15): who shows one has received it at its address, so no answer goes to an address that
 * somebody forged.
 *
 * An id is a keyed hash of address, port and minute, of which nothing is kept: 62 bits of SipHash with a secret of 128, and in the last two
 * bits the minute, so that one hash tells whether it is ours. It holds for the rest of its minute and two more: "until two minutes after
 * it has been sent" at least.
 *
 * Invariant: an id is accepted from the host and port that it was made for, for two to three minutes, and from no other.
 */
import { type Bytes, readUint32, writeUint16, writeUint32 } from '../../../ground/bytes.ts';
import type { Prng } from '../../../ground/ports.ts';
import { SipHash, SIPHASH_KEY_BYTES } from '../../../ground/siphash.ts';
import type { Instant } from '../../../ground/units.ts';

const WINDOW_MS = 60_000;
/** An id counts in the window in which it was made, and in as many after it. */
const LATER_WINDOWS = 2;
const WINDOW_MASK = 3;
const HOST_BYTES = 16;
const INPUT_BYTES = HOST_BYTES + 2 + 4;

export class ConnectionIds {
  readonly #hasher: SipHash;
  /** Host, port and window. IPv4 is written as IPv6 writes it (`::ffff:0:0/96`), so no two senders share an input. */
  readonly #input = new Uint8Array(INPUT_BYTES);

  /** @param secretPrng nobody else may know what it gives */
  constructor(secretPrng: Prng) {
    this.#hasher = new SipHash(secretPrng.fill(new Uint8Array(SIPHASH_KEY_BYTES)));
  }

  /** Writes the id into eight bytes of `out`. @param host 4 or 16 bytes */
  write(now: Instant, host: Bytes, port: number, out: Uint8Array, at: number): void {
    const window = windowOf(now);
    const low = this.#hash(window, host, port);
    writeUint32(out, at, this.#hasher.high);
    writeUint32(out, at + 4, low);
  }

  /** Whether the eight bytes are an id of that sender, and not too old. */
  isValid(now: Instant, host: Bytes, port: number, bytes: Bytes, at: number): boolean {
    const window = windowOf(now);
    const low = readUint32(bytes, at + 4);
    const age = (window - (low & WINDOW_MASK)) & WINDOW_MASK;
    if (age > LATER_WINDOWS) return false;
    return low === this.#hash(window - age, host, port) && readUint32(bytes, at) === this.#hasher.high >>> 0;
  }

  /** The low half of the id; the high one is the hasher's. */
  #hash(window: number, host: Bytes, port: number): number {
    const input = this.#input;
    const start = HOST_BYTES - host.length;
    input.fill(0, 0, start);
    if (host.length === 4) input.fill(0xff, start - 2, start);
    for (let i = 0; i < host.length; i++) input[start + i] = host[i]!;
    writeUint16(input, HOST_BYTES, port);
    writeUint32(input, HOST_BYTES + 2, window);
    const low = this.#hasher.hash(input, 0, INPUT_BYTES);
    return ((low & ~WINDOW_MASK) | (window & WINDOW_MASK)) >>> 0;
  }
}

function windowOf(now: Instant): number {
  return Math.floor(now / WINDOW_MS);
}
