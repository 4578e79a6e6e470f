/** Seeds for the generator of `prng.ts`, and secret bytes, from the system. */
import { randomFillSync } from 'node:crypto';
import type { Prng } from '../ports.ts';
import { createPrng } from '../prng.ts';

export function createSystemPrng(): Prng {
  return createPrng(randomFillSync(new Uint32Array(1))[0]!);
}

export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return randomFillSync(new Uint8Array(length));
}

/** For secrets: tokens, transaction ids, the seeds of hash tables. Drawn from the system in blocks. */
export function createSecretPrng(): Prng {
  const block = new Uint32Array(256);
  let at = block.length;
  const next = (): number => {
    if (at === block.length) {
      randomFillSync(block);
      at = 0;
    }
    return block[at++]!;
  };
  return {
    below: (bound) => Math.floor((next() / 0x1_0000_0000) * bound),
    fraction: () => next() / 0x1_0000_0000,
    fill: (out) => randomFillSync(out as Uint8Array<ArrayBuffer>),
  };
}
