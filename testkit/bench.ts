/**
 * The world of one test file: temporary folders, test data, and the programs that it runs on loopback, all gone at its
 * end. Shoal's own command line is read as JSON.
 */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../scripts/steps.ts';
import { createPrng } from '../src/ground/prng.ts';
import { Program } from './program.ts';

export const PYTHON = '/usr/bin/python3';
export const LIBTORRENT_PEER: string = join(ROOT, 'interop', 'drivers', 'libtorrent_peer.py');
export const WEBTORRENT_PEER: string = join(ROOT, 'interop', 'programs', 'webtorrent-peer.mjs');
export const PROGRAMS: string = join(ROOT, 'interop', 'programs');

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
    const [command, ...before] = [...(options.command ?? []), process.execPath];
    return this.run(`shoal ${args[0]}`, command!, [
      ...before,
      join(ROOT, 'src/app/main.ts'),
      ...args,
      ...optionsFor(args, state, options.lsd === true),
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

  async writeFile(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(this.dir, name);
    await writeFile(path, content);
    return path;
  }
}

/** The options that each command takes: a state folder, a DHT, the local network. */
const TOOLS = ['create', 'inspect', 'verify', 'tracker', 'completion'];
const PEERS = ['share', 'get', 'up', 'stream'];
const DHT_PEERS = ['publish', 'follow'];

function optionsFor(args: readonly string[], state: string, usesLsd: boolean): string[] {
  const command = args[0]!;
  if (TOOLS.includes(command)) return [];
  const isPeer = PEERS.includes(command);
  const needsDht = DHT_PEERS.includes(command) || command === 'dht';
  const hasDht = needsDht || args.includes('--dht-node') || args.includes('--network-key');
  return [
    '--state',
    state,
    ...(hasDht && (isPeer || needsDht) ? ['--dht-router', 'none'] : isPeer ? ['--no-dht'] : []),
    ...(usesLsd || !(isPeer || DHT_PEERS.includes(command)) ? [] : ['--no-lsd']),
  ];
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
