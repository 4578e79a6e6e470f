/** Transfers: seeds of one program, a peer of the same or another, every result compared byte for byte once. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT } from '../scripts/steps.ts';
import {
  type Client,
  type Delays,
  Fleet,
  type Seed,
  sleep,
  startPeer,
  startSeed,
  type Task,
} from './clients.ts';
import { makeTorrent, type TorrentVersion } from './torrents.ts';
import { MemoryWatch, usageOf } from './usage.ts';

export interface Measured {
  /** MiB a second, unless the row says otherwise. */
  readonly value: number;
  /** Peer, then seeds; or the one process. */
  readonly cpuSecondsPerGib?: readonly number[];
  /** Everything resident, peer and the largest seed. */
  readonly peakMib?: readonly number[];
  /** The same without files that are mapped. */
  readonly ownMib?: readonly number[];
  /** Of the event loops of Node programs. */
  readonly delays?: readonly (Delays | undefined)[];
}

export interface TransferJob {
  readonly dir: string;
  readonly file: string;
  readonly pieceLength: number;
  readonly version?: TorrentVersion;
  readonly seeds?: number;
}

const checked = new Set<string>();

export async function transfer(job: TransferJob, seedClient: Client, peerClient: Client): Promise<Measured> {
  const out = join(job.dir, 'out');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  const fleet = new Fleet(job.dir);
  try {
    const measured = await run(fleet, job, out, seedClient, peerClient);
    const key = `${seedClient} ${peerClient} ${job.file} ${job.pieceLength} ${job.version}`;
    if (!checked.has(key)) execFileSync('cmp', [job.file, join(out, basename(job.file))]);
    checked.add(key);
    return measured;
  } finally {
    await fleet.stop();
    rmSync(out, { recursive: true, force: true });
  }
}

async function run(
  fleet: Fleet,
  job: TransferJob,
  out: string,
  seedClient: Client,
  peerClient: Client,
): Promise<Measured> {
  const usesAria2 = seedClient === 'aria2' || peerClient === 'aria2';
  const torrent = await makeTorrent(job);
  const task: Task = {
    dir: job.dir,
    file: job.file,
    torrent,
    ...(usesAria2 ? { announced: await announced(fleet, job) } : {}),
  };
  const seeds: Seed[] = [];
  for (let i = 0; i < (job.seeds ?? 1); i++) seeds.push(await startSeed(fleet, seedClient, task, i));
  const { program, seconds } = await startPeer(
    fleet,
    peerClient,
    task,
    out,
    seeds.map(({ port }) => port),
  );
  const pids = [program, ...seeds.map((seed) => seed.program)].map(({ child }) => child.pid!);
  const memory = new MemoryWatch(pids);
  const took = await seconds;
  const [peer, ...others] = pids.map(usageOf);
  const own = memory.stop();
  const gib = statSync(job.file).size / 2 ** 30;
  const delays = [await fleet.delays(program), await fleet.delays(seeds[0]!.program)];
  return {
    value: (gib * 1024) / took,
    cpuSecondsPerGib: [peer!.cpuSeconds / gib, others.reduce((sum, seed) => sum + seed.cpuSeconds, 0) / gib],
    peakMib: [peer!.peakMib, Math.max(...others.map((seed) => seed.peakMib))],
    ownMib: [own[0]!, Math.max(...own.slice(1))],
    delays,
  };
}

/** aria2 knows peers from trackers alone: Shoal's tracker introduces them. */
async function announced(fleet: Fleet, job: TransferJob): Promise<string> {
  const main = join(ROOT, 'dist', 'app', 'main.js');
  const args = [main, 'tracker', '--port', '0', '--interval', '30', '--json'];
  const tracker = fleet.start('tracker', process.execPath, args);
  const { port } = await tracker.event('ready');
  await sleep(50);
  return makeTorrent(job, `http://127.0.0.1:${port}/announce`);
}
