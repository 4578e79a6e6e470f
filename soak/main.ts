/**
 * `npm run soak -- --minutes N` runs shares, downloads, stops, starts and hostile peers in one process over real sockets,
 * and looks whether memory, open files or timers grow. `npm run soak -- --kills N` kills real processes (`kills.ts`).
 */
import { parseArgs } from 'node:util';
import { kindOf, KillRange, MAX_AGAIN } from './kills.ts';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    kills: { type: 'string' },
    seed: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed);

if (values.help === true || (values.minutes === undefined && values.kills === undefined)) {
  console.log('npm run soak -- --minutes N | --kills N [--seed S]');
} else {
  if (values.kills !== undefined) await runKills(Number(values.kills));
  if (values.minutes !== undefined) {
    const report = await soak(Number(values.minutes), seed, (line) => console.log(line));
    console.log(JSON.stringify(report));
    if (report.growths.length > 0) process.exitCode = 1;
  }
}

async function runKills(count: number): Promise<void> {
  const range = await KillRange.open(seed);
  const seen = new Map<string, { kills: number; most: number; failures: number }>();
  try {
    for (let n = 0; n < count; ) {
      const kind = kindOf(n);
      const entry = seen.get(kind) ?? { kills: 0, most: 0, failures: 0 };
      seen.set(kind, entry);
      try {
        const { kills, mostAgain } = await range.kill(kind);
        n += kills;
        entry.kills += kills;
        entry.most = Math.max(entry.most, mostAgain);
        if (mostAgain > MAX_AGAIN) throw new Error(`${(100 * mostAgain).toFixed(2)} % came again`);
      } catch (error) {
        n++;
        entry.failures++;
        process.exitCode = 1;
        console.log(`FAIL ${kind} (seed ${seed}): ${(error as Error).message}`);
      }
    }
  } finally {
    await range.close();
  }
  for (const [kind, { kills, most, failures }] of seen)
    console.log(
      `${kind.padEnd(8)} ${kills} kills, ${failures} failures, at most ${(100 * most).toFixed(2)} % came again`,
    );
}
