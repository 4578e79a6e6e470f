// Every fuzz target, a fixed number of runs with a fixed seed, and every input that ever failed.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createPrng } from '../src/ground/prng.ts';
import { mutate } from './mutate.ts';
import { TARGETS } from './targets.ts';

for (const target of TARGETS) {
  test(`fuzz ${target.name}: 1,500 runs of seed 1, and the corpus`, () => {
    const prng = createPrng(1);
    for (const seed of target.seeds) target.run(seed);
    for (let i = 0; i < 1500; i++) target.run(mutate(target.seeds, prng));
    const corpus = join(import.meta.dirname, 'corpus', target.name);
    if (existsSync(corpus))
      for (const file of readdirSync(corpus)) target.run(readFileSync(join(corpus, file)));
  });
}
