/** The bloom filters of BEP 33: how many distinct hosts share something, merged over many nodes' answers. */
import type { Bytes } from '../../../ground/bytes.ts';
import type { Hasher } from '../../../ground/ports.ts';

export const BLOOM_BYTES = 256;
const BITS = 8 * BLOOM_BYTES;
const HASHES = 2;

/** @param host 4 or 16 bytes */
export function addToBloom(bloom: Uint8Array, host: Bytes, hasher: Hasher): void {
  const hash = hasher.sha1(host);
  for (const at of [0, 2]) {
    const index = (hash[at]! | (hash[at + 1]! << 8)) % BITS;
    bloom[index >> 3]! |= 1 << (index & 7);
  }
}

export function mergeBloom(into: Uint8Array, other: Bytes): void {
  for (let i = 0; i < BLOOM_BYTES; i++) into[i]! |= other[i]!;
}

/** BEP 33's formula: log(c/m) / (k · log(1 - 1/m)), c being the zero bits. */
export function estimateBloom(bloom: Bytes): number {
  let zeros = 0;
  for (const byte of bloom) for (let bit = 0; bit < 8; bit++) if ((byte & (1 << bit)) === 0) zeros++;
  const c = Math.max(1, Math.min(BITS - 1, zeros));
  if (zeros === BITS) return 0;
  return Math.log(c / BITS) / (HASHES * Math.log(1 - 1 / BITS));
}
