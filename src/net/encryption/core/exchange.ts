/**
 * What both sides of a handshake have in common: their key with its padding, the bytes that were received and not understood yet,
 * and the search for the place where a padding of unknown length ends.
 */
import { concatBytes, equalBytes } from '../../../ground/bytes.ts';
import type { Malformed } from '../../../ground/result.ts';
import type { Prng } from '../../../ground/ports.ts';
import { MAX_PADDING, PLAINTEXT, RC4 } from '../wire/handshake.ts';
import { KEY_LENGTH, PRIVATE_KEY_LENGTH, publicKeyOf, sharedSecretOf } from '../wire/key-exchange.ts';
import type { PayloadEncryption } from './policy.ts';

const NO_BYTES = new Uint8Array(0);

/** Our half of a key exchange. */
export class OwnKey {
  readonly #privateKey: Uint8Array;
  readonly #prng: Prng;

  constructor(prng: Prng) {
    this.#prng = prng;
    this.#privateKey = prng.fill(new Uint8Array(PRIVATE_KEY_LENGTH));
  }

  /** The first message of either side: the public key, and a padding that hides how long it is. */
  greeting(): Uint8Array<ArrayBuffer> {
    return concatBytes([
      publicKeyOf(this.#privateKey),
      this.#prng.fill(new Uint8Array(drawPadding(this.#prng))),
    ]);
  }

  secretWith(theirs: Uint8Array): Uint8Array | undefined {
    return sharedSecretOf(this.#privateKey, theirs);
  }
}

export const drawPadding = (prng: Prng): number => prng.below(MAX_PADDING + 1);

/** Bytes that wait for more. It holds no more than one message: each step takes what it understands. */
export class Held {
  #bytes: Uint8Array = NO_BYTES;
  /** How far the marker was looked for. */
  #searched = 0;

  add(chunk: Uint8Array): void {
    this.#bytes = concatBytes([this.#bytes, chunk]);
  }

  get rest(): Uint8Array {
    return this.#bytes;
  }

  /** Undefined while there are fewer. */
  take(length: number): Uint8Array | undefined {
    if (this.#bytes.length < length) return undefined;
    const taken = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return taken;
  }

  takeKey(): Uint8Array | undefined {
    return this.take(KEY_LENGTH);
  }

  /** Takes all up to the end of the marker, which lies behind a padding: undefined while it may yet come, false when it may not. */
  takeMarker(marker: Uint8Array): boolean | undefined {
    const last = Math.min(MAX_PADDING, this.#bytes.length - marker.length);
    for (; this.#searched <= last; this.#searched++) {
      const at = this.#searched;
      if (!equalBytes(this.#bytes.subarray(at, at + marker.length), marker)) continue;
      this.#bytes = this.#bytes.subarray(at + marker.length);
      return true;
    }
    return this.#searched > MAX_PADDING ? false : undefined;
  }
}

export const bitsOf = (methods: readonly PayloadEncryption[]): number =>
  methods.reduce((bits, method) => bits | (method === 'rc4' ? RC4 : PLAINTEXT), 0);

/** Bits that mean nothing yet are left out. */
export function methodsOf(bits: number): PayloadEncryption[] {
  const methods: PayloadEncryption[] = [];
  if ((bits & PLAINTEXT) !== 0) methods.push('plaintext');
  if ((bits & RC4) !== 0) methods.push('rc4');
  return methods;
}

export const KEY_IS_KNOWN: Malformed = {
  code: 'encryption-key',
  message: 'its public key makes a secret that everybody knows',
};
export const PADDING_TOO_LONG: Malformed = {
  code: 'encryption-padding',
  message: `it says that its padding is longer than ${MAX_PADDING} bytes`,
};
export const NO_MARKER: Malformed = {
  code: 'encryption-sync',
  message: `nothing of an encrypted handshake comes within ${MAX_PADDING} bytes of padding`,
};
