/** Seeds for the generator of `prng.ts`, and secret bytes, from the system. */
import { randomFillSync } from 'node:crypto';
import { createPrng } from '../prng.js';
export function createSystemPrng() {
    return createPrng(randomFillSync(new Uint32Array(1))[0]);
}
export function randomBytes(length) {
    return randomFillSync(new Uint8Array(length));
}
/** For what others must not guess: tokens, transactions, the seeds of hash tables. Drawn from the system in blocks. */
export function createSecretPrng() {
    const block = new Uint32Array(256);
    let at = block.length;
    const next = () => {
        if (at === block.length) {
            randomFillSync(block);
            at = 0;
        }
        return block[at++];
    };
    return {
        below: (bound) => Math.floor((next() / 0x1_0000_0000) * bound),
        fraction: () => next() / 0x1_0000_0000,
        fill: (out) => randomFillSync(out),
    };
}
