/**
 * `npm run bench:tracker -- [--rounds N] [--seconds S] [--only NAMES] [--families 4,6] [--stages 1,10,20] [--before MAIN]`: the UDP tracker
 * of Shoal, opentracker, npm bittorrent-tracker and a bare UDP echo in Node under the same flood, round after round, while 10,000 swarms
 * grow, and with one large swarm. `--before` names the `dist/app/main.js` of another build of Shoal, which then runs as well.
 *
 * The machine's speed drifts: compare ratios and CPU of one run. The generator is one process; tracker and generator need a core each, and
 * where others want them too, CPU an answer says more than answers a second. Writes bench/results/tracker.json.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setUpPrograms } from '../scripts/setup-programs.ts';
import { ROOT } from '../scripts/steps.ts';
import { freePort } from '../testkit/bench.ts';
import { Program } from '../testkit/program.ts';
import { startTracker, type Tracker } from './tracker-programs.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string', default: 'shoal,opentracker,bittorrent-tracker,echo' },
    families: { type: 'string', default: '4,6' },
    stages: { type: 'string', default: '1,10,20,30,100' },
    hashes: { type: 'string', default: '10000' },
    one: { type: 'string', default: '20000' },
    before: { type: 'string' },
    built: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const hashes = Number(values.hashes);
const stages = values.stages.split(',').map(Number);
const families = values.families.split(',').map(Number) as (4 | 6)[];
const trackers = values.only.split(',') as Tracker[];
if (values.before !== undefined) trackers.splice(1, 0, 'before');
const TICKS_PER_SECOND = 100;
const WAIT_MS = 600_000;

const dir = mkdtempSync(join(tmpdir(), 'shoal-tracker-bench-'));
process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

/** One command of the flood. */
interface Flooded {
  readonly perSecond: number;
  /** Of the tracker's CPU, for one answer. */
  readonly microseconds: number;
  readonly answerBytes: number;
  readonly lost: number;
}

interface Stage {
  readonly name: string;
  /** Each peer announces for the first time. */
  readonly grow: Flooded;
  /** Peers announce again. */
  readonly repeat: Flooded;
  readonly peers: number;
  readonly residentMib: number;
}

function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function residentMib(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
}

async function measure(tracker: Tracker, family: 4 | 6): Promise<Stage[]> {
  const host = family === 4 ? '127.0.0.1' : '::1';
  const port = await freePort();
  const place = { dir: join(dir, `${tracker}-${port}`), host, port, hashes, before: values.before } as const;
  const program = startTracker(tracker, place);
  const args = ['--host', host, '--port', `${port}`, '--hashes', `${hashes}`];
  const flood = new Program('flood', process.execPath, [
    join(import.meta.dirname, 'tracker-flood.ts'),
    ...args,
    ...(tracker === 'echo' ? ['--echo'] : []),
  ]);
  let id = 0;
  const run = async (command: object): Promise<Flooded> => {
    const before = cpuSeconds(program.child.pid!);
    flood.child.stdin!.write(`${JSON.stringify({ id: ++id, ...command })}\n`);
    const done = await flood.event(`done ${id}`, WAIT_MS);
    const used = cpuSeconds(program.child.pid!) - before;
    return {
      perSecond: done.perSecond as number,
      microseconds: (used * 1e6) / (done.answers as number),
      answerBytes: done.answerBytes as number,
      lost: done.lost as number,
    };
  };
  const found: Stage[] = [];
  const seconds = Number(values.seconds);
  try {
    await flood.event('ready');
    for (const stage of [...stages, 'one'] as const) {
      const peers = stage === 'one' ? Number(values.one) : stage;
      if (peers === 0) continue;
      const grow = await run(stage === 'one' ? { cmd: 'one', peers } : { cmd: 'grow', to: peers });
      const repeat = await run({ cmd: 'repeat', seconds });
      found.push({
        name: stage === 'one' ? `1 × ${peers}` : `${hashes} × ${peers}`,
        grow,
        repeat,
        peers: stage === 'one' ? peers : peers * hashes,
        residentMib: residentMib(program.child.pid!),
      });
    }
  } catch (error) {
    throw new Error(`${tracker}, IPv${family}: ${(error as Error).message}\n${program.output.slice(-1000)}`);
  } finally {
    await Promise.all([flood.stop(), program.stop()]);
  }
  return found;
}

