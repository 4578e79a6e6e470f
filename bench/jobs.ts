/** The jobs of the benchmark: one seed to one peer, create, verify; each by Shoal and by programs that others wrote. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createMetainfo } from '../src/content/node/create.ts';
import { encodeMetainfo } from '../src/content/metainfo.ts';
import { existsSync, writeFileSync } from 'node:fs';
import { freePort, LIBTORRENT_PEER, Program, PYTHON, WEBTORRENT_PEER } from '../interop/harness.ts';
import { ROOT } from '../scripts/steps.ts';

export interface Measured {
  readonly mibPerSecond: number;
  /** Peer and seed, or the one process. */
  readonly cpuSecondsPerGib?: readonly number[];
  readonly peakMib?: readonly number[];
}

export interface TransferJob {
  readonly dir: string;
  readonly file: string;
  readonly pieceLength: number;
}

export type Client = 'shoal' | 'libtorrent tuned' | 'libtorrent' | 'aria2' | 'webtorrent';

const TICKS_PER_SECOND = 100;

interface Usage {
  readonly cpuSeconds: number;
  readonly peakMib: number;
}

/** User and system time, and the resident peak, of a living process. */
function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  // What a program maps of its files (libtorrent maps them whole) is the kernel's cache, not its memory.
  const kib = (key: string): number => Number(new RegExp(`${key}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0);
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    peakMib:
      (kib('VmHWM') - kib('RssFile') - kib('RssShmem') > 0
        ? kib('VmHWM') - Math.max(0, kib('RssFile') + kib('RssShmem'))
        : kib('VmHWM')) / 1024,
  };
}

async function torrentOf(job: TransferJob, announce?: string): Promise<string> {
  const path = join(
    job.dir,
    `${basename(job.file)}-${job.pieceLength}${announce === undefined ? '' : '-announced'}.torrent`,
  );
  if (existsSync(path) && announce === undefined) return path;
  const trackers = announce === undefined ? [] : [[announce]];
  const { metainfo } = await createMetainfo(job.file, {
    version: 'v1',
    pieceLength: job.pieceLength,
    trackers,
  });
  writeFileSync(path, encodeMetainfo(metainfo));
  return path;
}

const checked = new Set<string>();

export async function transfer(job: TransferJob, client: Client): Promise<Measured> {
  const out = join(job.dir, 'out');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  const programs: Program[] = [];
  try {
    const measured = await run(job, client, out, programs);
    const key = `${client} ${basename(job.file)}`;
    if (!checked.has(key)) execFileSync('cmp', [job.file, join(out, basename(job.file))]);
    checked.add(key);
    return measured;
  } finally {
    await Promise.all(programs.map((program) => program.stop()));
    rmSync(out, { recursive: true, force: true });
  }
}

type Start = (name: string, command: string, args: readonly string[]) => Program;

async function run(job: TransferJob, client: Client, out: string, programs: Program[]): Promise<Measured> {
  const start: Start = (name, command, args) => {
    const program = new Program(name, command, args);
    programs.push(program);
    return program;
  };
  if (client === 'aria2') return transferAria2(job, out, start);
  if (client === 'shoal') return transferShoal(job, out, start);
  const [seed, get] = await (client === 'webtorrent' ? startWebtorrent : startLibtorrent)(
    job,
    out,
    start,
    client,
  );
  return finish(job, get, seed, await get.event('done', 300_000), (event) => event.transferSeconds as number);
}

async function transferShoal(job: TransferJob, out: string, start: Start): Promise<Measured> {
  const main = join(ROOT, 'src', 'cli', 'main.ts');
  const torrent = await torrentOf(job);
  const state = join(job.dir, 'state');
  rmSync(`${state}-get`, { recursive: true, force: true });
  const share = [
    main,
    'share',
    torrent,
    '--dir',
    dirname(job.file),
    '--port',
    '0',
    '--json',
    '--no-dht',
    '--no-lsd',
    '--state',
    `${state}-seed`,
  ];
  const seed = start('seed', process.execPath, share);
  const { port } = await seed.event('ready');
  const where = ['--peer', `127.0.0.1:${port}`, '--port', '0', '--state', `${state}-get`];
  const fetch = [
    main,
    'get',
    torrent,
    '-o',
    out,
    ...where,
    '--json',
    '--no-dht',
    '--no-lsd',
    '--seed-time',
    '30',
  ];
  const get = start('peer', process.execPath, fetch);
  const started = await firstBytes(join(out, basename(job.file)));
  await get.event('complete', 300_000);
  const seconds = (performance.now() - started) / 1000;
  return measure(job, seconds, [usageOf(get.child.pid!), usageOf(seed.child.pid!)]);
}

async function startWebtorrent(job: TransferJob, out: string, start: Start): Promise<[Program, Program]> {
  const torrent = await torrentOf(job);
  const port = await freePort();
  const seed = start('seed', process.execPath, [
    WEBTORRENT_PEER,
    'seed',
    torrent,
    dirname(job.file),
    `${port}`,
  ]);
  await seed.event('ready');
  return [seed, start('peer', process.execPath, [WEBTORRENT_PEER, 'get', torrent, out, `127.0.0.1:${port}`])];
}

async function startLibtorrent(
  job: TransferJob,
  out: string,
  start: Start,
  client: Client,
): Promise<[Program, Program]> {
  const torrent = await torrentOf(job);
  const port = await freePort();
  const common = ['--torrent', torrent, ...(client === 'libtorrent tuned' ? ['--tuned'] : [])];
  const seed = start('seed', PYTHON, [
    LIBTORRENT_PEER,
    '--port',
    `${port}`,
    '--save',
    dirname(job.file),
    '--seed',
    ...common,
  ]);
  await seed.event('ready');
  const where = ['--port', `${await freePort()}`, '--save', out, '--connect', `127.0.0.1:${port}`];
  return [seed, start('peer', PYTHON, [LIBTORRENT_PEER, ...where, ...common])];
}

function finish(
  job: TransferJob,
  get: Program,
  seed: Program,
  event: Readonly<Record<string, unknown>>,
  secondsOf: (event: Readonly<Record<string, unknown>>) => number,
): Measured {
  const sides = [usageOf(get.child.pid!), usageOf(seed.child.pid!)];
  return measure(job, secondsOf(event), sides);
}

function measure(job: TransferJob, seconds: number, sides: readonly Usage[]): Measured {
  const mib = statSync(job.file).size / 2 ** 20;
  return {
    mibPerSecond: mib / seconds,
    cpuSecondsPerGib: sides.map((side) => side.cpuSeconds / (mib / 1024)),
    peakMib: sides.map((side) => side.peakMib),
  };
}

const allocated = (path: string): number => (existsSync(path) ? statSync(path).blocks * 512 : 0);

/** The moment at which 256 KiB have come to disk: where the clock of every client starts. */
async function firstBytes(path: string): Promise<number> {
  while (Math.max(allocated(path), allocated(`${path}.part`)) < 262_144)
    await new Promise((resolve) => setTimeout(resolve, 2));
  return performance.now();
}

/** aria2 takes peers from trackers only. Its clock starts when the first bytes have come, as that of the others. */
async function transferAria2(
  job: TransferJob,
  out: string,
  start: (name: string, command: string, args: readonly string[]) => Program,
): Promise<Measured> {
  const tracker = start('tracker', process.execPath, [
    join(ROOT, 'src', 'cli', 'main.ts'),
    'tracker',
    '--port',
    '0',
    '--interval',
    '30',
    '--json',
    '--state',
    join(job.dir, 'state-tracker'),
  ]);
  const { port } = await tracker.event('ready');
  const torrent = await torrentOf(job, `http://127.0.0.1:${port}/announce`);
  const common = [
    '--enable-dht=false',
    '--enable-dht6=false',
    '--bt-enable-lpd=false',
    '--enable-peer-exchange=false',
    '--file-allocation=none',
    '--seed-ratio=0',
    '--summary-interval=0',
    '--console-log-level=notice',
    '--bt-max-peers=0',
  ];
  const seed = start('seed', 'aria2c', [
    ...common,
    `--listen-port=${await freePort()}`,
    '--bt-seed-unverified=true',
    `--dir=${dirname(job.file)}`,
    torrent,
  ]);
  await seed
    .until(() => (/Seeding|SEED|Seed/i.test(seed.output) ? true : undefined), 'seeding', 10_000)
    .catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const get = start('peer', 'aria2c', [
    ...common,
    `--listen-port=${await freePort()}`,
    `--dir=${out}`,
    torrent,
  ]);
  const path = join(out, basename(job.file));
  const started = await firstBytes(path);
  await get.until(
    () =>
      /Seeding|complete|SEED/i.test(get.output) || allocated(path) >= statSync(job.file).size
        ? true
        : undefined,
    'completion',
    300_000,
  );
  const seconds = (performance.now() - started) / 1000;
  return measure(job, seconds, [usageOf(get.child.pid!), usageOf(seed.child.pid!)]);
}

const LIBTORRENT_CREATE = `
import libtorrent as lt, sys, os, time
path, flags, out, length = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
fs = lt.file_storage(); lt.add_files(fs, path)
t = lt.create_torrent(fs, length, flags=flags)
started = time.monotonic()
lt.set_piece_hashes(t, os.path.dirname(path))
print(time.monotonic() - started)
open(out, 'wb').write(lt.bencode(t.generate()))
`;

/** Shoal's time is that of the whole command, start of the process included; libtorrent's of the hashing alone. */
export async function createJob(
  dir: string,
  file: string,
  version: 'v1' | 'v2' | 'hybrid',
  client: 'shoal' | 'libtorrent',
): Promise<Measured> {
  const out = join(dir, 'created.torrent');
  const mib = statSync(file).size / 2 ** 20;
  rmSync(out, { force: true });
  if (client === 'libtorrent') {
    const flags = { v1: 64, v2: 32, hybrid: 0 }[version];
    const seconds = Number(
      execFileSync(PYTHON, ['-c', LIBTORRENT_CREATE, file, `${flags}`, out, `${2 ** 20}`], {
        encoding: 'utf8',
      }),
    );
    return { mibPerSecond: mib / seconds };
  }
  return timed(mib, process.execPath, [
    join(ROOT, 'src', 'cli', 'main.ts'),
    'create',
    file,
    `--${version}`,
    '--piece-length',
    '1M',
    '-o',
    out,
    '--json',
  ]);
}

export async function verifyJob(
  dir: string,
  file: string,
  client: 'shoal' | 'libtorrent' | 'aria2',
): Promise<Measured> {
  const job = { dir, file, pieceLength: 2 ** 20 };
  const torrent = await torrentOf(job);
  const mib = statSync(file).size / 2 ** 20;
  if (client === 'shoal')
    return timed(mib, process.execPath, [
      join(ROOT, 'src', 'cli', 'main.ts'),
      'verify',
      torrent,
      dirname(file),
      '--json',
    ]);
  if (client === 'aria2')
    return timed(mib, 'aria2c', [
      '--hash-check-only=true',
      '--check-integrity=true',
      '--enable-dht=false',
      '--enable-dht6=false',
      '--seed-time=0',
      `--dir=${dirname(file)}`,
      torrent,
    ]);
  const program = new Program('libtorrent', PYTHON, [
    LIBTORRENT_PEER,
    '--port',
    `${await freePort()}`,
    '--save',
    dirname(file),
    '--torrent',
    torrent,
    '--tuned',
  ]);
  const done = await program.event('done', 300_000);
  await program.stop();
  return { mibPerSecond: mib / (done.seconds as number) };
}

async function timed(mib: number, command: string, args: readonly string[]): Promise<Measured> {
  const started = performance.now();
  const program = new Program(command, command, args);
  const status = await program.exited;
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${program.output.slice(-500)}`);
  return { mibPerSecond: mib / ((performance.now() - started) / 1000) };
}
