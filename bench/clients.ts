/**
 * The programs that are compared, behind one face: a seed that has checked its data, and a peer that fetches from given
 * ports. Each is driven as its own documentation advises, and tells by itself when it is done: nobody is asked how far he is.
 *
 * Shoal runs as it is published: JavaScript, from dist/.
 */
import { existsSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pythonLibraries } from '../scripts/setup-programs.ts';
import { ROOT } from '../scripts/steps.ts';
import { freePort, PYTHON, WEBTORRENT_PEER } from '../testkit/bench.ts';
import type { Program } from '../testkit/program.ts';
import { Fleet, sleep } from './fleet.ts';

/**
 * `libtorrent` is Debian's, `libtorrent new` the newest of the Python registry; both tuned. Over TCP, but for those of uTP: there
 * libtorrent has socket buffers as large as ours, or what the kernel gives by default.
 */
export type Client =
  | 'shoal'
  | 'libtorrent'
  | 'libtorrent new'
  | 'libtorrent stock'
  | 'aria2'
  | 'webtorrent'
  | UtpClient;
export type UtpClient = 'shoal uTP' | 'libtorrent uTP' | 'libtorrent uTP, default buffers';

const isShoal = (client: Client): boolean => client === 'shoal' || client === 'shoal uTP';
/** All carriers are on by default; what is measured is one of them. */
const carrierOf = (client: Client): string => (client === 'shoal uTP' ? '--no-tcp' : '--no-utp');

export const SHOAL: string = join(ROOT, 'dist', 'app', 'main.js');
export const QUIET: readonly string[] = ['--no-dht', '--no-lsd', '--json'];
const LIBTORRENT = join(ROOT, 'bench', 'libtorrent_session.py');
/** The newest libtorrent of the Python registry. */
export const LIBTORRENT_PINS: string = join(ROOT, 'bench', 'requirements.txt');
const LONG_MS = 600_000;

export interface Task {
  /** For state folders and observations. */
  readonly dir: string;
  /** Of the original. */
  readonly file: string;
  readonly torrent: string;
  /** Shoal and libtorrent: only RC4 is spoken. */
  readonly isEncrypted?: boolean;
  /** The same with an announce URL: aria2 takes peers from trackers only. */
  readonly announced?: string;
}

export interface Seed {
  readonly program: Program;
  readonly port: number;
}

/** One that has hashed all of its data, or did so in an earlier run: serving is all that is left to it. */
export async function startSeed(fleet: Fleet, client: Client, task: Task, index = 0): Promise<Seed> {
  const from = dirname(task.file);
  if (isShoal(client)) {
    const state = join(task.dir, `state-seed-${index}-${basename(task.torrent)}`);
    const start = (own: Fleet): Promise<Seed> => startShoalSeed(own, task, state, carrierOf(client));
    if (!existsSync(state)) await start(new Fleet(task.dir)).then((seed) => seed.program.stop());
    return start(fleet);
  }
  if (client === 'webtorrent') {
    const port = await freePort();
    const program = fleet.node(`seed${index}`, [WEBTORRENT_PEER, 'seed', task.torrent, from, `${port}`]);
    await program.event('ready');
    return { program, port };
  }
  if (client === 'aria2') {
    const port = await freePort();
    return { program: await seedWithAria2(fleet, task, port), port };
  }
  const session = await startLibtorrent(fleet, client, `seed${index}`, { isEncrypted: task.isEncrypted });
  await order(session.program, { do: 'seed', torrent: task.torrent, folder: from }, 'seeding');
  return session;
}

async function startShoalSeed(fleet: Fleet, task: Task, state: string, carrier: string): Promise<Seed> {
  const own = [carrier, ...encryptionOf(task)];
  const where = ['--dir', dirname(task.file), '--port', '0', '--state', state, ...own];
  const program = fleet.node('seed', [SHOAL, 'share', task.torrent, ...where, ...QUIET]);
  return { program, port: (await program.event('ready')).port as number };
}

const encryptionOf = ({ isEncrypted }: Task): string[] =>
  isEncrypted === true ? ['--encryption', 'required'] : [];

export interface Fetching {
  readonly program: Program;
  /** Resolves with the time (`performance.now`) at which it said that all is there. */
  readonly completed: Promise<number>;
  /** Resolves when the last bytes are in the files, where that comes later: a libtorrent is done with the last hash. */
  readonly saved?: () => Promise<unknown>;
}

export interface FetchOptions {
  /** It goes on as a seed; otherwise it ends by itself, as a command does. */
  readonly stays: boolean;
}

