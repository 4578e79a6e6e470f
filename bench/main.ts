/**
 * `npm run bench -- [--quick] [--rounds N] [--only TEXT] [--dir DIR] [--disk DIR]`: Shoal beside libtorrent, aria2 and
 * WebTorrent, and beside what the machine allows, on loopback, interleaved, in one run; medians, ratios, and the
 * project's targets. Writes bench/results/latest.json.
 *
 * Machines drift, so only ratios within a run mean something. Every transfer is checked byte for byte once a pair.
 * `docs/performance.md` says what is cold and what was checked before.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installPython, setUpPrograms } from '../scripts/setup-programs.ts';
import { ROOT } from '../scripts/steps.ts';
import { type Client, LIBTORRENT_PINS, type UtpClient } from './clients.ts';
import { crowd } from './crowd.ts';
import { endurance } from './endurance.ts';
import { Fleet } from './fleet.ts';
import { create, verify } from './hashing.ts';
import { idleConnections, idleShares } from './idle.ts';
import { rc4 } from './rc4.ts';
import { type Row, table, targetTable } from './report.ts';
import { startup } from './startup.ts';
import { swarm } from './swarm.ts';
import { judge } from './targets.ts';
import { makeTorrent } from './torrents.ts';
import { type Measured, transfer, type TransferJob, wholeCommand } from './transfers.ts';
import { type PageWaits, pageWaits, seekWaits } from './waits.ts';
import { warmTransfers } from './warm.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    dir: { type: 'string', default: existsSync('/dev/shm') ? '/dev/shm' : tmpdir() },
    disk: { type: 'string', default: tmpdir() },
    only: { type: 'string' },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
const MIB = 1024 * 1024;
/** What people fetch: a song, a program, a film, a system. */
const SIZES: readonly number[] = values.quick ? [16, 128] : [16, 128, 512, 2048];
const LARGE = SIZES.at(-1)!;
/** Small transfers scatter more: they are run more often a round. */
const timesOf = (mib: number): number => (mib <= 128 ? 3 : 1);

const rows: Row[] = [];
const jobs: { readonly times: number; run(): Promise<void> }[] = [];
let round = 0;

interface PlanOptions {
  readonly unit?: string;
  /** In all rounds together; every round by default. */
  readonly rounds?: number;
  /** A round. */
  readonly times?: number;
}

function plan(
  job: string,
  who: string,
  run: () => Promise<Measured | readonly Measured[]>,
  { unit = 'MiB/s', rounds: most = rounds, times = 1 }: PlanOptions = {},
): void {
  if (values.only !== undefined && !`${job} ${who}`.includes(values.only)) return;
  const row: Row = { job, who, unit, runs: [] };
  rows.push(row);
  jobs.push({
    times,
    run: async () => {
      if (round >= most) return;
      try {
        row.runs.push(...[await run()].flat());
      } catch (error) {
        console.log(`${job}, ${who}: ${error instanceof Error ? error.message.slice(0, 500) : error}`);
      }
    },
  });
}

/** Measures once a round, for several rows. */
function oncePerRound<T>(measure: () => Promise<T>): () => Promise<T> {
  let measured: { readonly round: number; readonly found: Promise<T> } | undefined;
  return () => {
    if (measured?.round !== round) measured = { round, found: measure() };
    return measured.found;
  };
}

const missing = await setUpPrograms();
for (const [program, how] of missing) console.log(`not here: ${program} (${how})`);
const noNewLibtorrent = installPython(LIBTORRENT_PINS, 'the benchmark');
if (noNewLibtorrent !== undefined) console.log(`not here: the newest libtorrent (${noNewLibtorrent})`);
const UTP_CLIENTS: readonly UtpClient[] = ['shoal uTP', 'libtorrent uTP', 'libtorrent uTP, default buffers'];
const LIBTORRENTS: readonly Client[] =
  noNewLibtorrent === undefined ? ['libtorrent', 'libtorrent new'] : ['libtorrent'];
