/**
 * uTP on ways of given rate, delay and loss, Shoal beside libtorrent: what of the line a stream fills, and how long packets wait for
 * it; and what a TCP download loses to an upload over uTP. As root on Linux, in network namespaces; `wire.py` is the way.
 *
 * usage: node bench/utp.ts [--seconds N] [--only TEXT]
 */
import { createServer, connect } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { spawn, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Namespace, namespacesMissing } from '../interop/namespace.ts';
import { createPrng } from '../src/ground/prng.ts';
import { ROOT } from '../scripts/steps.ts';
import { LIBTORRENT_PEER, PYTHON } from '../testkit/bench.ts';

interface Way {
  readonly mbit: number;
  readonly delayMs: number;
  readonly loss?: number;
  readonly reorder?: number;
  readonly queueMs?: number;
}

interface Passed {
  readonly bytes: number;
  readonly dropped: number;
  readonly medianMs: number;
  readonly p95Ms: number;
}

const WAYS: readonly Way[] = [
  { mbit: 1, delayMs: 20 },
  { mbit: 10, delayMs: 0 },
  { mbit: 10, delayMs: 10 },
  { mbit: 10, delayMs: 50 },
  { mbit: 10, delayMs: 150 },
  { mbit: 10, delayMs: 10, queueMs: 50 },
  { mbit: 10, delayMs: 10, loss: 1 },
  { mbit: 10, delayMs: 10, loss: 5 },
  { mbit: 10, delayMs: 50, loss: 1 },
  { mbit: 10, delayMs: 10, reorder: 5 },
  { mbit: 100, delayMs: 5 },
  { mbit: 100, delayMs: 25 },
];
const WARM_MS = 6000;
const LEFT = '10.9.0.1';
const RIGHT = '10.9.0.2';
const PORT = 7000;

type Program = 'Shoal' | 'libtorrent';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '15' },
    only: { type: 'string', default: '' },
    part: { type: 'string' },
  },
});
const seconds = Number(values.seconds);

/** A process whose lines of JSON are read. */
class Child {
  readonly process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(command: readonly string[]) {
    this.process = spawn(command[0]!, command.slice(1), { stdio: ['pipe', 'pipe', 'ignore'] });
    this.#lines = createInterface({ input: this.process.stdout! })[Symbol.asyncIterator]();
  }

  async read<T>(isRight: (line: Record<string, unknown>) => boolean = () => true): Promise<T> {
    for (;;) {
      const { done, value } = await this.#lines.next();
      if (done === true) throw new Error('the program has ended');
      const line = JSON.parse(value) as Record<string, unknown>;
      if (isRight(line)) return line as T;
    }
  }

  async ask<T>(): Promise<T> {
    this.process.stdin!.write('\n');
    return this.read<T>();
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.process.once('exit', () => resolve());
      this.process.kill('SIGKILL');
    });
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

class Bed {
  readonly left = new Namespace();
  readonly right = new Namespace();
  readonly wire: Child;
  readonly children: Child[] = [];

  constructor({ mbit, delayMs, loss = 0, reorder = 0, queueMs = 1000 }: Way) {
    const args = [
      '--mbit',
      mbit,
      '--delay',
      delayMs,
      '--loss',
      loss,
      '--reorder',
      reorder,
      '--queue',
      queueMs,
    ];
    const path = join(import.meta.dirname, 'wire.py');
    this.wire = new Child(['python3', path, this.left.name, this.right.name, ...args.map(String)]);
  }

  run(where: Namespace, command: readonly string[]): Child {
    const child = new Child([...where.command, ...command]);
    this.children.push(child);
    return child;
  }

  async close(): Promise<void> {
    await Promise.all([...this.children, this.wire].map((child) => child.stop()));
    this.left.close();
    this.right.close();
  }
}

const SHOAL = [process.execPath, join(ROOT, 'src/app/main.ts')];
const ALONE = ['--no-dht', '--no-lsd', '--json'];

/** Seeds on the left, fetches on the right. */
async function startTransfer(bed: Bed, program: Program, dir: string, carrier: 'utp' | 'tcp'): Promise<void> {
  const torrent = join(dir, 'data.torrent');
  const out = await mkdtemp(join(dir, 'out-'));
  const state = await mkdtemp(join(dir, 'state-'));
  if (program === 'Shoal') {
    const own = (side: string): string[] => [
      ...ALONE,
      ...['--state', join(state, side), carrier === 'utp' ? '--no-tcp' : '--no-utp'],
    ];
    const share = ['share', torrent, '--dir', dir, '--port', `${PORT}`, ...own('seed')];
    await bed.run(bed.left, [...SHOAL, ...share]).read(({ event }) => event === 'ready');
    const get = ['get', torrent, '-o', out, '--port', `${PORT}`, '--peer', `${LEFT}:${PORT}`, ...own('get')];
    bed.run(bed.right, [...SHOAL, ...get]);
  } else {
    const args = ['--port', `${PORT}`, '--torrent', torrent, '--transport', carrier];
    const seed = [PYTHON, LIBTORRENT_PEER, ...args, '--listen', LEFT, '--save', dir, '--seed'];
    await bed.run(bed.left, seed).read(({ event }) => event === 'ready');
    const get = [PYTHON, LIBTORRENT_PEER, ...args, '--listen', RIGHT, '--save', out];
    bed.run(bed.right, [...get, '--connect', `${LEFT}:${PORT}`]);
  }
}

