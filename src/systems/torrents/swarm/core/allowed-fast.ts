/**
 * The allowed fast set (BEP 6): pieces that a peer may request although we choke it, computed from its address so
 * that reconnecting gains it nothing.
 */
import { readUint32 } from '../../../../ground/bytes.ts';
import type { Hasher } from '../../../../ground/ports.ts';

export const ALLOWED_FAST_COUNT = 5;

/** @param host 4 bytes (IPv4; the last is masked away) or 16 (IPv6; by common practice the /64 is kept) */
export function allowedFastSet(
  host: Uint8Array,
  infoHash: Uint8Array,
  pieceCount: number,
  count: number,
  hasher: Hasher,
): Set<number> {
  const kept = host.length === 4 ? 3 : 8;
  const prefix = new Uint8Array(host.length);
  prefix.set(host.subarray(0, kept));
  let x = new Uint8Array(prefix.length + infoHash.length);
  x.set(prefix);
  x.set(infoHash, prefix.length);
  const set = new Set<number>();
  const wanted = Math.min(count, pieceCount);
  while (set.size < wanted) {
    x = new Uint8Array(hasher.sha1(x));
    for (let i = 0; i < 20 && set.size < wanted; i += 4) set.add(readUint32(x, i) % pieceCount);
  }
  return set;
}
