import type { Hasher } from '../../ground/ports.ts';
export declare const ALLOWED_FAST_COUNT = 5;
/** @param host 4 bytes (IPv4; the last is masked away) or 16 (IPv6; by common practice the /64 is kept) */
export declare function allowedFastSet(host: Uint8Array, infoHash: Uint8Array, pieceCount: number, count: number, hasher: Hasher): Set<number>;