export async function startPeer(
  fleet: Fleet,
  client: Client,
  task: Task,
  out: string,
  ports: readonly number[],
  { stays }: FetchOptions = { stays: true },
): Promise<Fetching> {
  if (isShoal(client)) {
    const state = join(task.dir, 'state-peer');
    rmSync(state, { recursive: true, force: true });
    const peers = ports.flatMap((port) => ['--peer', `127.0.0.1:${port}`]);
    const after = [...(stays ? ['--seed-time', '60'] : []), ...encryptionOf(task), carrierOf(client)];
    const rest = ['--port', '0', '--state', state, ...after, ...QUIET];
    const args = [SHOAL, 'get', task.torrent, '-o', out, ...peers, ...rest];
    const program = stays ? fleet.node('peer', args) : fleet.start('peer', process.execPath, args);
    return { program, completed: timeOf(program.event('complete', LONG_MS)) };
  }
  if (client === 'webtorrent') {
    const program = fleet.node('peer', [WEBTORRENT_PEER, 'get', task.torrent, out, `127.0.0.1:${ports[0]}`]);
    return { program, completed: timeOf(program.event('done', LONG_MS)) };
  }
  if (client === 'aria2') return fetchWithAria2(fleet, task, out, stays);
  const { isEncrypted } = task;
  const { program } = await startLibtorrent(fleet, client, 'peer', { waits: stays, isEncrypted });
  const peers = ports.map((port) => `127.0.0.1:${port}`);
  const done = order(program, { do: 'get', torrent: task.torrent, folder: out, peers }, 'complete');
  // The end of its input is its end.
  if (!stays)
    done
      .then(() => isSaved(program, task.torrent))
      .then(
        () => program.child.stdin?.end(),
        () => {},
      );
  return { program, completed: timeOf(done), saved: () => isSaved(program, task.torrent) };
}

/** A libtorrent has written what it fetched. */
export function isSaved(program: Program, torrent: string): Promise<unknown> {
  return said(program, torrent, 'saved');
}

async function timeOf(done: Promise<unknown>): Promise<number> {
  await done;
  return performance.now();
}

interface LibtorrentOptions {
  /** Until it listens. */
  readonly waits?: boolean | undefined;
  readonly isEncrypted?: boolean | undefined;
}

export async function startLibtorrent(
  fleet: Fleet,
  client: Client,
  name: string,
  { waits = true, isEncrypted = false }: LibtorrentOptions = {},
): Promise<Seed> {
  const port = await freePort();
  const isNew = client === 'libtorrent new';
  const args = [
    LIBTORRENT,
    `${port}`,
    ...(client === 'libtorrent stock' ? ['--stock'] : []),
    ...(isEncrypted ? ['--encrypted'] : []),
    ...(client.startsWith('libtorrent uTP') ? ['--utp'] : []),
    ...(client === 'libtorrent uTP' ? ['--buffers', `${1 << 20}`] : []),
    ...(isNew ? ['--library', pythonLibraries(LIBTORRENT_PINS)] : []),
  ];
  // Debian's belongs to Debian's Python; the other to the Python whose pip fetched it.
  const program = fleet.start(name, isNew ? 'python3' : PYTHON, args);
  if (waits) await program.event('ready');
  return { program, port };
}

interface Order {
  readonly do: 'seed' | 'get' | 'verify';
  readonly torrent: string;
  readonly folder?: string;
  readonly peers?: readonly string[];
  /** It finds peers through the trackers of the torrent. */
  readonly announces?: boolean;
  /** Bytes a second. */
  readonly limitUp?: number;
}

/** Tells a libtorrent what to do; resolves with what it says of this torrent when it has done it. */
export function order(program: Program, what: Order, event: string): Promise<{ readonly seconds: number }> {
  program.child.stdin!.write(`${JSON.stringify(what)}\n`);
  return said(program, what.torrent, event);
}

function said(program: Program, torrent: string, event: string): Promise<{ readonly seconds: number }> {
  const find = () => program.events.find((line) => line.event === event && line.torrent === torrent);
  return program.until(find, `event "${event}"`, LONG_MS) as Promise<{ readonly seconds: number }> & object;
}

const ARIA2: readonly string[] = [
  '--enable-dht=false',
  '--enable-dht6=false',
  '--bt-enable-lpd=false',
  '--enable-peer-exchange=false',
  '--file-allocation=none',
  '--disk-cache=64M',
  '--max-overall-upload-limit=0',
  '--bt-request-peer-speed-limit=1024M',
  '--summary-interval=0',
  '--console-log-level=notice',
  '--bt-max-peers=0',
  '--allow-overwrite=true',
];

async function seedWithAria2(fleet: Fleet, task: Task, port: number): Promise<Program> {
  const where = [`--listen-port=${port}`, '--bt-seed-unverified=true', `--dir=${dirname(task.file)}`];
  const program = fleet.start('seed', 'aria2c', [...ARIA2, '--seed-ratio=0', ...where, task.announced!]);
  const isSeeding = (): true | undefined => (/Seeding|SEED|Seed/i.test(program.output) ? true : undefined);
  await program.until(isSeeding, 'seeding', 10_000).catch(() => undefined);
  // It says nothing of the tracker that it has to tell of itself before anybody finds it.
  await sleep(1000);
  return program;
}

async function fetchWithAria2(fleet: Fleet, task: Task, out: string, stays: boolean): Promise<Fetching> {
  const after = stays ? '--seed-ratio=0' : '--seed-time=0';
  // It runs this when the last piece is checked.
  const tell = '--on-bt-download-complete=/bin/echo';
  const where = [`--listen-port=${await freePort()}`, `--dir=${out}`];
  const program = fleet.start('peer', 'aria2c', [...ARIA2, after, tell, ...where, task.announced!]);
  const isDone = (): true | undefined =>
    /^[0-9a-f]{16} \d+ |Download complete|Seeding/im.test(program.output) ? true : undefined;
  return { program, completed: timeOf(program.until(isDone, 'completion', LONG_MS)) };
}
