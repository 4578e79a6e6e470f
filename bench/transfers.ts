/**
 * Transfers between fresh processes: seeds of one program, a peer of the same or another; every result is compared byte for
 * byte once. Both sides are cold, as users start them, but for the seed's data, which was checked before the clock starts.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Client, type Seed, SHOAL, startPeer, startSeed, type Task } from './clients.ts';
import { type Delays, Fleet, sleep } from './fleet.ts';
import { LoopbackClock } from './loopback.ts';
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
  /** Both sides insist on RC4. */
  readonly isEncrypted?: boolean;
}

export const mibOf = (file: string): number => statSync(file).size / 2 ** 20;

const checked = new Set<string>();

/** Once a kind: what came is what was sent. */
export function compareOnce(kind: string, file: string, out: string): void {
  const key = `${kind} ${file}`;
  if (!checked.has(key)) execFileSync('cmp', [file, join(out, basename(file))]);
  checked.add(key);
}

/** MiB a second, from the first bytes on the wire until the peer says that it has all. */
export async function transfer(job: TransferJob, seedClient: Client, peerClient: Client): Promise<Measured> {
  return withSeeds(job, seedClient, peerClient, async (fleet, task, out, seeds) => {
    const clock = new LoopbackClock();
    try {
      const ports = seeds.map(({ port }) => port);
      const { program, completed, saved } = await startPeer(fleet, peerClient, task, out, ports);
      const pids = [program, ...seeds.map((seed) => seed.program)].map(({ child }) => child.pid!);
      const memory = new MemoryWatch(pids);
      const [began, ended] = await Promise.all([clock.began(), completed]);
      const [peer, ...others] = pids.map(usageOf);
      const own = memory.stop();
      await saved?.();
      const gib = mibOf(job.file) / 1024;
      const seedSeconds = others.reduce((sum, seed) => sum + seed.cpuSeconds, 0);
      return {
        value: (gib * 1024 * 1000) / (ended - began),
        cpuSecondsPerGib: [peer!.cpuSeconds / gib, seedSeconds / gib],
        peakMib: [peer!.peakMib, Math.max(...others.map((seed) => seed.peakMib))],
        ownMib: [own[0]!, Math.max(...own.slice(1))],
        delays: [await fleet.delays(program), await fleet.delays(seeds[0]!.program)],
      };
    } finally {
      clock.close();
    }
  });
}

/** Milliseconds from the start of the command that fetches until it has ended by itself. */
export async function wholeCommand(job: TransferJob, client: Client): Promise<Measured> {
  return withSeeds(job, client, client, async (fleet, task, out, seeds) => {
    const started = performance.now();
    const ports = seeds.map(({ port }) => port);
    const { program, completed } = await startPeer(fleet, client, task, out, ports, { stays: false });
    completed.catch(() => {});
    const status = await program.exited;
    if (status !== 0) throw new Error(`it ended with ${status}: ${program.output.slice(-500)}`);
    return { value: performance.now() - started };
  });
}

async function withSeeds(
  job: TransferJob,
  seedClient: Client,
  peerClient: Client,
  measure: (fleet: Fleet, task: Task, out: string, seeds: readonly Seed[]) => Promise<Measured>,
): Promise<Measured> {
  const out = join(job.dir, 'out');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  const fleet = new Fleet(job.dir);
  try {
    const usesAria2 = seedClient === 'aria2' || peerClient === 'aria2';
    const torrent = await makeTorrent(job);
    const task: Task = {
      dir: job.dir,
      file: job.file,
      torrent,
      isEncrypted: job.isEncrypted === true,
      ...(usesAria2 ? { announced: await announced(fleet, job) } : {}),
    };
    const seeds: Seed[] = [];
    for (let i = 0; i < (job.seeds ?? 1); i++) seeds.push(await startSeed(fleet, seedClient, task, i));
    const measured = await measure(fleet, task, out, seeds);
    compareOnce(
      `${seedClient} ${peerClient} ${job.pieceLength} ${job.version} ${job.isEncrypted}`,
      job.file,
      out,
    );
    return measured;
  } finally {
    await fleet.stop();
    rmSync(out, { recursive: true, force: true });
  }
}

/** aria2 knows peers from trackers alone: Shoal's tracker introduces them. */
async function announced(fleet: Fleet, job: TransferJob): Promise<string> {
  const args = [SHOAL, 'tracker', '--port', '0', '--interval', '30', '--json'];
  const tracker = fleet.start('tracker', process.execPath, args);
  const { port } = await tracker.event('ready');
  await sleep(50);
  return makeTorrent(job, `http://127.0.0.1:${port}/announce`);
}
