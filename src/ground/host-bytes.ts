/**
 * Hosts as a socket writes them, into bytes that are used again: every packet that comes in needs it, and `parseHost` takes a
 * microsecond for IPv6. What is written otherwise is left to `parseHost`.
 */
import { parseHost } from './address.ts';

/** `readHost` writes at most so many bytes. */
export const MAX_HOST_BYTES = 16;

/**
 * The bytes of a host into the beginning of `out`; a zone (`%eth0`) counts for nothing, and an IPv4 address in IPv6 clothes is the IPv4
 * address. Returns how many: 4, 16, or 0 for what is no address.
 */
export function readHost(text: string, out: Uint8Array): 0 | 4 | 16 {
  if (readDotted(text, out)) return 4;
  if (readGroups(text, out)) {
    if (!isMapped(out)) return 16;
    out.copyWithin(0, 12, 16);
    return 4;
  }
  const zone = text.indexOf('%');
  const host = parseHost(zone < 0 ? text : text.slice(0, zone));
  if (host === undefined) return 0;
  out.set(host);
  return host.length === 4 ? 4 : 16;
}

function isMapped(v6: Uint8Array): boolean {
  for (let i = 0; i < 10; i++) if (v6[i] !== 0) return false;
  return v6[10] === 0xff && v6[11] === 0xff;
}

/** Four decimal numbers without leading zeros. */
function readDotted(text: string, out: Uint8Array): boolean {
  const { length } = text;
  if (length < 7 || length > 15) return false;
  let [part, value, digits] = [0, 0, 0];
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x2e) {
      if (digits === 0 || part === 3) return false;
      out[part++] = value;
      value = 0;
      digits = 0;
    } else {
      if (code < 0x30 || code > 0x39 || (digits > 0 && value === 0)) return false;
      value = value * 10 + code - 0x30;
      digits++;
      if (value > 255) return false;
    }
  }
  if (part !== 3 || digits === 0) return false;
  out[3] = value;
  return true;
}

/** Groups of hex digits with at most one `::`; neither a dotted tail nor anything that a system does not write. */
function readGroups(text: string, out: Uint8Array): boolean {
  const { length } = text;
  if (length < 2 || length > 39) return false;
  // Bytes written, where `::` stands among them, and the group that is being read.
  let [at, gap, value, digits] = [0, -1, 0, 0];
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x3a) {
      if (digits > 0) {
        if (at > 14) return false;
        out[at++] = value >>> 8;
        out[at++] = value;
        value = 0;
        digits = 0;
        if (text.charCodeAt(i + 1) !== 0x3a) continue;
        i++;
      } else if (i !== 0 || text.charCodeAt(++i) !== 0x3a) return false;
      if (gap >= 0) return false;
      gap = at;
    } else {
      const digit = hexDigit(code);
      if (digit < 0 || digits === 4) return false;
      value = value * 16 + digit;
      digits++;
    }
  }
  if (digits > 0) {
    if (at > 14) return false;
    out[at++] = value >>> 8;
    out[at++] = value;
  } else if (gap !== at) return false;
  if (gap < 0) return at === 16;
  if (at > 14) return false;
  out.copyWithin(16 - (at - gap), gap, at);
  out.fill(0, gap, 16 - (at - gap));
  return true;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  if (code >= 0x41 && code <= 0x46) return code - 0x37;
  return -1;
}
