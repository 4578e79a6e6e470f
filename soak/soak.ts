/** Days of work in minutes, in one process: what grows shows. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createAddress } from '../src/ground/address.ts';
import { createPrng } from '../src/ground/prng.ts';
import type { Prng } from '../src/ground/ports.ts';
import { createPeer, type ShoalPeer } from '../src/systems/torrents/share/peer.ts';
import { HostilePeer, KINDS } from '../sim/torrents/hostile.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

interface Measure {
  readonly heapMib: number;
  readonly rssMib: number;
  readonly files: number;
  readonly resources: number;
}

export interface SoakReport {
  readonly cycles: number;
  readonly downloads: number;
  readonly bytes: number;
  readonly first: Measure;
  readonly last: Measure;
  /** What grew more than it may; empty when all is well. */
  readonly growths: readonly string[];
}

/** More than the noise of a collector and of caches that fill up. */
const MAY_GROW: Measure = { heapMib: 8, rssMib: 80, files: 4, resources: 4 };
const WARM_UP = 60;
/** Different shares, which then come again: what others announce is kept for hours, and would look like a leak. */
const SHARES = 40;

function measure(): Measure {
  gc();
  gc();
  const { heapUsed, rss } = process.memoryUsage();
  let files = 0;
  try {
    files = readdirSync('/proc/self/fd').length;
  } catch {
    // Only Linux counts them there.
  }
  const mib = (bytes: number): number => Math.round(bytes / 2 ** 18) / 4;
  return {
    heapMib: mib(heapUsed),
    rssMib: mib(rss),
    files,
    resources: process.getActiveResourcesInfo().length,
  };
}

export async function soak(minutes: number, seed: number, log: (line: string) => void): Promise<SoakReport> {
  const dir = await mkdtemp(join(tmpdir(), 'shoal-soak-'));
  const prng = createPrng(seed);
  const open = (name: string): Promise<ShoalPeer> =>
    createPeer({ stateDir: join(dir, name), port: 0, host: '127.0.0.1', lsd: false, dht: { routers: [] } });
  const peers = await Promise.all(['a', 'b', 'c'].map(open));
  const until = performance.now() + minutes * 60_000;
  let [cycles, downloads, bytes] = [0, 0, 0];
  let first: Measure | undefined;
  let last = measure();
  try {
    while (performance.now() < until || cycles <= WARM_UP) {
      const done = await cycle(dir, peers, prng, cycles);
      cycles++;
      downloads += done.downloads;
      bytes += done.bytes;
      last = measure();
      if (cycles === WARM_UP) first = last;
      if (cycles % 20 === 0) log(`cycle ${cycles}: ${JSON.stringify(last)}`);
    }
  } finally {
    await Promise.all(peers.map((peer) => peer.close()));
    await rm(dir, { recursive: true, force: true });
  }
  const growths = (Object.keys(MAY_GROW) as (keyof Measure)[])
    .filter((key) => last[key] - first![key] > MAY_GROW[key])
    .map((key) => `${key}: ${first![key]} → ${last[key]}`);
  return { cycles, downloads, bytes, first: first!, last, growths };
}

/** One share, two downloads of it, some hostile visitors; everything is stopped and removed in the end. */
async function cycle(
  dir: string,
  peers: readonly ShoalPeer[],
  prng: Prng,
  number: number,
): Promise<{ downloads: number; bytes: number }> {
  const name = `share-${number % SHARES}`;
  const root = join(dir, name);
  const size = 200_000 + 90_000 * (number % SHARES);
  writeFileSync(root, createPrng(number % SHARES).fill(new Uint8Array(size)));
  const [source, ...others] = [0, 1, 2].map((i) => peers[(i + number) % 3]!);
  const share = await source!.share(root, {
    version: (['v1', 'v2', 'hybrid'] as const)[(number % SHARES) % 3]!,
  });
  const visitors = Array.from({ length: 6 }, (_, i) =>
    visit(source!.port, (number * 6 + i) % KINDS.length, share.metainfo!, prng),
  );
  const gets = await Promise.all(
    others.map((peer, i) =>
      peer.get(share.magnet([createAddress('127.0.0.1', source!.port)!]), {
        outputDir: join(dir, `out-${number}-${i}`),
      }),
    ),
  );
  // Now and then one is stopped in the middle and started again.
  if (number % 4 === 0) {
    await gets[0]!.stop();
    gets[0] = await others[0]!.get(share.torrentPath, {
      outputDir: join(dir, `out-${number}-0`),
      peers: [createAddress('127.0.0.1', source!.port)!],
    });
  }
  await Promise.all(gets.map((get) => get.done));
  for (const i of others.keys()) {
    const copy = readFileSync(join(dir, `out-${number}-${i}`, name));
    if (!copy.equals(readFileSync(root))) throw new Error(`cycle ${number}: wrong bytes`);
  }
  for (const visitor of visitors) visitor.destroy();
  await Promise.all([share, ...gets].map((each) => each.stop()));
  await rm(root);
  for (const i of others.keys()) await rm(join(dir, `out-${number}-${i}`), { recursive: true });
  return { downloads: gets.length, bytes: gets.length * size };
}

function visit(
  port: number,
  kind: number,
  metainfo: ConstructorParameters<typeof HostilePeer>[2],
  prng: Prng,
): Socket {
  const socket = connect({ host: '127.0.0.1', port, localAddress: `127.0.0.${2 + prng.below(250)}` });
  const line = {
    send: (data: Uint8Array): void => void socket.write(data),
    close: () => void socket.destroy(),
  };
  const peer = new HostilePeer(KINDS[kind]!, line, metainfo, prng);
  const timer = setInterval(() => socket.writableLength < 1 << 20 && peer.tick(), 50);
  socket.on('error', () => {});
  socket.once('connect', () => peer.start());
  socket.on('data', (chunk: Buffer) => peer.receive(chunk));
  socket.once('close', () => clearInterval(timer));
  return socket;
}
