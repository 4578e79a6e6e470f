/**
 * What the interop tests share: a world of temporary folders and child processes on loopback, test data, and Shoal's
 * own command line read as JSON. Every process is stopped by its own id; every wait has an end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createPrng } from '../src/ground/prng.ts';
import { ROOT } from '../scripts/steps.ts';

export const PYTHON = '/usr/bin/python3';
export const LIBTORRENT_PEER: string = join(ROOT, 'interop', 'drivers', 'libtorrent_peer.py');
export const WEBTORRENT_PEER: string = join(ROOT, 'interop', 'programs', 'webtorrent-peer.mjs');
export const PROGRAMS: string = join(ROOT, 'interop', 'programs');
const WAIT_MS = 60_000;

export type JsonEvent = { readonly event: string } & Readonly<Record<string, unknown>>;

/** A child whose standard output is lines, some of them JSON events. */
export class Program {
  readonly name: string;
  readonly child: ChildProcess;
  readonly events: JsonEvent[] = [];
  output = '';
  exitCode: number | null | undefined;
  readonly exited: Promise<number | null>;
  #waiters: (() => void)[] = [];

  constructor(
    name: string,
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    cwd: string = ROOT,
  ) {
    this.name = name;
    this.child = spawn(command, [...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const read = (line: string): void => {
      this.output += `${line}\n`;
      if (line.startsWith('{')) {
        try {
          this.events.push(JSON.parse(line) as JsonEvent);
        } catch {
          // Not an event after all.
        }
      }
      this.#wake();
    };
    createInterface({ input: this.child.stdout! }).on('line', read);
    createInterface({ input: this.child.stderr! }).on('line', read);
    this.exited = new Promise((resolve) => {
      this.child.once('error', (error) => {
        this.output += String(error);
        resolve(null);
      });
      this.child.once('close', (code) => resolve(code));
    });
    void this.exited.then((code) => {
      this.exitCode = code;
      this.#wake();
    });
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter();
  }

  /** The next (or an earlier) event of that name; fails when the program ends without it. */
  event(name: string, waitMs: number = WAIT_MS): Promise<JsonEvent> {
    return this.until(() => this.events.find((event) => event.event === name), `event "${name}"`, waitMs);
  }

  async until<T>(find: () => T | undefined, what: string, waitMs: number = WAIT_MS): Promise<T> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      const left = deadline - performance.now();
      if (left <= 0 || this.exitCode !== undefined) {
        const why = left <= 0 ? `not within ${waitMs / 1000} s` : `it ended with ${this.exitCode}`;
        throw new Error(`${this.name}: no ${what}: ${why}\n${this.output.slice(-3000)}`);
      }
      await new Promise<void>((resolve) => {
        this.#waiters.push(resolve);
        setTimeout(resolve, Math.min(left, 200)).unref();
      });
    }
  }

  async stop(): Promise<number | null> {
    if (this.exitCode === undefined) {
      this.child.stdin?.end();
      this.child.kill('SIGTERM');
      const timer = setTimeout(() => this.child.kill('SIGKILL'), 5000);
      await this.exited;
      clearTimeout(timer);
    }
    return this.exitCode ?? null;
  }
}

/** Temporary folders and processes of one test, cleaned up at its end. */
export class Bench {
  readonly dir: string;
  readonly programs: Program[] = [];
  #states = 0;

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async open(parent: string = tmpdir()): Promise<Bench> {
    return new Bench(await mkdtemp(join(parent, 'shoal-interop-')));
  }

  async close(): Promise<void> {
    await Promise.all(this.programs.map((program) => program.stop()));
    await rm(this.dir, { recursive: true, force: true, maxRetries: 3 });
  }

  run(
    name: string,
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Program {
    const program = new Program(name, command, args, env);
    this.programs.push(program);
    return program;
  }

  /**
   * Shoal's own command line, with a state folder of its own. Nothing leaves this machine: the DHT begins with the nodes
   * that the test names and with no others, and without any it is off; the local network is off unless asked for.
   */
  shoal(
    args: readonly string[],
    options: { lsd?: boolean; state?: string; command?: readonly string[] } = {},
  ): Program {
    const state = options.state ?? join(this.dir, `state${this.#states++}`);
    const isLocal = ['create', 'inspect', 'verify', 'key'].includes(args[0]!);
    const hasDht = args.includes('--dht-node') || args.includes('--network-key') || args[0] === 'dht';
    const network = isLocal
      ? []
      : [
          ...(hasDht ? ['--dht-router', 'none'] : ['--no-dht']),
          ...(options.lsd === true ? [] : ['--no-lsd']),
        ];
    const [command, ...before] = [...(options.command ?? []), process.execPath];
    return this.run(`shoal ${args[0]}`, command!, [
      ...before,
      join(ROOT, 'src/cli/main.ts'),
      ...args,
      '--state',
      state,
      ...network,
      '--json',
    ]);
  }

  async folder(name: string): Promise<string> {
    const path = join(this.dir, name);
    await mkdir(path, { recursive: true });
    return path;
  }

  /** A folder of files of awkward sizes and names: some 5 MiB. */
  async makeData(name = 'data'): Promise<string> {
    const root = await this.folder(join('origin', name));
    const prng = createPrng(42);
    await mkdir(join(root, 'sub', 'deeper'), { recursive: true });
    const sizes: readonly (readonly [string, number])[] = [
      ['a.bin', 3_000_001],
      ['empty', 0],
      ['one', 1],
      ['sub/exact', 131_072],
      ['sub/deeper/tööl.sh', 40_000],
      ['z.bin', 2_000_000],
    ];
    for (const [path, size] of sizes) await writeFile(join(root, path), prng.fill(new Uint8Array(size)));
    await chmod(join(root, 'sub/deeper/tööl.sh'), 0o755);
    return root;
  }

  async writeFile(name: string, text: string): Promise<string> {
    const path = join(this.dir, name);
    await writeFile(path, text);
    return path;
  }
}

/**
 * Names a file of `a` that `b` lacks or has otherwise; undefined when all are equal.
 * @param needsEmpty false for clients that make no empty files
 */
export async function firstDifference(a: string, b: string, needsEmpty = true): Promise<string | undefined> {
  const entries = await readdir(a, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const twin = join(b, path.slice(a.length));
    const [left, right] = await Promise.all([readFile(path), readFile(twin).catch(() => undefined)]);
    if (left.length === 0 && right === undefined && !needsEmpty) continue;
    if (right === undefined) return `${twin} is missing`;
    if (!left.equals(right)) return `${twin} differs`;
  }
  return undefined;
}

/** A port that nobody uses just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export async function waitFor(
  isDone: () => Promise<boolean> | boolean,
  what: string,
  waitMs: number = WAIT_MS,
): Promise<void> {
  const deadline = performance.now() + waitMs;
  while (!(await isDone())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${waitMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Waits until a copy is whole. */
export async function waitForCopy(
  original: string,
  copy: string,
  program?: Program,
  needsEmpty = true,
): Promise<void> {
  try {
    await waitFor(
      async () => (await firstDifference(original, copy, needsEmpty)) === undefined,
      `copy in ${copy}`,
    );
  } catch (error) {
    const tail = program === undefined ? '' : `\n${program.name}: ${program.output.slice(-3000)}`;
    throw new Error(`${String(error)}: ${await firstDifference(original, copy, needsEmpty)}${tail}`);
  }
}
