/**
 * Node ids: 20 bytes, compared by XOR (BEP 5), and bound to the address of their node (BEP 42), so that nobody with
 * one address can stand wherever in the key space he likes.
 */
import type { Bytes } from '../../../ground/bytes.ts';
import { isLocalHost } from '../../../ground/endpoint.ts';
import type { Prng } from '../../../ground/ports.ts';

export const ID_LENGTH = 20;

/** Negative when `a` is nearer to `target` than `b`. */
export function compareDistance(target: Bytes, a: Bytes, b: Bytes): number {
  for (let i = 0; i < ID_LENGTH; i++) {
    const difference = (a[i]! ^ target[i]!) - (b[i]! ^ target[i]!);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Leading bits that two ids share: 0 to 160. */
export function sharedPrefix(a: Bytes, b: Bytes): number {
  for (let i = 0; i < ID_LENGTH; i++) {
    const difference = a[i]! ^ b[i]!;
    if (difference !== 0) return 8 * i + Math.clz32(difference) - 24;
  }
  return 8 * ID_LENGTH;
}

/** A random id that shares exactly `bits` leading bits with `id`: a target inside that bucket. */
export function randomIdInBucket(id: Bytes, bits: number, prng: Prng): Uint8Array {
  const out = prng.fill(new Uint8Array(ID_LENGTH));
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) out[i] = id[i]!;
  if (whole < ID_LENGTH) {
    const kept = bits & 7;
    const keepMask = (0xff00 >> kept) & 0xff;
    const flip = 0x80 >> kept;
    out[whole] = (id[whole]! & keepMask) | (~id[whole]! & flip) | (out[whole]! & (flip - 1));
  }
  return out;
}

/** BEP 42, "the algorithm": how much of an address counts. */
const MASK_V4: readonly number[] = [0x03, 0x0f, 0x3f, 0xff];
const MASK_V6: readonly number[] = [0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f, 0xff];

/** CRC-32C (Castagnoli), reflected polynomial 0x82f63b78. */
const CRC_TABLE: Uint32Array = (() => {
  const table = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    let value = i;
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
    table[i] = value >>> 0;
  }
  return table;
})();

function crcOfHost(host: Bytes, r: number): number {
  const mask = host.length === 4 ? MASK_V4 : MASK_V6;
  let crc = 0xffffffff;
  for (let i = 0; i < mask.length; i++) {
    const byte = (host[i]! & mask[i]!) | (i === 0 ? (r & 7) << 5 : 0);
    crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ byte) & 0xff]!;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** True when the id's first 21 bits follow from the host. Local hosts are exempt (BEP 42). */
export function isIdBoundTo(id: Bytes, host: Bytes): boolean {
  if (isLocalHost(host)) return true;
  const crc = crcOfHost(host, id[19]!);
  return id[0] === crc >>> 24 && id[1] === ((crc >>> 16) & 0xff) && (id[2]! & 0xf8) === ((crc >>> 8) & 0xf8);
}

/** A fresh id for a node behind `host`; a random one while the host is not known. */
export function createNodeId(host: Bytes | undefined, prng: Prng): Uint8Array {
  const id = prng.fill(new Uint8Array(ID_LENGTH));
  if (host === undefined || isLocalHost(host)) return id;
  const crc = crcOfHost(host, id[19]!);
  id[0] = crc >>> 24;
  id[1] = (crc >>> 16) & 0xff;
  id[2] = ((crc >>> 8) & 0xf8) | (id[2]! & 7);
  return id;
}
