/**
 * `npm run bench:dht -- [--rounds N] [--seconds S]`: one DHT node of Shoal, of libtorrent and of npm bittorrent-dht under the same flood,
 * round after round; what each takes in memory for 10,000 peers and 1,000 items; lookups in a network of 200 nodes on loopback.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, mkdtempSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort, PROGRAMS, PYTHON } from '../testkit/bench.ts';
import { Program } from '../testkit/program.ts';
import { setUpPrograms } from '../scripts/setup-programs.ts';
import { ROOT } from '../scripts/steps.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    only: { type: 'string' },
  },
});
const CLIENTS = ['shoal', 'libtorrent', 'bittorrent-dht'] as const;
const METHODS = ['ping', 'find_node', 'get_peers'] as const;
const TICKS_PER_SECOND = 100;
type Client = (typeof CLIENTS)[number];

const dir = mkdtempSync(join(tmpdir(), 'shoal-dht-bench-'));
process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
const bench = (name: string): string => join(import.meta.dirname, name);
const median = (list: readonly number[]): number =>
  [...list].sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN;
const quantile = (list: readonly number[], share: number): number =>
  [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(share * list.length))] ?? Number.NaN;

async function start(client: Client): Promise<{ readonly program: Program; readonly port: number }> {
  const port = await freePort();
  let program: Program;
  if (client === 'shoal') {
    const file = join(dir, 'empty');
    if (!existsSync(file)) writeFileSync(file, 'x'.repeat(100));
    const args = [
      'share',
      file,
      '--port',
      `${port}`,
      '--no-lsd',
      '--dht-router',
      'none',
      '--state',
      join(dir, `state${port}`),
      '--json',
    ];
    program = new Program('shoal', process.execPath, [join(ROOT, 'src/app/main.ts'), ...args]);
  } else if (client === 'libtorrent') {
    program = new Program('libtorrent', PYTHON, [
      join(ROOT, 'interop/drivers/libtorrent_dht.py'),
      '--port',
      `${port}`,
    ]);
  } else {
    program = new Program('bittorrent-dht', process.execPath, [
      join(PROGRAMS, 'dht-node.mjs'),
      `--port=${port}`,
    ]);
  }
  await program.event('ready');
  return { program, port };
}

function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function residentMib(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
}

interface Flooded {
  readonly perSecond: number;
  readonly microseconds: number;
  readonly answerBytes: number;
}

/** Floods with a node of 60 neighbours, so that answers carry nodes. */
async function flood(client: Client): Promise<Record<string, Flooded>> {
  const { program, port } = await start(client);
  const neighbours = new Program('neighbours', process.execPath, [
    bench('dht-population.ts'),
    '--nodes',
    '60',
    '--start',
    `127.0.0.1:${port}`,
  ]);
  const results: Record<string, Flooded> = {};
  try {
    await neighbours.event('ready');
    for (const method of METHODS) {
      const generator = new Program('flood', process.execPath, [
        bench('dht-flood.ts'),
        '--port',
        `${port}`,
        '--method',
        method,
        '--seconds',
        values.seconds,
      ]);
      await generator.event('started');
      const before = cpuSeconds(program.child.pid!);
      const done = await generator.event('done');
      const used = cpuSeconds(program.child.pid!) - before;
      results[method] = {
        perSecond: done.perSecond as number,
        microseconds: (used * 1e6) / (done.answers as number),
        answerBytes: done.answerBytes as number,
      };
      await generator.stop();
    }
  } finally {
    await Promise.all([neighbours.stop(), program.stop()]);
  }
  return results;
}

async function memory(client: Client): Promise<{ before: number; after: number; stored: number }> {
  const { program, port } = await start(client);
  try {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const before = residentMib(program.child.pid!);
    const fill = new Program('fill', process.execPath, [bench('dht-fill.ts'), '--port', `${port}`]);
    const done = await fill.event('done', 120_000);
    return { before, after: residentMib(program.child.pid!), stored: done.stored as number };
  } finally {
    await program.stop();
  }
}

