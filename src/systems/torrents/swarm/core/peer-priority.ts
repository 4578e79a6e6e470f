/**
 * Canonical peer priority (BEP 40): CRC-32C over both masked addresses, the smaller first. Both ends compute the same
 * number, so connections spread evenly and an attacker can't choose its rank.
 */
import { type Bytes, compareBytes, concatBytes, writeUint16 } from '../../../../ground/bytes.ts';

/** CRC-32C (Castagnoli), reflected polynomial 0x82F63B78. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

export function crc32c(bytes: Bytes): number {
  let crc = 0xffff_ffff;
  for (let i = 0; i < bytes.length; i++) crc = TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffff_ffff) >>> 0;
}

/** @param hostA, hostB 4 or 16 bytes each, of one family */
export function peerPriority(hostA: Bytes, portA: number, hostB: Bytes, portB: number): number {
  if (compareBytes(hostA, hostB) === 0) return crc32c(joinSorted(portBytes(portA), portBytes(portB)));
  const mask = maskFor(hostA, hostB);
  return crc32c(joinSorted(masked(hostA, mask), masked(hostB, mask)));
}

/** IPv4: FF.FF.55.55, widening to FF.FF.FF.55 within a /16 and to all ones within a /24; IPv6 alike from /32 to /56. */
function maskFor(a: Bytes, b: Bytes): Uint8Array {
  const mask = new Uint8Array(a.length).fill(0x55);
  let exact = a.length === 4 ? 2 : 6;
  let shared = 0;
  while (shared < a.length && a[shared] === b[shared]) shared++;
  if (shared >= exact) exact = shared + 1;
  return mask.fill(0xff, 0, Math.min(exact, a.length));
}

function masked(host: Bytes, mask: Bytes): Uint8Array {
  return Uint8Array.from(host, (byte, i) => byte & mask[i]!);
}

function portBytes(port: number): Uint8Array {
  const out = new Uint8Array(2);
  writeUint16(out, 0, port);
  return out;
}

function joinSorted(a: Bytes, b: Bytes): Uint8Array {
  return compareBytes(a, b) <= 0 ? concatBytes([a, b]) : concatBytes([b, a]);
}
