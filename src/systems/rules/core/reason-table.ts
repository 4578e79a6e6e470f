/**
 * Texts of a list by number, in one block of bytes: a million reasons are a million strings otherwise, each of which keeps the
 * text alive that it was cut from. Number 0 is the empty text.
 */
import { type Bytes, fromUtf8Lossy, toUtf8 } from '../../../ground/bytes.ts';
import { GrowingUint32, growTo } from './growing.ts';

/** Lists repeat themselves: so many texts are kept once. */
const MAX_INTERNED = 10_000;
/** Of all texts together; later ones are left out. */
const MAX_BYTES = 64 * 1024 * 1024;

export class ReasonTable {
  readonly #ends: Uint32Array;
  readonly #bytes: Bytes;

  constructor(ends: Uint32Array, bytes: Bytes) {
    this.#ends = ends;
    this.#bytes = bytes;
  }

  text(number: number): string {
    if (number === 0) return '';
    return fromUtf8Lossy(this.#bytes.subarray(this.#ends[number - 1], this.#ends[number]));
  }

  get byteLength(): number {
    return this.#ends.byteLength + this.#bytes.byteLength;
  }
}

export class ReasonTableBuilder {
  readonly #ends = new GrowingUint32();
  #bytes: Uint8Array = new Uint8Array(1024);
  #length = 0;
  readonly #numbers = new Map<string, number>();

  constructor() {
    this.#ends.push(0);
  }

  add(text: string): number {
    if (text === '') return 0;
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const bytes = toUtf8(text);
    if (this.#length + bytes.length > MAX_BYTES) return 0;
    this.#bytes = growTo(this.#bytes, this.#length + bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    const number = this.#ends.length;
    this.#ends.push(this.#length);
    if (this.#numbers.size < MAX_INTERNED) this.#numbers.set(text, number);
    return number;
  }

  build(): ReasonTable {
    return new ReasonTable(this.#ends.toArray(), this.#bytes.slice(0, this.#length));
  }
}
