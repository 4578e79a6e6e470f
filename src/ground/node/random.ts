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