execFileSync(process.execPath, [join(ROOT, 'scripts', 'build.ts')], { stdio: 'inherit' });
const dir = mkdtempSync(join(values.dir, 'shoal-bench-'));
const disk = mkdtempSync(join(values.disk, 'shoal-bench-'));
process.on('exit', () => {
  for (const folder of [dir, disk]) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
// What keeps compiled modules is the program's own business, as where it is installed.
delete process.env.NODE_COMPILE_CACHE;

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

/** The first time, in fresh processes, and a second time in the same. */
async function machineLimit(file: string): Promise<readonly [Measured, Measured]> {
  const fleet = new Fleet(dir);
  const out = join(dir, 'piped');
  try {
    const program = join(ROOT, 'bench', 'pipe.ts');
    const sender = fleet.start('send', process.execPath, [program, 'send', file]);
    const { port } = await sender.event('ready');
    const { size } = statSync(file);
    const args = ['receive', `${port}`, `${size}`, out, '2'];
    const receiver = fleet.start('receive', process.execPath, [program, ...args]);
    const seconds = (nth: number): Promise<number> =>
      receiver
        .until(() => receiver.events.find(({ time }) => time === nth), 'its end')
        .then((event) => event.seconds as number);
    const [cold, second] = [await seconds(0), await seconds(1)];
    return [{ value: size / MIB / cold }, { value: size / MIB / second }];
  } finally {
    await fleet.stop();
    rmSync(out, { force: true });
  }
}

function planTransfers(): void {
  const files = SIZES.map((mib) => original(dir, `${mib}-mib`, mib * MIB));
  const large = files.at(-1)!;
  const small = original(dir, 'small', 256 * MIB);
  const half = original(dir, 'half', 512 * MIB);
  const add = (name: string, job: TransferJob, clients: readonly Client[], times = 1): void => {
    for (const client of clients) plan(name, client, () => transfer(job, client, client), { times });
  };
  const limits = files.map((file) => oncePerRound(() => machineLimit(file)));
  for (const [nth, mib] of SIZES.entries()) {
    const job: TransferJob = { dir, file: files[nth]!, pieceLength: MIB };
    const isLarge = mib === LARGE;
    const others: readonly Client[] = isLarge
      ? ['aria2', 'webtorrent', 'libtorrent stock']
      : ['aria2', 'webtorrent'];
    add(`1 → 1, ${mib} MiB`, job, ['shoal', ...LIBTORRENTS, ...others], timesOf(mib));
    plan(`1 → 1, ${mib} MiB`, 'limit', async () => (await limits[nth]!())[0]);
    if (!isLarge) continue;
    plan(`1 → 1, ${mib} MiB`, 'shoal → libtorrent', () => transfer(job, 'shoal', 'libtorrent'));
    plan(`1 → 1, ${mib} MiB`, 'libtorrent → shoal', () => transfer(job, 'libtorrent', 'shoal'));
  }
  const overUtp: TransferJob = { dir, file: half, pieceLength: MIB };
  add('uTP, 1 → 1, 512 MiB', overUtp, UTP_CLIENTS);
  for (const [from, to] of [
    ['shoal uTP', 'libtorrent uTP'],
    ['libtorrent uTP', 'shoal uTP'],
  ] as const)
    plan('uTP, 1 → 1, 512 MiB', `${from} → ${to}`, () => transfer(overUtp, from, to));
  for (const [nth, mib] of SIZES.entries()) {
    if (mib > 512) continue;
    const job: TransferJob = { dir, file: files[nth]!, pieceLength: MIB };
    for (const client of ['shoal', 'aria2', ...LIBTORRENTS] as const)
      plan(`whole command, ${mib} MiB`, client, () => wholeCommand(job, client), {
        unit: 'ms',
        times: timesOf(mib),
      });
  }
  const warmRuns = new Map(
    (['shoal', ...LIBTORRENTS] as const).map((client) => [
      client,
      oncePerRound(() => warmTransfers(dir, client, small, files)),
    ]),
  );
  for (const [nth, mib] of SIZES.entries()) {
    for (const [client, run] of warmRuns) plan(`warm, ${mib} MiB`, client, async () => (await run())[nth]!);
    plan(`warm, ${mib} MiB`, 'limit', async () => (await limits[nth]!())[1]);
  }
  const rivals = ['shoal', ...LIBTORRENTS] as const;
  add('RC4, 512 MiB', { dir, file: half, pieceLength: MIB, isEncrypted: true }, rivals);
  for (const who of ['shoal', 'openssl'] as const) plan('RC4 alone', who, async () => rc4(who), { times: 3 });
  add('4 → 1, 512 MiB', { dir, file: half, pieceLength: MIB, seeds: 4 }, rivals);
  if (!values.quick) add('4 → 1, 2048 MiB', { dir, file: large, pieceLength: MIB, seeds: 4 }, rivals);
  for (const version of ['v1', 'v2'] as const)
    add(`16 KiB pieces, ${version}`, { dir, file: small, pieceLength: 16_384, version }, [
      ...rivals,
      ...(version === 'v1' ? ['aria2' as const] : []),
    ]);
  const stored = { dir: disk, file: original(disk, 'small', 256 * MIB) };
  add('ext4, 16 KiB pieces', { ...stored, pieceLength: 16_384 }, rivals);
  add('ext4, 1 MiB pieces', { ...stored, pieceLength: MIB }, rivals);
  for (const client of rivals) plan('1 → 50, 64 MiB each', client, () => crowd(dir, half, client, 50, 64));
  const few = original(dir, 'few', 64 * MIB);
  for (const client of ['shoal', 'libtorrent'] as const)
    plan('swarm of 10, 4 MB/s each', client, () => swarm(dir, few, client, 10, 4_000_000), {
      unit: '× fluid bound',
      rounds: 1,
    });
  for (const version of ['v1', 'v2', 'hybrid'] as const)
    for (const who of ['shoal', 'libtorrent', 'limit'] as const)
      plan(`create ${version}`, who, () => create(dir, large, version, who));
  for (const who of ['shoal', ...LIBTORRENTS, 'aria2', 'limit'] as const)
    plan('verify', who, () => verify(dir, large, who));
}

async function planIdle(): Promise<void> {
  const shares = 10_000;
  let found: ReturnType<typeof idleShares> | undefined;
  const once = (): ReturnType<typeof idleShares> => (found ??= idleShares(dir, shares));
  plan('10,000 shares, start', 'shoal', async () => ({ value: (await once()).startSeconds }), {
    unit: 's',
    rounds: 1,
  });
  plan('10,000 shares, resident', 'shoal', async () => ({ value: (await once()).peakMib }), {
    unit: 'MiB',
    rounds: 1,
  });
  plan(
    '10,000 shares, CPU',
    'shoal',
    async () => ({ value: (await once()).cpuPercent, delays: [(await once()).delays] }),
    { unit: '%', rounds: 1 },
  );
  plan('2,000 connections', 'shoal', async () => ({ value: await idleConnections(dir, 2000) }), {
    unit: 'KiB each',
    rounds: 1,
  });
  const torrent = await makeTorrent({ dir, file: join(dir, 'origin', 'small'), pieceLength: MIB });
  for (const kind of ['bare node', 'help', 'first packet'] as const) {
    const times = async (): Promise<Measured[]> => {
      const runs: Measured[] = [];
      for (let i = 0; i < 5; i++) runs.push({ value: await startup(dir, kind, torrent) });
      return runs;
    };
    plan('start', kind, times, { unit: 'ms' });
  }
  if (!values.quick) plan('20 GiB, growth', 'shoal', () => endurance(disk, 20), { unit: 'MiB', rounds: 1 });
}

function planWaits(): void {
  let found: PageWaits | undefined;
  const page = async (what: keyof PageWaits): Promise<Measured> => {
    found ??= pageWaits(dir);
    return { value: found[what] };
  };
  plan('page, 1,000 shares, usable', 'shoal', () => page('usable'), { unit: 'ms', rounds: 1 });
  plan('page, 1,000 shares, a search', 'shoal', () => page('input'), { unit: 'ms', rounds: 1 });
  plan('page, 10,000 shares, a frame', 'shoal', () => page('frame'), { unit: 'ms', rounds: 1 });
  plan('seek', 'shoal', async () => (await seekWaits(dir)).map((value) => ({ value })), { unit: 'ms' });
}

planTransfers();
await planIdle();
planWaits();
warm(3 * 2048 * MIB);
const most = Math.max(...jobs.map(({ times }) => times));
for (; round < rounds; round++) {
  // Every second round backwards: what follows what must not matter.
  const inOrder = round % 2 === 0 ? jobs : jobs.toReversed();
  for (let time = 0; time < most; time++) for (const { times, run } of inOrder) if (time < times) await run();
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
