import type { Hasher, Prng } from '../../ground/ports.ts';
import type { Instant } from '../../ground/units.ts';
export declare class Tokens {
    #private;
    constructor(hasher: Hasher, secretPrng: Prng);
    create(now: Instant, host: Uint8Array): Uint8Array;
    isValid(now: Instant, host: Uint8Array, token: Uint8Array): boolean;
}
