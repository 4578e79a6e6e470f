/**
 * `npm run sim -- --seeds N [--from S] [--peers P] [--mib M]`: sweeps fresh seeds of the swarm simulation and prints a
 * line each. A seed that fails is printed with the command that runs it again.
 */
import { parseArgs } from 'node:util';
import { SwarmSim } from './swarm-sim.ts';

export async function runSwarms(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      seeds: { type: 'string', default: '10' },
      from: { type: 'string' },
      peers: { type: 'string', default: '200' },
      mib: { type: 'string', default: '4' },
    },
  });

  const first = values.from === undefined ? Math.floor(Math.random() * 1e9) : Number(values.from);
  let failures = 0;
  for (let seed = first; seed < first + Number(values.seeds); seed++) {
    const version = (['v1', 'v2', 'hybrid'] as const)[seed % 3]!;
    try {
      const report = await new SwarmSim({
        seed,
        version,
        peers: Number(values.peers),
        sizeBytes: Number(values.mib) * 1024 * 1024,
        liars: 0.1,
        silent: 0.05,
        slow: 0.1,
        fromMagnet: 0.3,
        crashes: 40,
        resets: 100,
      }).run();
      const isGood = report.finished === report.honest && report.wrongBans === 0;
      if (!isGood) failures++;
      const took =
        report.lastSeconds === undefined ? 'not all finished' : `${report.lastSeconds.toFixed(1)} s`;
      console.log(
        `${isGood ? 'ok  ' : 'FAIL'} seed ${seed} ${version.padEnd(6)} ${report.finished}/${report.honest} finished, last at ${took}, ` +
          `${report.bans} bans (${report.wrongBans} wrong), ${report.wrongPieces} wrong pieces, ${report.events} events, ${report.digest}`,
      );
    } catch (error) {
      failures++;
      console.log(`FAIL seed ${seed} ${version}: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
  if (failures > 0) console.log(`${failures} failed; again: npm run sim -- --from SEED --seeds 1`);
  process.exitCode = failures === 0 ? 0 : 1;
}
