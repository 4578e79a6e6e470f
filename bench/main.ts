/**
 * `npm run bench -- [--quick] [--rounds N] [--only TEXT] [--dir DIR] [--disk DIR]`: Shoal beside libtorrent, aria2 and
 * WebTorrent, and beside what the machine allows, on loopback, interleaved, in one run; medians, ratios, and the
 * project's targets. Writes bench/results/latest.json.
 *
 * Machines drift, so only ratios within a run mean something. Every transfer is checked byte for byte once a pair.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setUpPrograms } from '../scripts/setup-programs.ts';
import { ROOT } from '../scripts/steps.ts';
import { type Client, Fleet } from './clients.ts';
import { crowd } from './crowd.ts';
import { endurance } from './endurance.ts';
import { create, verify } from './hashing.ts';
import { idleConnections, idleShares } from './idle.ts';
import { type Row, table, targetTable } from './report.ts';
import { startup } from './startup.ts';
import { swarm } from './swarm.ts';
import { judge, TUNED } from './targets.ts';
import { makeTorrent } from './torrents.ts';
import { type Measured, transfer, type TransferJob } from './transfers.ts';
import { type PageWaits, pageWaits, seekWaits } from './waits.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    dir: { type: 'string', default: existsSync('/dev/shm') ? '/dev/shm' : tmpdir() },
    disk: { type: 'string', default: tmpdir() },
    only: { type: 'string' },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
const MIB = 1024 * 1024;

const rows: Row[] = [];
const jobs: (() => Promise<void>)[] = [];

function plan(
  job: string,
  who: string,
  run: () => Promise<Measured | readonly Measured[]>,
  unit = 'MiB/s',
  times = rounds,
): void {
  if (values.only !== undefined && !`${job} ${who}`.includes(values.only)) return;
  const row: Row = { job, who, unit, runs: [] };
  rows.push(row);
  let left = times;
  jobs.push(async () => {
    if (left-- <= 0) return;
    try {
      row.runs.push(...[await run()].flat());
    } catch (error) {
      console.log(`${job}, ${who}: ${error instanceof Error ? error.message.slice(0, 500) : error}`);
    }
  });
}

const missing = await setUpPrograms();
for (const [program, how] of missing) console.log(`not here: ${program} (${how})`);
execFileSync(process.execPath, [join(ROOT, 'scripts', 'build.ts')], { stdio: 'inherit' });
const dir = mkdtempSync(join(values.dir, 'shoal-bench-'));
const disk = mkdtempSync(join(values.disk, 'shoal-bench-'));
process.on('exit', () => {
  for (const folder of [dir, disk]) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

function original(folder: string, name: string, bytes: number): string {
  mkdirSync(join(folder, 'origin'), { recursive: true });
  const path = join(folder, 'origin', name);
  execFileSync('sh', ['-c', 'head -c "$1" /dev/urandom > "$2"', 'sh', `${bytes}`, path]);
  return path;
}

/** Memory that a virtual machine touches for the first time costs far more than later: touch what the jobs will use. */
function warm(bytes: number): void {
  const path = join(dir, 'warm');
  execFileSync('sh', ['-c', 'head -c "$1" /dev/zero > "$2" && rm "$2"', 'sh', `${bytes}`, path]);
}

async function machineLimit(file: string): Promise<Measured> {
  const fleet = new Fleet(dir);
  const out = join(dir, 'piped');
  try {
    const program = join(ROOT, 'bench', 'pipe.ts');
    const sender = fleet.start('send', process.execPath, [program, 'send', file]);
    const { port } = await sender.event('ready');
    const { size } = statSync(file);
    const receiver = fleet.start('receive', process.execPath, [
      program,
      'receive',
      `${port}`,
      `${size}`,
      out,
    ]);
    const { seconds } = await receiver.event('done');
    return { value: size / MIB / (seconds as number) };
  } finally {
    await fleet.stop();
    rmSync(out, { force: true });
  }
}

