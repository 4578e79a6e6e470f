/**
 * `kill -9` at random moments of real work: downloads, several at once, creating, verifying, moving, publishing. What
 * died is started again, as a person would, and has to end with the right bytes; what had come before does not come again.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { firstDifference } from '../testkit/files.ts';
import { ROOT } from '../scripts/steps.ts';
import { createPrng } from '../src/ground/prng.ts';
import type { Prng } from '../src/ground/ports.ts';
import { createPeer, type ShoalPeer } from '../src/systems/torrents/share/peer.ts';
import type { Share } from '../src/systems/torrents/share/share.ts';

const MIB = 1024 * 1024;
/** What is fetched in one go; the seed sends it in about two seconds. */
const SIZE = 80 * MIB;
const RATE = 48 * MIB;
/** Of a share that has to come again after a kill. */
export const MAX_AGAIN = 0.02;

export type KillKind = 'get' | 'gets' | 'move' | 'create' | 'verify' | 'publish';

export interface KillReport {
  readonly kind: KillKind;
  readonly kills: number;
  /** Shares of the data that came again, the largest. */
  readonly mostAgain: number;
}

/** Which kind the n-th of a hundred kills is. */
export function kindOf(n: number): KillKind {
  const at = n % 20;
  if (at < 10) return 'get';
  if (at < 13) return 'gets';
  if (at < 16) return 'move';
  return (['create', 'verify', 'publish', 'get'] as const)[at - 16]!;
}

