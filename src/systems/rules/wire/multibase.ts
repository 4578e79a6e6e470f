/** Text forms of bytes that CIDs use (multiformats/multibase): base16, base32, base36 and base58btc. */
import { type Bytes, fromBase32, fromHex } from '../../../ground/bytes.ts';

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz';
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
/** No CID is longer: what costs the square of its length is not begun. */
const MAX_LENGTH = 256;

const valuesOf = (alphabet: string): Int8Array => {
  const values = new Int8Array(128).fill(-1);
  for (let i = 0; i < alphabet.length; i++) values[alphabet.charCodeAt(i)] = i;
  return values;
};
const VALUES_58 = valuesOf(BASE58);
const VALUES_36 = valuesOf(BASE36);

/** With the prefix that names the base; undefined when it is another one, or the text is none of it. */
export function decodeMultibase(text: string): Uint8Array | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const rest = text.slice(1);
  switch (text[0]) {
    case 'f':
    case 'F':
      return fromHex(rest);
    case 'b':
    case 'B':
      return fromBase32(rest);
    case 'k':
    case 'K':
      return decodeDigits(rest.toLowerCase(), VALUES_36, 36, '0');
    case 'z':
      return decodeBase58(rest);
    default:
      return undefined;
  }
}

export function decodeBase58(text: string): Uint8Array | undefined {
  return text.length > MAX_LENGTH ? undefined : decodeDigits(text, VALUES_58, 58, '1');
}

export function encodeBase58(bytes: Bytes): string {
  let zeros = 0;
  while (zeros < bytes.length && bytes[zeros] === 0) zeros++;
  // Digits with the least first.
  const digits: number[] = [];
  for (let i = zeros; i < bytes.length; i++) {
    let carry = bytes[i]!;
    for (let d = 0; d < digits.length; d++) {
      carry += digits[d]! << 8;
      digits[d] = carry % 58;
      carry = (carry / 58) | 0;
    }
    while (carry > 0) {
      digits.push(carry % 58);
      carry = (carry / 58) | 0;
    }
  }
  let text = '1'.repeat(zeros);
  for (let d = digits.length - 1; d >= 0; d--) text += BASE58[digits[d]!];
  return text;
}

/** Lower case, no padding: as CIDs have it. */
export function encodeBase32(bytes: Bytes): string {
  let [text, bits, pending] = ['', 0, 0];
  for (let i = 0; i < bytes.length; i++) {
    pending = ((pending << 8) | bytes[i]!) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32[(pending >>> bits) & 31];
    }
  }
  return bits === 0 ? text : text + BASE32[(pending << (5 - bits)) & 31];
}

function decodeDigits(text: string, values: Int8Array, base: number, zero: string): Uint8Array | undefined {
  let zeros = 0;
  while (zeros < text.length && text[zeros] === zero) zeros++;
  // Bytes with the least first.
  const out: number[] = [];
  for (let i = zeros; i < text.length; i++) {
    let carry = values[text.charCodeAt(i)] ?? -1;
    if (carry < 0) return undefined;
    for (let b = 0; b < out.length; b++) {
      carry += out[b]! * base;
      out[b] = carry & 0xff;
      carry >>= 8;
    }
    while (carry > 0) {
      out.push(carry & 0xff);
      carry >>= 8;
    }
  }
  const bytes = new Uint8Array(zeros + out.length);
  for (let b = 0; b < out.length; b++) bytes[zeros + b] = out[out.length - 1 - b]!;
  return bytes;
}