async function measureWay(way: Way, program: Program, dir: string): Promise<Passed> {
  const bed = new Bed(way);
  try {
    await bed.wire.read();
    await startTransfer(bed, program, dir, 'utp');
    await sleep(WARM_MS);
    await bed.wire.ask();
    await sleep(seconds * 1000);
    return (await bed.wire.ask<{ right: Passed }>()).right;
  } finally {
    await bed.close();
  }
}

/** A TCP that fetches from the right to the left, and what it gets beside an upload from the left to the right. */
async function measureDownload(
  way: Way,
  upload: readonly [Program, 'utp' | 'tcp'] | undefined,
  dir: string,
): Promise<number> {
  const bed = new Bed(way);
  const self = [process.execPath, import.meta.filename];
  try {
    await bed.wire.read();
    const server = bed.run(bed.right, [...self, '--part', 'server']);
    await server.read();
    const client = bed.run(bed.left, [...self, '--part', 'client']);
    if (upload !== undefined) await startTransfer(bed, upload[0], dir, upload[1]);
    await sleep(WARM_MS);
    await client.ask();
    await sleep(seconds * 1000);
    return (await client.ask<{ bytes: number }>()).bytes;
  } finally {
    await bed.close();
  }
}

/** The two ends of that TCP run in namespaces, as processes of their own. */
function runPart(part: string): void {
  if (part === 'server') {
    const chunk = Buffer.alloc(64 * 1024);
    const server = createServer((socket) => {
      const fill = (): void => {
        while (socket.write(chunk));
      };
      socket.on('drain', fill).on('error', () => {});
      fill();
    });
    server.listen(PORT + 1, RIGHT, () => console.log('{}'));
    return;
  }
  let bytes = 0;
  connect(PORT + 1, RIGHT).on('data', ({ length }) => void (bytes += length));
  process.stdin.on('data', () => {
    console.log(JSON.stringify({ bytes }));
    bytes = 0;
  });
}

function nameOf({ mbit, delayMs, loss = 0, reorder = 0, queueMs = 1000 }: Way): string {
  const faults = [loss > 0 ? `, ${loss} % lost` : '', reorder > 0 ? `, ${reorder} % late` : ''].join('');
  return `${mbit} Mbit/s, ${2 * delayMs} ms${faults}${queueMs === 1000 ? '' : `, a queue of ${queueMs} ms`}`;
}

async function main(): Promise<void> {
  const missing = namespacesMissing();
  if (missing !== false) throw new Error(missing);
  const dir = await mkdtemp(join(tmpdir(), 'shoal-utp-'));
  try {
    const most = Math.max(...WAYS.map(({ mbit }) => mbit));
    const data = Buffer.alloc(Math.ceil(most * 125_000 * (seconds + WARM_MS / 1000 + 5)));
    createPrng(1).fill(data.subarray(0, 1 << 20));
    for (let at = 1 << 20; at < data.length; at += 1 << 20)
      data.copyWithin(at, 0, Math.min(1 << 20, data.length - at));
    await writeFile(join(dir, 'data.bin'), data);
    const create = [
      'create',
      join(dir, 'data.bin'),
      '-o',
      join(dir, 'data.torrent'),
      '--v1',
      '--piece-length',
      '256K',
      '--json',
    ];
    await new Child([...SHOAL, ...create]).read();
    console.log('| way | Shoal fills | packets wait, median and 95 % | libtorrent fills | packets wait |');
    console.log('|---|---|---|---|---|');
    for (const way of WAYS.filter((candidate) => nameOf(candidate).includes(values.only))) {
      const cells: string[] = [];
      for (const program of ['Shoal', 'libtorrent'] as const) {
        const { bytes, medianMs, p95Ms } = await measureWay(way, program, dir);
        cells.push(
          `${((bytes / seconds / (way.mbit * 125_000)) * 100).toFixed(0)} %`,
          `${medianMs}, ${p95Ms} ms`,
        );
      }
      console.log(`| ${nameOf(way)} | ${cells.join(' | ')} |`);
    }
    if (values.only !== '') return;
    const home: Way = { mbit: 10, delayMs: 15, queueMs: 500 };
    const alone = await measureDownload(home, undefined, dir);
    console.log(`\n| a TCP download at ${nameOf(home)}, beside an upload of | keeps |`);
    console.log('|---|---|');
    for (const upload of [
      ['Shoal', 'utp'],
      ['libtorrent', 'utp'],
      ['Shoal', 'tcp'],
    ] as const) {
      const beside = await measureDownload(home, upload, dir);
      const carrier = upload[1] === 'utp' ? 'uTP' : 'TCP';
      console.log(`| ${upload[0]} over ${carrier} | ${((beside / alone) * 100).toFixed(0)} % |`);
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

if (values.part === undefined) await main();
else runPart(values.part);
