// Every fuzz target, a fixed number of runs with a fixed seed, and every input that ever failed.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createPrng } from '../src/ground/prng.ts';
import { mutate } from './mutate.ts';
import { TARGETS } from './targets.ts';

const CORPUS = join(import.meta.dirname, 'corpus');

test('targets have names of their own, and each folder of the corpus has a target', () => {
  const names = new Set(TARGETS.map(({ name }) => name));
  assert.equal(names.size, TARGETS.length);
  assert.deepEqual(
    readdirSync(CORPUS).filter((folder) => !names.has(folder)),
    [],
  );
});

for (const target of TARGETS) {
  test(`fuzz ${target.name}: 1,500 runs of seed 1, and the corpus`, () => {
    const prng = createPrng(1);
    for (const seed of target.seeds) target.run(seed);
    for (let i = 0; i < 1500; i++) target.run(mutate(target.seeds, prng));
    const corpus = join(CORPUS, target.name);
    if (existsSync(corpus))
      for (const file of readdirSync(corpus)) target.run(readFileSync(join(corpus, file)));
  });
}
