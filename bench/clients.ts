/**
 * The programs that are compared, behind one face: a seed of a torrent, and a peer that fetches it from given ports.
 * Shoal runs as it is published: JavaScript, from dist/.
 */
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { freePort, LIBTORRENT_PEER, PYTHON, WEBTORRENT_PEER } from '../testkit/bench.ts';
import { Program } from '../testkit/program.ts';
import { ROOT } from '../scripts/steps.ts';

export type Client = 'shoal' | 'libtorrent tuned' | 'libtorrent' | 'aria2' | 'webtorrent';

export const SHOAL: string = join(ROOT, 'dist', 'app', 'main.js');
const OBSERVE = join(ROOT, 'bench', 'observe.mjs');
const QUIET = ['--no-dht', '--no-lsd', '--json'];

export interface Task {
  /** For state folders and observations. */
  readonly dir: string;
  /** Of the original. */
  readonly file: string;
  readonly torrent: string;
  /** The same with an announce URL: aria2 takes peers from trackers only. */
  readonly announced?: string;
}

export interface Delays {
  readonly count: number;
  /** Of them, later than 20 ms. */
  readonly over: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** The programs of one measurement, stopped together. */
export class Fleet {
  readonly #programs: Program[] = [];
  readonly #observed = new Map<Program, string>();
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  start(
    name: string,
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Program {
    const program = new Program(name, command, args, env);
    this.#programs.push(program);
    return program;
  }

  /** A Node program whose event loop is watched. */
  node(name: string, args: readonly string[]): Program {
    const path = join(this.#dir, `observed-${name}-${this.#programs.length}.json`);
    rmSync(path, { force: true });
    const program = this.start(name, process.execPath, ['--import', OBSERVE, ...args], {
      SHOAL_BENCH_OBSERVE: path,
    });
    this.#observed.set(program, path);
    return program;
  }

  /** How long the event loop of a `node` program was held up; undefined for others. */
  async delays(program: Program): Promise<Delays | undefined> {
    const path = this.#observed.get(program);
    if (path === undefined) return undefined;
    if (program.exitCode === undefined) program.child.kill('SIGUSR2');
    for (let wait = 0; wait < 100 && !existsSync(path); wait++) await sleep(10);
    await sleep(5);
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Delays) : undefined;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.stop()));
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export interface Seed {
  readonly program: Program;
  readonly port: number;
}

export async function startSeed(fleet: Fleet, client: Client, task: Task, index = 0): Promise<Seed> {
  const from = dirname(task.file);
  if (client === 'shoal') {
    const state = join(task.dir, `state-seed-${index}-${basename(task.torrent)}`);
    // Its hashes are checked before, as those of the others: they are told to believe them.
    if (!existsSync(state))
      await startShoalSeed(new Fleet(task.dir), task, state).then((seed) => seed.program.stop());
    return startShoalSeed(fleet, task, state);
  }
  const port = await freePort();
  if (client === 'webtorrent') {
    const program = fleet.node(`seed${index}`, [WEBTORRENT_PEER, 'seed', task.torrent, from, `${port}`]);
    await program.event('ready');
    return { program, port };
  }
  if (client === 'aria2') return { program: await seedWithAria2(fleet, task, port), port };
  const args = [LIBTORRENT_PEER, '--port', `${port}`, '--save', from, '--seed', '--torrent', task.torrent];
  const program = fleet.start(`seed${index}`, PYTHON, client === 'libtorrent' ? args : [...args, '--tuned']);
  await program.event('ready');
  return { program, port };
}

async function startShoalSeed(fleet: Fleet, task: Task, state: string): Promise<Seed> {
  const where = ['--dir', dirname(task.file), '--port', '0', '--state', state];
  const program = fleet.node('seed', [SHOAL, 'share', task.torrent, ...where, ...QUIET]);
  return { program, port: (await program.event('ready')).port as number };
}

export interface Fetching {
  readonly program: Program;
  /** Seconds from the first 256 KiB to completion. */
  readonly seconds: Promise<number>;
}

export async function startPeer(
  fleet: Fleet,
  client: Client,
  task: Task,
  out: string,
  ports: readonly number[],
): Promise<Fetching> {
  const path = join(out, basename(task.file));
  if (client === 'shoal') {
    const state = join(task.dir, 'state-peer');
    rmSync(state, { recursive: true, force: true });
    const peers = ports.flatMap((port) => ['--peer', `127.0.0.1:${port}`]);
    const rest = ['--port', '0', '--state', state, '--seed-time', '60', ...QUIET];
    const program = fleet.node('peer', [SHOAL, 'get', task.torrent, '-o', out, ...peers, ...rest]);
    return { program, seconds: timed(path, program.event('complete', 600_000)) };
  }
  if (client === 'webtorrent') {
    const program = fleet.node('peer', [WEBTORRENT_PEER, 'get', task.torrent, out, `127.0.0.1:${ports[0]}`]);
    return {
      program,
      seconds: program.event('done', 600_000).then((event) => event.transferSeconds as number),
    };
  }
  if (client === 'aria2') return fetchWithAria2(fleet, task, out, path);
  const where = ['--port', `${await freePort()}`, '--save', out];
  const peers = ports.flatMap((port) => ['--connect', `127.0.0.1:${port}`]);
  const args = [LIBTORRENT_PEER, ...where, ...peers, '--torrent', task.torrent];
  const program = fleet.start('peer', PYTHON, client === 'libtorrent' ? args : [...args, '--tuned']);
  return {
    program,
    seconds: program.event('done', 600_000).then((event) => event.transferSeconds as number),
  };
}

const allocated = (path: string): number => (existsSync(path) ? statSync(path).blocks * 512 : 0);

async function timed(path: string, done: Promise<unknown>): Promise<number> {
  let isDone = false;
  const ended = done.finally(() => (isDone = true));
  ended.catch(() => {});
  while (!isDone && Math.max(allocated(path), allocated(`${path}.part`)) < 262_144) await sleep(2);
  const started = performance.now();
  await ended;
  return (performance.now() - started) / 1000;
}

const ARIA2 = [
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

async function seedWithAria2(fleet: Fleet, task: Task, port: number): Promise<Program> {
  const where = [`--listen-port=${port}`, '--bt-seed-unverified=true', `--dir=${dirname(task.file)}`];
  const program = fleet.start('seed', 'aria2c', [...ARIA2, ...where, task.announced!]);
  const isSeeding = (): true | undefined => (/Seeding|SEED|Seed/i.test(program.output) ? true : undefined);
  await program.until(isSeeding, 'seeding', 10_000).catch(() => undefined);
  await sleep(1000);
  return program;
}

async function fetchWithAria2(fleet: Fleet, task: Task, out: string, path: string): Promise<Fetching> {
  const args = [...ARIA2, `--listen-port=${await freePort()}`, `--dir=${out}`, task.announced!];
  const program = fleet.start('peer', 'aria2c', args);
  const { size } = statSync(task.file);
  const isDone = (): true | undefined =>
    /Seeding|complete|SEED/i.test(program.output) || allocated(path) >= size ? true : undefined;
  return { program, seconds: timed(path, program.until(isDone, 'completion', 600_000)) };
}
