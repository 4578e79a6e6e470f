import type { Prng } from '../ports.ts';
export declare function createSystemPrng(): Prng;
export declare function randomBytes(length: number): Uint8Array<ArrayBuffer>;
/** For what others must not guess: tokens, transactions, the seeds of hash tables. Drawn from the system in blocks. */
export declare function createSecretPrng(): Prng;
