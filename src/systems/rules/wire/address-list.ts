/**
 * Lists of addresses: `NAME:1.2.3.4-1.2.3.9` (P2P), `1.2.3.4 - 1.2.3.9 , 0 , NAME` (eMule's DAT, where a level above 127 means
 * allowed), `10.0.0.0/8`, `2001:db8::/32`, and single addresses. The name is the reason.
 */
import { parseHost } from '../../../ground/address.ts';
import { type Bytes, compareBytes } from '../../../ground/bytes.ts';
import { groupsOfLines, type Problems, quote } from './lines.ts';
import type { RuleSink } from './rule.ts';

/** A line is no longer, whatever a file holds. */
const MAX_LINE = 1000;
const DAT_ALLOWED = 127;

export interface AddressRange {
  readonly from: Bytes;
  readonly to: Bytes;
}

interface NamedRange extends AddressRange {
  readonly name: string;
}

/** Pauses after each step. */
export function* parseAddressList(
  bytes: Bytes,
  problems: Problems,
  sink: RuleSink,
): Generator<undefined, void, void> {
  for (const { first, lines } of groupsOfLines(bytes)) {
    for (let i = 0; i < lines.length; i++) {
      const text = lines[i]!.trim();
      const line = first + i;
      if (text === '' || text.startsWith('#') || text.startsWith('//')) continue;
      const range = text.length > MAX_LINE ? undefined : parseLine(text);
      if (range === 'allowed') continue;
      if (range === undefined) problems.add(line, `${quote(text)} is no P2P, DAT or CIDR line`);
      else {
        const { from, to, name } = range;
        sink({ kind: 'range', from, to, line, isAllowed: false, reason: name });
      }
    }
    yield;
  }
}

/** A single address or a block in CIDR form. */
export function parseAddressOrBlock(text: string): AddressRange | undefined {
  const block = /^([0-9a-f.:]+)\/(\d{1,3})$/i.exec(text);
  return block === null ? rangeOf(text, text) : blockOf(block[1]!, Number(block[2]));
}

function parseLine(line: string): NamedRange | 'allowed' | undefined {
  const dat = /^(\S+)\s*-\s*([^\s,]+)\s*,\s*(\d+)\s*(?:,(.*))?$/.exec(line);
  if (dat !== null) {
    if (Number(dat[3]) > DAT_ALLOWED) return 'allowed';
    return named(rangeOf(dat[1]!, dat[2]!), dat[4] ?? '');
  }
  const single = parseAddressOrBlock(line);
  if (single !== undefined) return named(single, '');
  const between = /^(?:(.*):)?\s*([0-9.]+)\s*-\s*([0-9.]+)$/.exec(line);
  if (between !== null) return named(rangeOf(between[2]!, between[3]!), between[1] ?? '');
  const v6 = /^([0-9a-f:]+)\s*-\s*([0-9a-f:]+)$/i.exec(line);
  return v6 === null ? undefined : named(rangeOf(v6[1]!, v6[2]!), '');
}

function named(range: AddressRange | undefined, name: string): NamedRange | undefined {
  return range && { ...range, name: name.trim() };
}

/** Old lists pad their numbers: `001.002.003.004`. */
const unpad = (host: string): string => (host.includes(':') ? host : host.replace(/\b0+(?=\d)/g, ''));

function rangeOf(first: string, last: string): AddressRange | undefined {
  const from = parseHost(unpad(first));
  const to = first === last ? from : parseHost(unpad(last));
  if (from === undefined || to === undefined || from.length !== to.length) return undefined;
  return compareBytes(from, to) > 0 ? undefined : { from, to };
}

function blockOf(host: string, bits: number): AddressRange | undefined {
  const bytes = parseHost(host);
  if (bytes === undefined || bits > bytes.length * 8) return undefined;
  const [from, to] = [bytes.slice(), bytes.slice()];
  for (let bit = bits; bit < bytes.length * 8; bit++) {
    from[bit >> 3]! &= ~(0x80 >> (bit & 7));
    to[bit >> 3]! |= 0x80 >> (bit & 7);
  }
  return { from, to };
}
