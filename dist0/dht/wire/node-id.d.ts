/**
 * Node ids: 20 bytes, compared by XOR (BEP 5), and bound to the address of their node (BEP 42), so that nobody with
 * one address can stand wherever in the key space he likes.
 */
import type { Bytes } from '../../ground/bytes.ts';
import type { Prng } from '../../ground/ports.ts';
export declare const ID_LENGTH = 20;
/** Negative when `a` is nearer to `target` than `b`. */
export declare function compareDistance(target: Bytes, a: Bytes, b: Bytes): number;
/** Leading bits that two ids share: 0 to 160. */
export declare function sharedPrefix(a: Bytes, b: Bytes): number;
/** A random id that shares exactly `bits` leading bits with `id`: a target inside that bucket. */
export declare function randomIdInBucket(id: Bytes, bits: number, prng: Prng): Uint8Array;
/** True when the id's first 21 bits follow from the host. Local hosts are exempt (BEP 42). */
export declare function isIdBoundTo(id: Bytes, host: Bytes): boolean;
/** A fresh id for a node behind `host`; a random one while the host is not known. */
export declare function createNodeId(host: Bytes | undefined, prng: Prng): Uint8Array;
