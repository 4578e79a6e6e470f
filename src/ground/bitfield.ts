/** A set of small whole numbers, laid out as BEP 3's `bitfield`: bit 0 is the high bit of byte 0. */
import type { Bytes } from './bytes.ts';

export class Bitfield {
  readonly length: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  #count = 0;

  constructor(length: number) {
    this.length = length;
    this.bytes = new Uint8Array(Math.ceil(length / 8));
  }

  /** Undefined when the byte length is wrong or a spare bit is set (BEP 3: such a peer should be dropped). */
  static fromBytes(bytes: Bytes, length: number): Bitfield | undefined {
    if (bytes.length !== Math.ceil(length / 8)) return undefined;
    const spare = bytes.length * 8 - length;
    if (spare > 0 && (bytes[bytes.length - 1]! & ((1 << spare) - 1)) !== 0) return undefined;
    const field = new Bitfield(length);
    field.bytes.set(bytes);
    field.#recount();
    return field;
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.length;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  has(index: number): boolean {
    return (this.bytes[index >>> 3]! & (0x80 >>> (index & 7))) !== 0;
  }

  /** True when the bit was not set before. */
  add(index: number): boolean {
    const mask = 0x80 >>> (index & 7);
    if ((this.bytes[index >>> 3]! & mask) !== 0) return false;
    this.bytes[index >>> 3]! |= mask;
    this.#count++;
    return true;
  }

  /** True when the bit was set before. */
  delete(index: number): boolean {
    const mask = 0x80 >>> (index & 7);
    if ((this.bytes[index >>> 3]! & mask) === 0) return false;
    this.bytes[index >>> 3]! &= ~mask;
    this.#count--;
    return true;
  }

  fillAll(): void {
    this.bytes.fill(0xff);
    const spare = this.bytes.length * 8 - this.length;
    if (spare > 0) this.bytes[this.bytes.length - 1] = (0xff << spare) & 0xff;
    this.#count = this.length;
  }

  clone(): Bitfield {
    const copy = new Bitfield(this.length);
    copy.bytes.set(this.bytes);
    copy.#count = this.#count;
    return copy;
  }

  #recount(): void {
    let count = 0;
    for (let byte of this.bytes) {
      while (byte !== 0) {
        byte &= byte - 1;
        count++;
      }
    }
    this.#count = count;
  }
}
