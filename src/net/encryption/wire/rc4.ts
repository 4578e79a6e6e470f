/**
 * RC4, as message stream encryption uses it: the key stream of a 20-byte key without its first 1,024 bytes. Broken as a cipher,
 * and here only so that a stream does not look like BitTorrent.
 *
 * Plain JavaScript: the OpenSSL of Node.js has no RC4. Four bytes at once are half again as fast as one after the other, which
 * takes arrays that lie alike in memory (`alignedLike`). The README of this folder has what was measured.
 */

/** MSE: "the first 1024 bytes of the output are discarded". */
const DISCARDED = 1024;
const WORD = 4;
/** Words are read with their first byte as the lowest. On the few machines with another order, bytes go one after the other. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** A view of `memory` as long as `bytes`, at a place from which both can be read in whole words. @param memory 3 bytes longer, or more */
export function alignedLike(bytes: Uint8Array, memory: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const from = (bytes.byteOffset - memory.byteOffset) & (WORD - 1);
  return memory.subarray(from, from + bytes.length);
}

export class Rc4 {
  /** Two bytes a place are faster than one, and four no faster. */
  readonly #state = new Uint16Array(256);
  #i = 0;
  #j = 0;

  constructor(key: Uint8Array) {
    const state = this.#state;
    for (let i = 0; i < 256; i++) state[i] = i;
    for (let i = 0, j = 0; i < 256; i++) {
      const a = state[i]!;
      j = (j + a + key[i % key.length]!) & 255;
      state[i] = state[j]!;
      state[j] = a;
    }
    const rest = new Uint8Array(DISCARDED);
    this.transform(rest, rest);
  }

  /** Encrypts or decrypts `from` into the beginning of `into`, which may be the same array. */
  transform(from: Uint8Array, into: Uint8Array): void {
    const { length } = from;
    const isAlike = ((from.byteOffset - into.byteOffset) & (WORD - 1)) === 0;
    const head = -from.byteOffset & (WORD - 1);
    const words = isAlike && IS_LITTLE_ENDIAN ? Math.floor((length - head) / WORD) : 0;
    if (words <= 0) return this.#bytes(from, into, 0, length);
    this.#bytes(from, into, 0, head);
    this.#words(
      new Uint32Array(from.buffer, from.byteOffset + head, words),
      new Uint32Array(into.buffer, into.byteOffset + head, words),
    );
    this.#bytes(from, into, head + words * WORD, length);
  }

  #bytes(from: Uint8Array, into: Uint8Array, begin: number, end: number): void {
    const state = this.#state;
    let i = this.#i;
    let j = this.#j;
    for (let at = begin; at < end; at++) {
      i = (i + 1) & 255;
      const a = state[i]!;
      j = (j + a) & 255;
      const b = state[j]!;
      state[i] = b;
      state[j] = a;
      into[at] = from[at]! ^ state[(a + b) & 255]!;
    }
    this.#i = i;
    this.#j = j;
  }

  #words(from: Uint32Array, into: Uint32Array): void {
    const state = this.#state;
    const { length } = from;
    let i = this.#i;
    let j = this.#j;
    for (let at = 0; at < length; at++) {
      i = (i + 1) & 255;
      let a = state[i]!;
      j = (j + a) & 255;
      let b = state[j]!;
      state[i] = b;
      state[j] = a;
      let word = state[(a + b) & 255]!;
      i = (i + 1) & 255;
      a = state[i]!;
      j = (j + a) & 255;
      b = state[j]!;
      state[i] = b;
      state[j] = a;
      word |= state[(a + b) & 255]! << 8;
      i = (i + 1) & 255;
      a = state[i]!;
      j = (j + a) & 255;
      b = state[j]!;
      state[i] = b;
      state[j] = a;
      word |= state[(a + b) & 255]! << 16;
      i = (i + 1) & 255;
      a = state[i]!;
      j = (j + a) & 255;
      b = state[j]!;
      state[i] = b;
      state[j] = a;
      word |= state[(a + b) & 255]! << 24;
      into[at] = from[at]! ^ word;
    }
    this.#i = i;
    this.#j = j;
  }
}
