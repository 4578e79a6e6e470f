/** Memory over a long transfer: 20 GiB of a sparse file, from disk to disk. */
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startPeer, startSeed } from './clients.ts';
import { Fleet, sleep } from './fleet.ts';
import { makeTorrent } from './torrents.ts';
import type { Measured } from './transfers.ts';
import { usageOf } from './usage.ts';

/** The value is by how many MiB the mean of the last quarter exceeds that of the second, own memory, the worse of both sides. */
export async function endurance(dir: string, gib: number): Promise<Measured> {
  const out = join(dir, 'out');
  mkdirSync(out, { recursive: true });
  const file = join(dir, 'sparse');
  const fd = openSync(file, 'w');
  ftruncateSync(fd, gib * 2 ** 30);
  closeSync(fd);
  const fleet = new Fleet(dir);
  try {
    const task = { dir, file, torrent: await makeTorrent({ dir, file, pieceLength: 2 ** 22 }) };
    const seed = await startSeed(fleet, 'shoal', task);
    const { program, completed } = await startPeer(fleet, 'shoal', task, out, [seed.port]);
    const pids = [program.child.pid!, seed.program.child.pid!];
    const samples: number[][] = [];
    let isDone = false;
    const ended = completed.finally(() => (isDone = true));
    ended.catch(() => {});
    while (!isDone) {
      samples.push(pids.map((pid) => usageOf(pid).ownMib));
      await sleep(100);
    }
    await ended;
    const quarter = samples.length >> 2;
    const mean = (part: readonly number[][], side: number): number =>
      part.reduce((sum, sample) => sum + sample[side]!, 0) / part.length;
    const growth = pids.map(
      (_, side) => mean(samples.slice(-quarter), side) - mean(samples.slice(quarter, 2 * quarter), side),
    );
    return {
      value: Math.max(...growth),
      peakMib: pids.map((pid) => usageOf(pid).peakMib),
      ownMib: pids.map((_, side) => Math.max(...samples.map((sample) => sample[side]!))),
      delays: [await fleet.delays(program), await fleet.delays(seed.program)],
    };
  } finally {
    await fleet.stop();
    rmSync(out, { recursive: true, force: true });
    rmSync(file, { force: true });
  }
}
