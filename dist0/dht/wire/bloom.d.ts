/** The bloom filters of BEP 33: how many distinct hosts share something, merged over many nodes' answers. */
import type { Bytes } from '../../ground/bytes.ts';
import type { Hasher } from '../../ground/ports.ts';
export declare const BLOOM_BYTES = 256;
/** @param host 4 or 16 bytes */
export declare function addToBloom(bloom: Uint8Array, host: Bytes, hasher: Hasher): void;
export declare function mergeBloom(into: Uint8Array, other: Bytes): void;
/** BEP 33's formula: log(c/m) / (k · log(1 - 1/m)), c being the zero bits. */
export declare function estimateBloom(bloom: Bytes): number;
