/**
 * `npm run fuzz -- --seconds N [--target NAME] [--seed S]`: mutates well-formed inputs for every parser. A failure
 * prints the target, the seed and the input in hex, and is kept in fuzz/corpus, which `npm test` replays.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { toHex } from '../src/ground/bytes.ts';
import { createPrng } from '../src/ground/prng.ts';
import { mutate } from './mutate.ts';
import { TARGETS } from './targets.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    target: { type: 'string' },
    seed: { type: 'string' },
  },
});
/** A parser that takes longer than this for 64 KiB is not linear. */
const SLOW_MS = 500;
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed);
const targets = TARGETS.filter((target) => values.target === undefined || target.name === values.target);
let failures = 0;

for (const target of targets) {
  const prng = createPrng(seed);
  const until = performance.now() + (Number(values.seconds) * 1000) / targets.length;
  let runs = 0;
  while (performance.now() < until) {
    const input = mutate(target.seeds, prng);
    const started = performance.now();
    try {
      target.run(input);
      if (performance.now() - started > SLOW_MS)
        throw new Error(`took ${Math.round(performance.now() - started)} ms`);
    } catch (error) {
      failures++;
      const corpus = join(import.meta.dirname, 'corpus', target.name);
      mkdirSync(corpus, { recursive: true });
      writeFileSync(join(corpus, `${seed}-${runs}`), input);
      console.log(
        `FAIL ${target.name} seed ${seed} run ${runs}: ${error instanceof Error ? error.stack : error}`,
      );
      console.log(`  input ${toHex(input.subarray(0, 200))}`);
      break;
    }
    runs++;
  }
  console.log(`${target.name}: ${runs} runs, seed ${seed}`);
}
process.exitCode = failures === 0 ? 0 : 1;
