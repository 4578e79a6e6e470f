/**
 * `npm run fuzz -- [--seconds N] [--runs N] [--coverage] [--target NAME] [--seed S]`: mutates well-formed inputs and the
 * kept corpus for every parser. A failure prints the target, the seed and the input in hex, and is kept in fuzz/corpus,
 * which `npm test` replays. With `--coverage`, inputs that reach new code are kept there, too, and mutated further.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createHash } from 'node:crypto';
import { toHex } from '../src/ground/bytes.ts';
import { createPrng } from '../src/ground/prng.ts';
import type { Prng } from '../src/ground/ports.ts';
import { Coverage } from './coverage.ts';
import { mutate } from './mutate.ts';
import type { Target } from './target.ts';
import { TARGETS } from './targets.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    runs: { type: 'string' },
    coverage: { type: 'boolean', default: false },
    target: { type: 'string' },
    seed: { type: 'string' },
  },
});
/** A parser that takes longer than this for 64 KiB is not linear. */
const SLOW_MS = 500;
/** Inputs between two looks at what was reached. */
const LOOK_EVERY = 256;
/** Kept inputs stay small: a corpus is read by people, too. */
const MAX_KEPT_BYTES = 4096;
const MAX_KEPT = 200;
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed);
const targets = TARGETS.filter((target) => values.target === undefined || target.name === values.target);
const maxRuns = values.runs === undefined ? Number.POSITIVE_INFINITY : Number(values.runs);
const seconds = Number(values.seconds ?? (values.runs === undefined ? '30' : '1e9')) / targets.length;
let failures = 0;

for (const target of targets) {
  const pool = [...target.seeds, ...corpusOf(target)];
  const { runs, kept } = values.coverage
    ? explore(target, pool, createPrng(seed))
    : hammer(target, pool, createPrng(seed));
  console.log(`${target.name}: ${runs} runs, seed ${seed}${values.coverage ? `, ${kept} inputs kept` : ''}`);
}
process.exitCode = failures === 0 ? 0 : 1;

function corpusOf(target: Target): Uint8Array[] {
  const folder = join(import.meta.dirname, 'corpus', target.name);
  return existsSync(folder) ? readdirSync(folder).map((file) => readFileSync(join(folder, file))) : [];
}

function keep(target: Target, input: Uint8Array): void {
  const folder = join(import.meta.dirname, 'corpus', target.name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, createHash('sha256').update(input).digest('hex').slice(0, 16)), input);
}

/** Returns false when it failed. */
function attempt(target: Target, input: Uint8Array, run: number): boolean {
  const started = performance.now();
  try {
    target.run(input);
    if (performance.now() - started <= SLOW_MS) return true;
    // The machine may have had something else to do: only an input that is slow again is slow.
    const again = performance.now();
    target.run(input);
    const tookMs = performance.now() - again;
    if (tookMs > SLOW_MS) throw new Error(`took ${Math.round(tookMs)} ms`);
    return true;
  } catch (error) {
    failures++;
    keep(target, input);
    console.log(
      `FAIL ${target.name} seed ${seed} run ${run}: ${error instanceof Error ? error.stack : error}`,
    );
    console.log(`  input ${toHex(input.subarray(0, 200))}`);
    return false;
  }
}

/** As many inputs as possible. */
function hammer(target: Target, pool: readonly Uint8Array[], prng: Prng): { runs: number; kept: number } {
  const until = performance.now() + seconds * 1000;
  let runs = 0;
  for (; runs < maxRuns && (runs % 64 !== 0 || performance.now() < until); runs++)
    if (!attempt(target, mutate(pool, prng), runs)) break;
  return { runs, kept: 0 };
}

/** Fewer inputs, led by what they reach. */
function explore(target: Target, pool: Uint8Array[], prng: Prng): { runs: number; kept: number } {
  const coverage = new Coverage();
  for (const input of pool) target.run(input);
  coverage.takeNew();
  const until = performance.now() + seconds * 1000;
  let [runs, kept] = [0, 0];
  while (runs < maxRuns && performance.now() < until) {
    const batch = Array.from({ length: LOOK_EVERY }, () => mutate(pool, prng));
    for (const input of batch) if (!attempt(target, input, runs++)) return { runs, kept };
    if (coverage.takeNew() === 0) continue;
    // Something is new: which of them was it? What they reached is known now, so each is judged by a fresh mind.
    const mind = new Coverage();
    for (const input of pool) target.run(input);
    mind.takeNew();
    for (const input of batch) {
      target.run(input);
      if (mind.takeNew() === 0 || input.length > MAX_KEPT_BYTES || pool.length > MAX_KEPT) continue;
      pool.push(input);
      keep(target, input);
      kept++;
    }
    mind.close();
  }
  coverage.close();
  return { runs, kept };
}
