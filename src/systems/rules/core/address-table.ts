/**
 * Ranges of addresses, sorted and without overlaps: of ranges that overlap, the first keeps what both have. IPv4 takes 16 bytes
 * a range; IPv6, of which lists have few, goes by the hex of its bytes.
 */
import { assert } from '../../../ground/assert.ts';
import { type Bytes, readUint32, toHex } from '../../../ground/bytes.ts';
import { GrowingUint32, MAX_ENTRIES, orderByWord } from './growing.ts';
import type { Hit } from './hash-table.ts';
import { type ReasonTable, ReasonTableBuilder } from './reason-table.ts';

interface LongRange {
  readonly from: string;
  to: string;
  readonly line: number;
  readonly reason: number;
}

/** Columns of IPv4. */
interface Columns {
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  readonly line: Uint32Array;
  readonly reason: Uint32Array;
}

export class AddressTable {
  readonly #short: Columns;
  readonly #long: readonly LongRange[];
  readonly #texts: ReasonTable;

  constructor(short: Columns, long: readonly LongRange[], texts: ReasonTable) {
    this.#short = short;
    this.#long = long;
    this.#texts = texts;
  }

  /** Ranges, after those that overlap for the same reason were made one. */
  get size(): number {
    return this.#short.from.length + this.#long.length;
  }

  /** Bytes of memory, about. */
  get byteLength(): number {
    return 4 * this.#short.from.byteLength + 200 * this.#long.length + this.#texts.byteLength;
  }

  /** @param host 4 or 16 bytes */
  find(host: Bytes): Hit | undefined {
    return host.length === 4 ? this.#findShort(readUint32(host, 0)) : this.#findLong(host);
  }

  #findShort(host: number): Hit | undefined {
    const { from, to, line, reason } = this.#short;
    let [low, high] = [0, from.length - 1];
    while (low <= high) {
      const middle = (low + high) >>> 1;
      if (host < from[middle]!) high = middle - 1;
      else if (host > to[middle]!) low = middle + 1;
      else return this.#hit(line[middle]!, reason[middle]!);
    }
    return undefined;
  }

  #findLong(host: Bytes): Hit | undefined {
    if (this.#long.length === 0) return undefined;
    const key = toHex(host);
    let [low, high] = [0, this.#long.length - 1];
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const range = this.#long[middle]!;
      if (key < range.from) high = middle - 1;
      else if (key > range.to) low = middle + 1;
      else return this.#hit(range.line, range.reason);
    }
    return undefined;
  }

  #hit(line: number, reason: number): Hit {
    return { line, isAllowed: false, reason: this.#texts.text(reason) };
  }
}

export class AddressTableBuilder {
  readonly #from = new GrowingUint32();
  readonly #to = new GrowingUint32();
  readonly #line = new GrowingUint32();
  readonly #reason = new GrowingUint32();
  readonly #long: LongRange[] = [];
  readonly #texts = new ReasonTableBuilder();

  /** False when there is no room for more. */
  add(from: Bytes, to: Bytes, line: number, text: string): boolean {
    assert(from.length === to.length, 'a range lies in one family');
    if (this.#from.length + this.#long.length >= MAX_ENTRIES) return false;
    const reason = this.#texts.add(text);
    if (from.length === 16) this.#long.push({ from: toHex(from), to: toHex(to), line, reason });
    else {
      this.#from.push(readUint32(from, 0));
      this.#to.push(readUint32(to, 0));
      this.#line.push(line);
      this.#reason.push(reason);
    }
    return true;
  }

  build(): AddressTable {
    return new AddressTable(this.#buildShort(), this.#buildLong(), this.#texts.build());
  }

  #buildShort(): Columns {
    const [from, to, line, reason] = [1, 2, 3, 4].map(() => new GrowingUint32()) as GrowingUint32[] as [
      GrowingUint32,
      GrowingUint32,
      GrowingUint32,
      GrowingUint32,
    ];
    let open: { from: number; to: number; line: number; reason: number } | undefined;
    const close = (): void => {
      if (open === undefined) return;
      from.push(open.from);
      to.push(open.to);
      line.push(open.line);
      reason.push(open.reason);
    };
    for (const index of orderByWord((i) => this.#from.at(i), this.#from.length)) {
      const next = {
        from: this.#from.at(index),
        to: this.#to.at(index),
        line: this.#line.at(index),
        reason: this.#reason.at(index),
      };
      if (open !== undefined && next.from <= open.to) {
        if (next.to <= open.to) continue;
        if (next.reason === open.reason) {
          open.to = next.to;
          continue;
        }
        next.from = open.to + 1;
      }
      close();
      open = next;
    }
    close();
    return { from: from.toArray(), to: to.toArray(), line: line.toArray(), reason: reason.toArray() };
  }

  /** Of those that overlap, the later is taken whole by the earlier: lists have few, and a reason is for people. */
  #buildLong(): LongRange[] {
    const sorted = [...this.#long].sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
    const merged: LongRange[] = [];
    for (const range of sorted) {
      const last = merged.at(-1);
      if (last === undefined || range.from > last.to) merged.push({ ...range });
      else if (range.to > last.to) last.to = range.to;
    }
    return merged;
  }
}
