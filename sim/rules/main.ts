/**
 * `npm run sim -- rules [--seeds N] [--from S] [--machines M]`: sweeps fresh seeds of rules in swarms, a line each. A seed that
 * fails is printed with the command that runs it again.
 */
import { parseArgs } from 'node:util';
import { RulesSim } from './rules-sim.ts';

export async function runRules(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      seeds: { type: 'string', default: '10' },
      from: { type: 'string' },
      machines: { type: 'string', default: '40' },
    },
  });
  const first = values.from === undefined ? Math.floor(Math.random() * 1e9) : Number(values.from);
  const machines = Number(values.machines);
  let failures = 0;
  for (let seed = first; seed < first + Number(values.seeds); seed++) {
    const options = { seed, machines, keepers: Math.floor(machines / 4), sizeBytes: 2 * 1024 * 1024 };
    const failure = await new RulesSim(options).run().then(
      ({ finished, expected, refusals, digest }) => {
        console.log(
          `seed ${seed} ${finished}/${expected} finished, refused: ${JSON.stringify(refusals)}, ${digest}`,
        );
        return finished === expected ? undefined : 'not all finished';
      },
      (error: unknown) => (error instanceof Error ? error.stack : String(error)),
    );
    if (failure === undefined) continue;
    failures++;
    console.log(`FAIL seed ${seed}: ${failure}`);
  }
  if (failures > 0) console.log(`${failures} failed; again: npm run sim -- rules --from SEED --seeds 1`);
  process.exitCode = failures === 0 ? 0 : 1;
}