function planTransfers(): void {
  const large = original(dir, 'large', (values.quick ? 512 : 2048) * MIB);
  const small = original(dir, 'small', 256 * MIB);
  const half = original(dir, 'half', 512 * MIB);
  const add = (name: string, job: TransferJob, clients: readonly Client[]): void => {
    for (const client of clients) plan(name, client, () => transfer(job, client, client));
  };
  const job: TransferJob = { dir, file: large, pieceLength: MIB };
  const name = `1 → 1, ${values.quick ? 512 : 2048} MiB`;
  add(name, job, ['shoal', TUNED, 'libtorrent', 'aria2', 'webtorrent']);
  plan(name, 'limit', () => machineLimit(large));
  plan(name, `shoal → ${TUNED}`, () => transfer(job, 'shoal', TUNED));
  plan(name, `${TUNED} → shoal`, () => transfer(job, TUNED, 'shoal'));
  add('4 → 1, 512 MiB', { dir, file: half, pieceLength: MIB, seeds: 4 }, ['shoal', TUNED]);
  if (!values.quick)
    add('4 → 1, 2048 MiB', { dir, file: large, pieceLength: MIB, seeds: 4 }, ['shoal', TUNED]);
  for (const version of ['v1', 'v2'] as const)
    add(`16 KiB pieces, ${version}`, { dir, file: small, pieceLength: 16_384, version }, [
      'shoal',
      TUNED,
      ...(version === 'v1' ? ['aria2' as const] : []),
    ]);
  const stored = { dir: disk, file: original(disk, 'small', 256 * MIB) };
  add('ext4, 16 KiB pieces', { ...stored, pieceLength: 16_384 }, ['shoal', TUNED]);
  add('ext4, 1 MiB pieces', { ...stored, pieceLength: MIB }, ['shoal', TUNED]);
  for (const client of ['shoal', TUNED] as const)
    plan('1 → 50, 64 MiB each', client, () => crowd(dir, half, client, 50, 64));
  const few = original(dir, 'few', 64 * MIB);
  for (const client of ['shoal', TUNED] as const)
    plan(
      'swarm of 10, 4 MB/s each',
      client,
      () => swarm(dir, few, client, 10, 4_000_000),
      '× fluid bound',
      1,
    );
  for (const version of ['v1', 'v2', 'hybrid'] as const)
    for (const who of ['shoal', 'libtorrent', 'limit'] as const)
      plan(`create ${version}`, who, () => create(dir, large, version, who));
  for (const who of ['shoal', 'libtorrent', 'aria2', 'limit'] as const)
    plan('verify', who, () => verify(dir, large, who));
}

async function planIdle(): Promise<void> {
  const shares = 10_000;
  let found: ReturnType<typeof idleShares> | undefined;
  const once = (): ReturnType<typeof idleShares> => (found ??= idleShares(dir, shares));
  plan('10,000 shares, start', 'shoal', async () => ({ value: (await once()).startSeconds }), 's', 1);
  plan('10,000 shares, resident', 'shoal', async () => ({ value: (await once()).peakMib }), 'MiB', 1);
  plan(
    '10,000 shares, CPU',
    'shoal',
    async () => ({ value: (await once()).cpuPercent, delays: [(await once()).delays] }),
    '%',
    1,
  );
  plan(
    '2,000 connections',
    'shoal',
    async () => ({ value: await idleConnections(dir, 2000) }),
    'KiB each',
    1,
  );
  const torrent = await makeTorrent({ dir, file: join(dir, 'origin', 'small'), pieceLength: MIB });
  for (const kind of ['bare node', 'help', 'first packet'] as const) {
    const times = async (): Promise<Measured[]> => {
      const runs: Measured[] = [];
      for (let i = 0; i < 5; i++) runs.push({ value: await startup(dir, kind, torrent) });
      return runs;
    };
    plan('start', kind, times, 'ms');
  }
  if (!values.quick) plan('20 GiB, growth', 'shoal', () => endurance(disk, 20), 'MiB', 1);
}

function planWaits(): void {
  let found: PageWaits | undefined;
  const page = async (what: keyof PageWaits): Promise<Measured> => {
    found ??= pageWaits(dir);
    return { value: found[what] };
  };
  plan('page, 1,000 shares, usable', 'shoal', () => page('usable'), 'ms', 1);
  plan('page, 1,000 shares, a search', 'shoal', () => page('input'), 'ms', 1);
  plan('page, 10,000 shares, a frame', 'shoal', () => page('frame'), 'ms', 1);
  plan('seek', 'shoal', async () => (await seekWaits(dir)).map((value) => ({ value })), 'ms');
}

planTransfers();
await planIdle();
planWaits();
warm(3 * 2048 * MIB);
for (let round = 0; round < rounds; round++) {
  for (const job of jobs) await job();
  console.log(`round ${round + 1} of ${rounds} done`);
}

const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, ${values.dir}`;
const targets = judge(rows);
console.log(`\n${machine}, medians of ${rounds}; peer / seeds\n\n${table(rows)}\n\n${targetTable(targets)}`);
const results = join(ROOT, 'bench', 'results');
mkdirSync(results, { recursive: true });
writeFileSync(
  join(results, 'latest.json'),
  `${JSON.stringify({ machine, rounds, rows, targets }, undefined, 2)}\n`,
);
