/**
 * SipHash-2-4 (Aumasson and Bernstein 2012): a keyed hash of short inputs. Who does not know the key can neither predict a value
 * nor find inputs that collide, so it serves for the tables that strangers fill and for proofs of a few bytes. It costs a
 * fiftieth of an HMAC by `node:crypto`, and no memory.
 *
 * JavaScript has no fast 64-bit integers: every word of the state is two halves, and `h` is the high one.
 */
import { assert } from './assert.ts';
import type { Bytes } from './bytes.ts';

export const SIPHASH_KEY_BYTES = 16;
const [COMPRESSION_ROUNDS, FINAL_ROUNDS] = [2, 4];

const readWord = (bytes: Bytes, at: number): number =>
  bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);

export class SipHash {
  readonly #key: Int32Array;
  /** Both halves of the last value, signed. */
  low = 0;
  high = 0;

  constructor(key: Bytes) {
    assert(key.length === SIPHASH_KEY_BYTES, 'a SipHash key has 16 bytes');
    this.#key = Int32Array.from([0, 4, 8, 12], (at) => readWord(key, at));
  }

  /** Of `bytes[from..to)`. Returns the low half, and leaves both in `low` and `high`. */
  hash(bytes: Bytes, from: number, to: number): number {
    const key = this.#key;
    const k0 = key[0]!;
    const k0h = key[1]!;
    const k1 = key[2]!;
    const k1h = key[3]!;
    let v0 = k0 ^ 0x70736575;
    let v0h = k0h ^ 0x736f6d65;
    let v1 = k1 ^ 0x6e646f6d;
    let v1h = k1h ^ 0x646f7261;
    let v2 = k0 ^ 0x6e657261;
    let v2h = k0h ^ 0x6c796765;
    let v3 = k1 ^ 0x79746573;
    let v3h = k1h ^ 0x74656462;
    const length = to - from;
    const whole = length >>> 3;
    // Blocks of eight bytes, one with the rest and the length, and the rounds at the end.
    for (let block = 0; block <= whole + 1; block++) {
      let m = 0;
      let mh = 0;
      const at = from + 8 * block;
      if (block < whole) {
        m = readWord(bytes, at);
        mh = readWord(bytes, at + 4);
      } else if (block === whole) {
        mh = length << 24;
        for (let i = at; i < to; i++) {
          const shift = (i - at) << 3;
          if (shift < 32) m |= bytes[i]! << shift;
          else mh |= bytes[i]! << (shift - 32);
        }
      } else v2 ^= 0xff;
      v3 ^= m;
      v3h ^= mh;
      for (let round = block <= whole ? COMPRESSION_ROUNDS : FINAL_ROUNDS; round > 0; round--) {
        // v0 += v1, v1 <<<= 13, v1 ^= v0, v0 <<<= 32
        let sum = (v0 + v1) | 0;
        let sumh = (v0h + v1h + (sum >>> 0 < v0 >>> 0 ? 1 : 0)) | 0;
        let turned = (v1 << 13) | (v1h >>> 19);
        v1h = ((v1h << 13) | (v1 >>> 19)) ^ sumh;
        v1 = turned ^ sum;
        v0 = sumh;
        v0h = sum;
        // v2 += v3, v3 <<<= 16, v3 ^= v2
        sum = (v2 + v3) | 0;
        v2h = (v2h + v3h + (sum >>> 0 < v2 >>> 0 ? 1 : 0)) | 0;
        v2 = sum;
        turned = (v3 << 16) | (v3h >>> 16);
        v3h = ((v3h << 16) | (v3 >>> 16)) ^ v2h;
        v3 = turned ^ v2;
        // v0 += v3, v3 <<<= 21, v3 ^= v0
        sum = (v0 + v3) | 0;
        v0h = (v0h + v3h + (sum >>> 0 < v0 >>> 0 ? 1 : 0)) | 0;
        v0 = sum;
        turned = (v3 << 21) | (v3h >>> 11);
        v3h = ((v3h << 21) | (v3 >>> 11)) ^ v0h;
        v3 = turned ^ v0;
        // v2 += v1, v1 <<<= 17, v1 ^= v2, v2 <<<= 32
        sum = (v2 + v1) | 0;
        sumh = (v2h + v1h + (sum >>> 0 < v2 >>> 0 ? 1 : 0)) | 0;
        turned = (v1 << 17) | (v1h >>> 15);
        v1h = ((v1h << 17) | (v1 >>> 15)) ^ sumh;
        v1 = turned ^ sum;
        v2 = sumh;
        v2h = sum;
      }
      v0 ^= m;
      v0h ^= mh;
    }
    this.low = v0 ^ v1 ^ v2 ^ v3;
    this.high = v0h ^ v1h ^ v2h ^ v3h;
    return this.low;
  }
}
