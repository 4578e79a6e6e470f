/**
 * Addresses that are not to be talked to, as block lists name them: `NAME:1.2.3.4-1.2.3.9` (P2P), `1.2.3.4 - 1.2.3.9 , 0 ,
 * NAME` (eMule's DAT, where a level above 127 means allowed), `10.0.0.0/8`, `2001:db8::/32`, and single addresses.
 */
import { parseHost } from './address.ts';
import { type Bytes, toHex } from './bytes.ts';

/** Longer lines are not read. */
const MAX_LINE = 1000;
const MAX_RANGES = 2_000_000;
/** Characters of a step: some tens of milliseconds on a slow machine. */
const STEP_LENGTH = 64 * 1024;
const DAT_ALLOWED = 127;

/** Addresses as hex of 16 bytes, so that both families have one order. */
interface Range {
  readonly from: string;
  to: string;
}

export interface ParsedFilter {
  readonly filter: IpFilter;
  /** Lines that could not be read. */
  readonly skipped: number;
}

export class IpFilter {
  static readonly EMPTY: IpFilter = new IpFilter([]);
  /** Ascending, without overlaps. */
  readonly #ranges: readonly Range[];

  private constructor(ranges: readonly Range[]) {
    this.#ranges = ranges;
  }

  /** Lines that say nothing that can be understood are counted and left out. */
  static parse(text: string): ParsedFilter {
    const steps = IpFilter.parseInSteps(text);
    for (;;) {
      const { done, value } = steps.next();
      if (done === true) return value;
    }
  }

  /** The same, with a pause after each step: long lists take seconds. */
  static *parseInSteps(text: string): Generator<undefined, ParsedFilter, void> {
    const ranges: Range[] = [];
    let [skipped, pauseAt] = [0, STEP_LENGTH];
    for (let at = 0; at < text.length; ) {
      const found = text.indexOf('\n', at);
      const end = found < 0 ? text.length : found;
      const line = text.slice(at, end).trim();
      at = end + 1;
      if (at >= pauseAt) {
        pauseAt = at + STEP_LENGTH;
        yield;
      }
      if (line === '' || line.startsWith('#') || line.startsWith('//')) continue;
      const isRead = line.length <= MAX_LINE && ranges.length < MAX_RANGES;
      const range = isRead ? parseLine(line) : undefined;
      if (range === 'allowed') continue;
      if (range === undefined) skipped++;
      else ranges.push(range);
    }
    return { filter: new IpFilter(merge(ranges)), skipped };
  }

  /** Blocks what any of them blocks. */
  static join(filters: readonly IpFilter[]): IpFilter {
    if (filters.length === 1) return filters[0]!;
    return new IpFilter(merge(filters.flatMap((filter) => filter.#ranges)));
  }

  /** Ranges, after those that touch were made one. */
  get size(): number {
    return this.#ranges.length;
  }

  blocks(host: string): boolean {
    if (this.#ranges.length === 0) return false;
    const bytes = parseHost(host);
    if (bytes === undefined) return false;
    const key = keyOf(bytes);
    let [low, high] = [0, this.#ranges.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const { from, to } = this.#ranges[middle]!;
      if (key < from) high = middle - 1;
      else if (key > to) low = middle + 1;
      else return true;
    }
    return false;
  }
}

/** IPv4 stands in IPv6 as `::ffff:a.b.c.d`. */
const keyOf = (bytes: Bytes): string =>
  bytes.length === 4 ? `${'0'.repeat(20)}ffff${toHex(bytes)}` : toHex(bytes);

function merge(ranges: Range[]): Range[] {
  ranges.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  const merged: Range[] = [];
  for (const range of ranges) {
    const last = merged.at(-1);
    if (last !== undefined && range.from <= last.to) {
      if (range.to > last.to) last.to = range.to;
    } else merged.push({ ...range });
  }
  return merged;
}

function parseLine(line: string): Range | 'allowed' | undefined {
  const dat = /^(\S+)\s*-\s*([^\s,]+)\s*,\s*(\d+)/.exec(line);
  if (dat !== null) return Number(dat[3]) > DAT_ALLOWED ? 'allowed' : rangeOf(dat[1]!, dat[2]!);
  const block = /^([0-9a-f.:]+)\/(\d{1,3})$/i.exec(line);
  if (block !== null) return blockOf(block[1]!, Number(block[2]));
  const between =
    /(?:^|:)\s*([0-9.]+)\s*-\s*([0-9.]+)$/.exec(line) ?? /^([0-9a-f:]+)\s*-\s*([0-9a-f:]+)$/i.exec(line);
  if (between !== null) return rangeOf(between[1]!, between[2]!);
  return rangeOf(line, line);
}

/** Old lists pad their numbers: `001.002.003.004`. */
const unpad = (host: string): string => (host.includes(':') ? host : host.replace(/\b0+(?=\d)/g, ''));

function rangeOf(first: string, last: string): Range | undefined {
  const [a, b] = [parseHost(unpad(first)), parseHost(unpad(last))];
  if (a === undefined || b === undefined || a.length !== b.length) return undefined;
  const [from, to] = [keyOf(a), keyOf(b)];
  return from > to ? undefined : { from, to };
}

function blockOf(host: string, bits: number): Range | undefined {
  const bytes = parseHost(host);
  if (bytes === undefined || bits > bytes.length * 8) return undefined;
  const [first, last] = [bytes.slice(), bytes.slice()];
  for (let bit = bits; bit < bytes.length * 8; bit++) {
    first[bit >> 3]! &= ~(0x80 >> (bit & 7));
    last[bit >> 3]! |= 0x80 >> (bit & 7);
  }
  return { from: keyOf(first), to: keyOf(last) };
}