function shoal(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [join(ROOT, 'src/app/main.ts'), ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', resolve));
}

/** The path that the program says its result has. */
function doneIn(child: ChildProcess): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.stdout!.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stdout!.once('end', () => {
      const line = text.split('\n').find((each) => each.includes('"event":"done"'));
      if (line === undefined) reject(new Error('it said nothing of being done'));
      else resolve((JSON.parse(line) as { path: string }).path);
    });
  });
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class KillRange {
  readonly #dir: string;
  readonly #prng: Prng;
  #seed: ShoalPeer | undefined;
  #source: Share | undefined;
  #root = '';
  #count = 0;

  private constructor(dir: string, prng: Prng) {
    this.#dir = dir;
    this.#prng = prng;
  }

  static async open(seed: number): Promise<KillRange> {
    const range = new KillRange(await mkdtemp(join(tmpdir(), 'shoal-kills-')), createPrng(seed));
    await range.#prepare();
    return range;
  }

  async #prepare(): Promise<void> {
    this.#root = join(this.#dir, 'origin', 'data');
    await mkdir(join(this.#root, 'sub'), { recursive: true });
    const sizes = [0.5, 0.3, 0.15];
    for (const [i, part] of sizes.entries())
      writeFileSync(join(this.#root, `f${i}`), this.#prng.fill(new Uint8Array(Math.floor(SIZE * part))));
    for (let i = 0; i < 40; i++)
      writeFileSync(
        join(this.#root, 'sub', `s${i}`),
        this.#prng.fill(new Uint8Array(this.#prng.below((SIZE / 400) | 0))),
      );
    this.#seed = await createPeer({
      stateDir: join(this.#dir, 'seed'),
      port: 0,
      host: '127.0.0.1',
      dht: false,
      lsd: false,
      uploadLimit: RATE,
    });
    // Private: what several fetch at once comes from the seed alone. Found through PEX, starved peers ask each other for
    // blocks twice, and nobody could tell those from what a kill has lost.
    this.#source = await this.#seed.share(this.#root, { isPrivate: true });
  }

  async close(): Promise<void> {
    await this.#seed?.close();
    await rm(this.#dir, { recursive: true, force: true });
  }

  /** One killing of that kind. @throws Error when what comes after it is not right */
  async kill(kind: KillKind): Promise<KillReport> {
    const name = `${kind}-${this.#count++}`;
    const dir = join(this.#dir, name);
    await mkdir(dir);
    try {
      if (kind === 'get') return { kind, kills: 1, mostAgain: await this.#get([dir]) };
      if (kind === 'gets')
        return { kind, kills: 3, mostAgain: await this.#get([1, 2, 3].map((n) => join(dir, `${n}`))) };
      if (kind === 'move') await this.#move(dir);
      else if (kind === 'create') await this.#create(dir);
      else if (kind === 'verify') await this.#verify(dir);
      else await this.#publish(dir);
      return { kind, kills: 1, mostAgain: 0 };
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }

  #getArgs(dir: string): string[] {
    const link = this.#source!.torrentPath;
    const where = ['-o', join(dir, 'out'), '--state', join(dir, 'state'), '--port', '0'];
    return ['get', link, ...where, '--peer', `127.0.0.1:${this.#seed!.port}`, '--no-dht', '--no-lsd'];
  }

  /** Downloads that are killed at once, at a random moment, and started again. */
  async #get(dirs: readonly string[]): Promise<number> {
    const before = this.#source!.status().uploadedBytes;
    for (const dir of dirs) await mkdir(dir, { recursive: true });
    const children = dirs.map((dir) => shoal(this.#getArgs(dir)));
    const all = (SIZE / RATE) * 1000 * dirs.length + 600;
    await sleep(this.#prng.below(all));
    for (const child of children) child.kill('SIGSTOP');
    // Until the buffers between them are full and nothing moves: what lies there is counted, and then lost.
    await sleep(400);
    const unread = this.#unread();
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(children.map(ended));
    const again = dirs.map((dir) => shoal(this.#getArgs(dir)));
    for (const status of await Promise.all(again.map(ended)))
      if (status !== 0) throw new Error(`get ended with ${status}`);
    await this.#check(dirs);
    const sent = this.#source!.status().uploadedBytes - before;
    return Math.max(0, (sent - unread - dirs.length * this.#size()) / (dirs.length * this.#size()));
  }

  /** Bytes that the seed has sent and that nobody has read: with the sockets they are lost, but they never came. */
  #unread(): number {
    const { port } = this.#seed!;
    const lines = execFileSync('ss', ['-tnH', `( sport = :${port} or dport = :${port} )`], {
      encoding: 'utf8',
    });
    let bytes = 0;
    for (const line of lines.split('\n')) {
      const [, received, sent] = line.trim().split(/\s+/);
      bytes += Number(received ?? 0) + Number(sent ?? 0);
    }
    return bytes;
  }

  #size(): number {
    return this.#source!.status().totalBytes;
  }

  async #check(dirs: readonly string[]): Promise<void> {
    for (const dir of dirs) {
      const difference = await firstDifference(this.#root, join(dir, 'out', 'data'));
      if (difference !== undefined) throw new Error(`${dir}: ${difference}`);
    }
  }

  /** A process that fetches and moves what it fetches is killed; the next `get` carries the move on. */
  async #move(dir: string): Promise<void> {
    // From memory to disk: another file system, so files are copied.
    const out = existsSync('/dev/shm')
      ? join('/dev/shm', `shoal-${process.pid}-${this.#count}`)
      : join(dir, 'from');
    const to = join(dir, 'out');
    const args = [this.#source!.torrentPath, out, to, join(dir, 'state'), `${this.#seed!.port}`];
    try {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'move-worker.ts'), ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await new Promise((resolve) => child.stdout!.once('data', resolve));
      await sleep(this.#prng.below(150));
      child.kill('SIGKILL');
      await ended(child);
      // A person would start it where it was begun, or where it was to go: a move that was cut short leads to its end.
      const at = existsSync(join(out, 'data')) ? out : to;
      const again = shoal(this.#getArgs(dir).map((arg) => (arg === join(dir, 'out') ? at : arg)));
      const path = doneIn(again);
      const status = await ended(again);
      if (status !== 0) throw new Error(`get after a move ended with ${status}`);
      const place = dirname(await path);
      const difference = await firstDifference(this.#root, join(place, 'data'));
      if (difference !== undefined) throw new Error(`moved: ${difference}`);
      if (place === to && existsSync(join(out, 'data'))) throw new Error('something was left behind');
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  }

  async #create(dir: string): Promise<void> {
    const torrent = join(dir, 'x.torrent');
    const args = ['create', this.#root, '-o', torrent];
    const child = shoal(args);
    await sleep(200 + this.#prng.below(300));
    child.kill('SIGKILL');
    await ended(child);
    if (existsSync(torrent)) {
      // It has its name only when it is whole.
      execFileSync(process.execPath, [join(ROOT, 'src/app/main.ts'), 'inspect', torrent], {
        stdio: 'ignore',
      });
      rmSync(torrent);
    }
    if ((await ended(shoal(args))) !== 0) throw new Error('create failed after a kill');
  }

  async #verify(dir: string): Promise<void> {
    const before = readFileSync(join(this.#root, 'f2'));
    const args = ['verify', this.#source!.torrentPath, dirname(this.#root)];
    const child = shoal(args);
    await sleep(200 + this.#prng.below(200));
    child.kill('SIGKILL');
    await ended(child);
    if ((await ended(shoal(args))) !== 0) throw new Error('verify failed after a kill');
    if (!before.equals(readFileSync(join(this.#root, 'f2'))))
      throw new Error(`verify in ${dir} changed a file`);
  }

  async #publish(dir: string): Promise<void> {
    const state = ['--state', join(dir, 'state')];
    execFileSync(process.execPath, [join(ROOT, 'src/app/main.ts'), 'key', 'create', 'k', ...state], {
      stdio: 'ignore',
    });
    const folder = join(this.#root, 'sub');
    const args = [
      'publish',
      'kills',
      folder,
      '--key',
      'k',
      '--port',
      '0',
      '--no-lsd',
      '--dht-router',
      'none',
      ...state,
    ];
    const child = shoal(args);
    await sleep(300 + this.#prng.below(500));
    child.kill('SIGKILL');
    await ended(child);
    const again = shoal(args);
    await Promise.race([
      new Promise<void>((resolve) => {
        let text = '';
        again.stdout!.on('data', (chunk: Buffer) => {
          text += chunk.toString();
          if (text.includes('"ready"') || text.includes('"published"')) resolve();
        });
      }),
      ended(again).then((status) => {
        throw new Error(`publish ended with ${status} after a kill`);
      }),
    ]);
    again.kill('SIGTERM');
    await ended(again);
  }
}
