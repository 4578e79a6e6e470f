/**
 * Keys of 20 bytes, sorted in one typed array: a million take 28 MB with the line and the reason of each, and a search looks at
 * about twenty words. Built once from a list and never changed.
 */
import type { Bytes } from '../../../ground/bytes.ts';
import { readUint32 } from '../../../ground/bytes.ts';
import { GrowingUint32, MAX_ENTRIES, orderByWord } from './growing.ts';
import { type ReasonTable, ReasonTableBuilder } from './reason-table.ts';

const WORDS = 5;

/** What one rule says of a key. */
export interface Hit {
  /** Of the list, from 1: the later decides. */
  readonly line: number;
  readonly isAllowed: boolean;
  readonly reason: string;
}

export class HashTable {
  /** Five words a key, ascending. */
  readonly #words: Uint32Array;
  /** Twice the line, and 1 for what is allowed. */
  readonly #lines: Uint32Array;
  readonly #reasons: Uint32Array;
  readonly #texts: ReasonTable;

  constructor(words: Uint32Array, lines: Uint32Array, reasons: Uint32Array, texts: ReasonTable) {
    this.#words = words;
    this.#lines = lines;
    this.#reasons = reasons;
    this.#texts = texts;
  }

  get size(): number {
    return this.#lines.length;
  }

  /** Bytes of memory. */
  get byteLength(): number {
    return (
      this.#words.byteLength + this.#lines.byteLength + this.#reasons.byteLength + this.#texts.byteLength
    );
  }

  find(key: Bytes): Hit | undefined {
    let [low, high] = [0, this.size - 1];
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = this.#compare(middle, key);
      if (order === 0) return this.#hitAt(middle);
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  #compare(index: number, key: Bytes): number {
    for (let word = 0; word < WORDS; word++) {
      const difference = this.#words[index * WORDS + word]! - readUint32(key, 4 * word);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  #hitAt(index: number): Hit {
    const line = this.#lines[index]!;
    return {
      line: line >>> 1,
      isAllowed: (line & 1) === 1,
      reason: this.#texts.text(this.#reasons[index] ?? 0),
    };
  }
}

export class HashTableBuilder {
  readonly #words = new GrowingUint32();
  readonly #lines = new GrowingUint32();
  readonly #reasons = new GrowingUint32();
  readonly #texts = new ReasonTableBuilder();
  #hasReasons = false;

  get size(): number {
    return this.#lines.length;
  }

  /** False when there is no room for more. */
  add(key: Bytes, line: number, isAllowed: boolean, reason: string): boolean {
    if (this.size >= MAX_ENTRIES) return false;
    for (let word = 0; word < WORDS; word++) this.#words.push(readUint32(key, 4 * word));
    this.#lines.push(line * 2 + Number(isAllowed));
    const number = this.#texts.add(reason);
    if (number !== 0) this.#hasReasons = true;
    this.#reasons.push(number);
    return true;
  }

  build(): HashTable {
    const order = this.#sort();
    const count = this.#countDistinct(order);
    const words = new Uint32Array(count * WORDS);
    const lines = new Uint32Array(count);
    const reasons = new Uint32Array(this.#hasReasons ? count : 0);
    let at = 0;
    for (let i = 0; i < order.length; i++) {
      const index = order[i]!;
      // Of equal keys the last line decides, and stands last.
      if (i + 1 < order.length && this.#compare(index, order[i + 1]!) === 0) continue;
      for (let word = 0; word < WORDS; word++)
        words[at * WORDS + word] = this.#words.at(index * WORDS + word);
      lines[at] = this.#lines.at(index);
      if (this.#hasReasons) reasons[at] = this.#reasons.at(index);
      at++;
    }
    return new HashTable(words, lines, reasons, this.#texts.build());
  }

  /** By key, then as they were added. */
  #sort(): Uint32Array {
    const order = orderByWord((index) => this.#words.at(index * WORDS), this.size);
    const first = (i: number): number => this.#words.at(order[i]! * WORDS);
    for (let start = 0; start < order.length; ) {
      let end = start + 1;
      while (end < order.length && first(end) === first(start)) end++;
      // A stretch with one first word is rare unless somebody made it: then it is sorted all the same.
      if (end - start > 1) order.subarray(start, end).sort((a, b) => this.#compare(a, b) || a - b);
      start = end;
    }
    return order;
  }

  #countDistinct(order: Uint32Array): number {
    let count = order.length;
    for (let i = 0; i + 1 < order.length; i++) if (this.#compare(order[i]!, order[i + 1]!) === 0) count--;
    return count;
  }

  #compare(a: number, b: number): number {
    for (let word = 0; word < WORDS; word++) {
      const difference = this.#words.at(a * WORDS + word) - this.#words.at(b * WORDS + word);
      if (difference !== 0) return difference;
    }
    return 0;
  }
}
