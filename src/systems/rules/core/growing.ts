/** Arrays of numbers that grow by doubling, without an object an entry. */

export class GrowingUint32 {
  #array = new Uint32Array(256);
  length = 0;

  push(value: number): void {
    if (this.length === this.#array.length) {
      const larger = new Uint32Array(2 * this.length);
      larger.set(this.#array);
      this.#array = larger;
    }
    this.#array[this.length++] = value;
  }

  at(index: number): number {
    return this.#array[index]!;
  }

  /** Of its own length. */
  toArray(): Uint32Array {
    return this.#array.slice(0, this.length);
  }
}

/** The same bytes with room for at least `length`. */
export function growTo(bytes: Uint8Array, length: number): Uint8Array {
  if (length <= bytes.length) return bytes;
  const larger = new Uint8Array(Math.max(length, 2 * bytes.length));
  larger.set(bytes);
  return larger;
}

/** Most entries of one table: an index and 32 bits of a key are one exact number. */
export const MAX_ENTRIES: number = 2 ** 21;

/** Indexes in the order of their first 32 bits. */
export function orderByWord(wordAt: (index: number) => number, count: number): Uint32Array {
  const keys = new Float64Array(count);
  for (let i = 0; i < count; i++) keys[i] = wordAt(i) * MAX_ENTRIES + i;
  keys.sort();
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = keys[i]! % MAX_ENTRIES;
  return order;
}
