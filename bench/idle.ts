/** What it costs to be ready: thousands of shares that nobody asks for, thousands of connections that say nothing. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { encodeMetainfo } from '../src/data/content/metainfo.ts';
import { createMetainfo } from '../src/data/content/node/create.ts';
import { PiecePool } from '../src/data/disk/piece-pool.ts';
import { createPrng } from '../src/ground/prng.ts';
import { ROOT } from '../scripts/steps.ts';
import { type Delays, Fleet, sleep } from './fleet.ts';
import { usageOf } from './usage.ts';

const IDLE_SECONDS = 20;
/** By then what shaking hands left behind is collected. */
const SETTLE_MS = 45_000;
const FILE_BYTES = 20_000;

export interface IdleShares {
  /** With the shares known from the time before. */
  readonly startSeconds: number;
  readonly peakMib: number;
  /** Of one core, while nothing happens. */
  readonly cpuPercent: number;
  readonly delays: Delays | undefined;
}

/** Files and torrents `0…count-1` in `dir`; returns the info hashes. */
export async function makeShares(dir: string, count: number): Promise<Uint8Array[]> {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const prng = createPrng(1);
  const pool = new PiecePool(1);
  const hashes: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const path = join(dir, `${i}`);
    writeFileSync(path, prng.fill(new Uint8Array(FILE_BYTES)));
    const { metainfo } = await createMetainfo(path, { version: 'v1', pieceLength: 16_384, pool });
    writeFileSync(`${path}.torrent`, encodeMetainfo(metainfo));
    hashes.push(metainfo.infoHashV1!);
  }
  await pool.close();
  return hashes;
}

const startIdle = (fleet: Fleet, state: string, dir: string, count: number) =>
  fleet.node('idle', [join(ROOT, 'bench', 'idle-peer.mjs'), state, dir, `${count}`]);

export async function idleShares(dir: string, count: number): Promise<IdleShares> {
  const [data, state] = [join(dir, 'shares'), join(dir, 'state-idle')];
  rmSync(state, { recursive: true, force: true });
  await makeShares(data, count);
  const first = new Fleet(dir);
  const known = startIdle(first, state, data, count);
  await known.event('ready', 300_000);
  known.child.stdin!.end();
  await known.exited;
  const fleet = new Fleet(dir);
  try {
    const program = startIdle(fleet, state, data, count);
    const { seconds } = await program.event('ready', 300_000);
    await sleep(5000);
    const before = usageOf(program.child.pid!);
    await sleep(IDLE_SECONDS * 1000);
    const after = usageOf(program.child.pid!);
    return {
      startSeconds: seconds as number,
      peakMib: after.peakMib,
      cpuPercent: ((after.cpuSeconds - before.cpuSeconds) / IDLE_SECONDS) * 100,
      delays: await fleet.delays(program),
    };
  } finally {
    await fleet.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

/** KiB a connection that has shaken hands and is silent since. */
export async function idleConnections(dir: string, count: number): Promise<number> {
  const [data, state] = [join(dir, 'shares'), join(dir, 'state-connections')];
  rmSync(state, { recursive: true, force: true });
  const [infoHash] = await makeShares(data, 1);
  const fleet = new Fleet(dir);
  const sockets: Socket[] = [];
  try {
    const program = startIdle(fleet, state, data, 1);
    const { port } = await program.event('ready');
    const pid = program.child.pid!;
    // Once, so that what every process needs is there.
    await connectAll(sockets, port as number, infoHash!, 0, 50);
    await sleep(SETTLE_MS);
    const before = usageOf(pid).ownMib;
    await connectAll(sockets, port as number, infoHash!, 50, count);
    await sleep(SETTLE_MS);
    return ((usageOf(pid).ownMib - before) * 1024) / count;
  } finally {
    for (const socket of sockets) socket.destroy();
    await fleet.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

export async function connectAll(
  sockets: Socket[],
  port: number,
  infoHash: Uint8Array,
  from: number,
  count: number,
): Promise<void> {
  const hello = Buffer.concat([
    Buffer.from('\x13BitTorrent protocol'),
    Buffer.from([0, 0, 0, 0, 0, 0x10, 0, 4]),
    infoHash,
  ]);
  for (let i = from; i < from + count; i++) {
    await new Promise<void>((resolve, reject) => {
      const localAddress = `127.1.${i >> 6}.${1 + (i & 63)}`;
      const socket = connect({ port, host: '127.0.0.1', localAddress });
      sockets.push(socket);
      socket.once('error', reject);
      socket.once('data', () => resolve());
      socket.on('data', () => {});
      socket.once('connect', () => {
        socket.write(Buffer.concat([hello, Buffer.from(`-ID0001-${String(i).padStart(12, '0')}`)]));
        socket.write(Buffer.from([0, 0, 0, 1, 15]));
      });
    });
  }
}