const median = (list: readonly number[]): number =>
  [...list].sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN;
const range = (list: readonly number[], digits = 0): string =>
  list.length < 2 ? '' : ` (${Math.min(...list).toFixed(digits)}–${Math.max(...list).toFixed(digits)})`;

function printTable(family: 4 | 6, runs: ReadonlyMap<Tracker, readonly Stage[][]>): void {
  console.log(`\nIPv${family}: CPU µs an answer (lowest to highest round), and answers a second\n`);
  const head =
    'swarms × peers | tracker | announced again | echo / it | new peers | again a second | new a second | bytes | resident MiB | bytes a peer';
  console.log(`| ${head} |\n|${'---|'.repeat(head.split('|').length)}`);
  const names = [...runs.values()].find((list) => list.length > 0)?.[0]?.map(({ name }) => name) ?? [];
  for (const [index, name] of names.entries()) {
    const echo = median((runs.get('echo') ?? []).map((stagesOf) => stagesOf[index]!.repeat.microseconds));
    for (const [tracker, list] of runs) {
      if (list.length === 0) continue;
      const all = (pick: (stage: Stage) => number): number[] =>
        list.map((stagesOf) => pick(stagesOf[index]!));
      const costs = all((stage) => stage.repeat.microseconds);
      const rates = all((stage) => stage.repeat.perSecond);
      const ratio = echo / median(costs);
      // What the program took since the first stage, for the peers that came since.
      const bytesPerPeer = list.map((stagesOf) => {
        const [first, now] = [stagesOf[0]!, stagesOf[index]!];
        return ((now.residentMib - first.residentMib) * 1024 * 1024) / (now.peers - first.peers);
      });
      const hasBytes = index > 0 && !name.startsWith('1 ×') && tracker !== 'echo';
      const cells = [
        name,
        tracker,
        `${median(costs).toFixed(1)}${range(costs, 1)}`,
        Number.isNaN(ratio) ? '' : ratio.toFixed(2),
        median(all((stage) => stage.grow.microseconds)).toFixed(1),
        `${median(rates).toFixed(0)}${range(rates)}`,
        median(all((stage) => stage.grow.perSecond)).toFixed(0),
        median(all((stage) => stage.repeat.answerBytes)).toFixed(0),
        median(all((stage) => stage.residentMib)).toFixed(0),
        hasBytes ? median(bytesPerPeer).toFixed(0) : '',
      ];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
}

for (const [program, how] of await setUpPrograms()) console.log(`not here: ${program} (${how})`);
if (!values.built) execFileSync(process.execPath, [join(ROOT, 'scripts', 'build.ts')], { stdio: 'inherit' });
const runs = new Map(
  families.map((family) => [family, new Map<Tracker, Stage[][]>(trackers.map((name) => [name, []]))]),
);
for (let round = 0; round < rounds; round++) {
  for (const family of families) {
    for (const tracker of trackers) {
      // Debian's opentracker is built for IPv4 alone.
      if (tracker === 'opentracker' && family === 6) continue;
      try {
        runs
          .get(family)!
          .get(tracker)!
          .push(await measure(tracker, family));
      } catch (error) {
        console.log((error as Error).message);
      }
    }
  }
  console.log(`round ${round + 1} of ${rounds} done`);
}
const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, medians of ${rounds}`;
console.log(`\n${machine}`);
for (const [family, list] of runs) printTable(family, list);
const results = join(ROOT, 'bench', 'results');
mkdirSync(results, { recursive: true });
const written = { machine, runs: [...runs].map(([family, list]) => ({ family, trackers: [...list] })) };
writeFileSync(join(results, 'tracker.json'), `${JSON.stringify(written, undefined, 2)}\n`);
