/**
 * Transfers between programs that have been up for a while: both sides have just carried another torrent, so that code is
 * compiled, memory touched, threads started. One pair of processes carries all sizes, one after the other.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Client, isSaved, order, SHOAL, startLibtorrent } from './clients.ts';
import { Fleet } from './fleet.ts';
import { LoopbackClock } from './loopback.ts';
import { ShoalDaemon } from './shoal-daemon.ts';
import { makeTorrent } from './torrents.ts';
import { compareOnce, type Measured, mibOf } from './transfers.ts';

const PIECE_LENGTH = 2 ** 20;

/** A program that is up: seeds, fetches, and goes on to the next. */
interface WarmPeer {
  readonly port: number;
  seed(torrent: string, folder: string): Promise<void>;
  /** Resolves when it says that all is there. */
  get(torrent: string, folder: string, port: number): Promise<void>;
  /** Resolves when the last bytes are in the files. */
  saved(torrent: string): Promise<unknown>;
}

/**
 * MiB a second for each of `files`, in their order.
 * @param before what both sides carry first, which is not measured
 */
export async function warmTransfers(
  dir: string,
  client: Client,
  before: string,
  files: readonly string[],
): Promise<Measured[]> {
  const fleet = new Fleet(dir);
  try {
    const [seed, peer] = [await start(fleet, dir, client, 'seed'), await start(fleet, dir, client, 'peer')];
    const measured: Measured[] = [];
    for (const [nth, file] of [before, ...files].entries()) {
      const torrent = await makeTorrent({ dir, file, pieceLength: PIECE_LENGTH });
      await seed.seed(torrent, dirname(file));
      const out = join(dir, `warm-${nth}`);
      rmSync(out, { recursive: true, force: true });
      mkdirSync(out);
      const clock = new LoopbackClock();
      try {
        const completed = peer.get(torrent, out, seed.port).then(() => performance.now());
        const [began, ended] = await Promise.all([clock.began(), completed]);
        if (nth > 0) measured.push({ value: (mibOf(file) * 1000) / (ended - began) });
        await peer.saved(torrent);
        compareOnce(`warm ${client}`, file, out);
      } finally {
        clock.close();
        rmSync(out, { recursive: true, force: true });
      }
    }
    return measured;
  } finally {
    await fleet.stop();
  }
}

async function start(fleet: Fleet, dir: string, client: Client, name: string): Promise<WarmPeer> {
  if (client === 'shoal') {
    const daemon = await ShoalDaemon.start(fleet, SHOAL, join(dir, `state-warm-${name}`));
    return {
      port: daemon.peerPort,
      seed: (torrent, dataFolder) => daemon.add(torrent, { dataFolder }),
      get: (torrent, folder, port) => daemon.add(torrent, { folder, peers: [`127.0.0.1:${port}`] }),
      saved: async () => {},
    };
  }
  const { program, port } = await startLibtorrent(fleet, client, name);
  return {
    port,
    seed: async (torrent, folder) => {
      await order(program, { do: 'seed', torrent, folder }, 'seeding');
    },
    get: async (torrent, folder, from) => {
      await order(program, { do: 'get', torrent, folder, peers: [`127.0.0.1:${from}`] }, 'complete');
    },
    saved: (torrent) => isSaved(program, torrent),
  };
}