async function lookups(
  client: 'shoal' | 'bittorrent-dht',
): Promise<{ foundMs: number[]; endMs: number[]; missed: number }> {
  const args =
    client === 'shoal'
      ? [bench('dht-population.ts'), '--nodes', '200']
      : [join(PROGRAMS, 'dht-population.mjs'), '--nodes=200'];
  const network = new Program(client, process.execPath, args);
  try {
    await network.event('ready', 180_000);
    network.child.stdin!.write('{"cmd":"lookups","count":60}\n');
    return (await network.event('lookups', 180_000)) as unknown as {
      foundMs: number[];
      endMs: number[];
      missed: number;
    };
  } finally {
    await network.stop();
  }
}

for (const [program, how] of await setUpPrograms()) console.log(`not here: ${program} (${how})`);
const rounds = Number(values.rounds);
const floods = new Map<Client, Record<string, Flooded>[]>(CLIENTS.map((client) => [client, []]));
const memories = new Map<Client, { before: number; after: number; stored: number }[]>(
  CLIENTS.map((client) => [client, []]),
);
const searches = new Map<string, { foundMs: number[]; endMs: number[]; missed: number }[]>([
  ['shoal', []],
  ['bittorrent-dht', []],
]);
const wants = (job: string): boolean => values.only === undefined || values.only === job;
for (let round = 0; round < rounds; round++) {
  for (const client of CLIENTS) {
    if (wants('flood')) floods.get(client)!.push(await flood(client));
    if (wants('memory')) memories.get(client)!.push(await memory(client));
    if (wants('lookups') && client !== 'libtorrent') searches.get(client)!.push(await lookups(client));
  }
  console.log(`round ${round + 1} of ${rounds} done`);
}

const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, medians of ${rounds}`;
console.log(`\n${machine}\n`);
if (wants('flood')) {
  console.log('| query | node | answers/s | × Shoal | CPU µs | bytes |\n|---|---|---|---|---|---|');
  for (const method of METHODS) {
    const rate = (client: Client): number => median(floods.get(client)!.map((run) => run[method]!.perSecond));
    for (const client of CLIENTS) {
      const of = (pick: (run: Flooded) => number): number =>
        median(floods.get(client)!.map((run) => pick(run[method]!)));
      console.log(
        `| ${method} | ${client} | ${rate(client).toFixed(0)} | ${(rate(client) / rate('shoal')).toFixed(2)} | ${of((run) => run.microseconds).toFixed(1)} | ${of((run) => run.answerBytes).toFixed(0)} |`,
      );
    }
  }
}
if (wants('memory')) {
  console.log('\n| node | resident MiB | with 10,000 peers and 1,000 items | stored |\n|---|---|---|---|');
  for (const client of CLIENTS) {
    const runs = memories.get(client)!;
    console.log(
      `| ${client} | ${median(runs.map((run) => run.before)).toFixed(0)} | ${median(runs.map((run) => run.after)).toFixed(0)} | ${median(runs.map((run) => run.stored))} |`,
    );
  }
}
if (wants('lookups')) {
  console.log(
    '\n| network of 200 | ms to the peer: median, p99 | ms to the end: median, p99 | missed |\n|---|---|---|---|',
  );
  for (const [client, runs] of searches) {
    const found = runs.flatMap((run) => run.foundMs);
    const end = runs.flatMap((run) => run.endMs);
    const missed = runs.reduce((sum, run) => sum + run.missed, 0);
    console.log(
      `| ${client} | ${median(found).toFixed(1)}, ${quantile(found, 0.99).toFixed(1)} | ${median(end).toFixed(1)}, ${quantile(end, 0.99).toFixed(1)} | ${missed} of ${end.length} |`,
    );
  }
}
mkdirSync(join(ROOT, 'bench', 'results'), { recursive: true });
writeFileSync(
  join(ROOT, 'bench', 'results', 'dht.json'),
  JSON.stringify(
    { machine, floods: [...floods], memories: [...memories], searches: [...searches] },
    undefined,
    2,
  ),
);
