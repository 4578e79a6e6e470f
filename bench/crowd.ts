/** One seed and fifty peers that only take, the same for every program: how much a seed gives when many ask. */
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { decodeMetainfo } from '../src/data/content/metainfo.ts';
import { toHex } from '../src/ground/bytes.ts';
import { nodeHasher } from '../src/ground/node/hasher.ts';
import { ROOT } from '../scripts/steps.ts';
import { type Client, startSeed, type Task } from './clients.ts';
import { Fleet } from './fleet.ts';
import { makeTorrent } from './torrents.ts';
import type { Measured } from './transfers.ts';
import { MemoryWatch, usageOf } from './usage.ts';

const BLOCK = 16_384;

export async function crowd(
  dir: string,
  file: string,
  client: Client,
  peers: number,
  mibEach: number,
): Promise<Measured> {
  const pieceLength = 2 ** 20;
  const torrent = await makeTorrent({ dir, file, pieceLength });
  const decoded = decodeMetainfo(readFileSync(torrent), nodeHasher);
  if (!decoded.ok) throw new Error('not a torrent');
  const task: Task = { dir, file, torrent };
  const fleet = new Fleet(dir);
  try {
    const seed = await startSeed(fleet, client, task);
    const memory = new MemoryWatch([seed.program.child.pid!]);
    const blocks = (mibEach * 2 ** 20) / BLOCK;
    const args = [seed.port, toHex(decoded.value.infoHashV1!), peers, blocks, pieceLength].map(String);
    const drain = fleet.start('drain', process.execPath, [join(ROOT, 'bench', 'drain.ts'), ...args]);
    const { seconds } = await drain.event('done', 300_000);
    const failed = drain.events.find(({ event }) => event === 'failed');
    if (failed !== undefined) throw new Error(`${failed.message}`);
    const usage = usageOf(seed.program.child.pid!);
    const gib = (peers * mibEach) / 1024;
    return {
      value: (gib * 1024) / (seconds as number),
      cpuSecondsPerGib: [usage.cpuSeconds / gib],
      peakMib: [usage.peakMib],
      ownMib: memory.stop(),
      delays: [await fleet.delays(seed.program)],
    };
  } finally {
    await fleet.stop();
  }
}
