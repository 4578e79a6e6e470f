/**
 * What the messages of the handshake of message stream encryption (MSE) are made of. A dials, B answers, S is the secret of the
 * key exchange, SKEY the info hash of the share:
 *
 *   1  A → B   public key of A, PadA
 *   2  B → A   public key of B, PadB
 *   3  A → B   SHA1('req1', S), SHA1('req2', SKEY) xor SHA1('req3', S),
 *              RC4(VC, crypto_provide, len(PadC), PadC, len(IA)), RC4(IA)
 *   4  B → A   RC4(VC, crypto_select, len(PadD), PadD), then the payload
 *
 * The key of what A sends is SHA1('keyA', S, SKEY), of what B sends SHA1('keyB', S, SKEY).
 */
import { concatBytes, toUtf8, writeUint16, writeUint32 } from '../../../ground/bytes.ts';
import type { Hasher } from '../../../ground/ports.ts';
import { Rc4 } from './rc4.ts';

/** MSE: each padding has 0 to 512 bytes. */
export const MAX_PADDING = 512;
export const HASH_LENGTH = 20;
/** The verification constant: eight zeros. */
export const VC_LENGTH = 8;
/** VC, crypto_provide or crypto_select, length of the padding. */
export const CHOICE_LENGTH: number = VC_LENGTH + 4 + 2;
/** Bits of crypto_provide and crypto_select. */
export const PLAINTEXT = 1;
export const RC4 = 2;
/** MSE: len(IA) has two bytes. */
export const MAX_INITIAL_PAYLOAD = 0xffff;

/** VC, methods, padding of zeros. The initiator's has the length of its initial payload as well. */
export function encodeChoice(
  methods: number,
  padding: number,
  initialLength?: number,
): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(CHOICE_LENGTH + padding + (initialLength === undefined ? 0 : 2));
  writeUint32(out, VC_LENGTH, methods);
  writeUint16(out, VC_LENGTH + 4, padding);
  if (initialLength !== undefined) writeUint16(out, CHOICE_LENGTH + padding, initialLength);
  return out;
}

/** SHA1('req2', SKEY): what the third message names a share by. */
export function hashSkey(hasher: Pick<Hasher, 'sha1'>, skey: Uint8Array): Uint8Array {
  return hasher.sha1(concatBytes([toUtf8('req2'), skey]));
}

/** What both sides know when the keys are exchanged. */
export class Secrets {
  readonly #hasher: Pick<Hasher, 'sha1'>;
  readonly #secret: Uint8Array;

  constructor(hasher: Pick<Hasher, 'sha1'>, secret: Uint8Array) {
    this.#hasher = hasher;
    this.#secret = secret;
  }

  /** Where PadA ends. */
  get marker(): Uint8Array {
    return this.#hash('req1');
  }

  /** Hides the hash of an SKEY, and uncovers it again. */
  cover(skeyHash: Uint8Array): Uint8Array<ArrayBuffer> {
    const mask = this.#hash('req3');
    return Uint8Array.from(skeyHash, (byte, at) => byte ^ mask[at]!);
  }

  /** @param sender whose bytes it is for */
  cipher(sender: 'initiator' | 'responder', skey: Uint8Array): Rc4 {
    return new Rc4(this.#hash(sender === 'initiator' ? 'keyA' : 'keyB', skey));
  }

  #hash(word: string, skey: Uint8Array = new Uint8Array(0)): Uint8Array {
    return this.#hasher.sha1(concatBytes([toUtf8(word), this.#secret, skey]));
  }
}
