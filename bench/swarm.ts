/**
 * A small crowd of real processes: one seed and ten peers, every uplink limited, introduced by a tracker. The value is
 * when the last one had all, as a multiple of the fluid bound F/u: what `npm run sim -- crowd` says of the same crowd.
 */
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { freePort, LIBTORRENT_PEER, PYTHON } from '../testkit/bench.ts';
import type { Program } from '../testkit/program.ts';
import { type Client, Fleet, SHOAL } from './clients.ts';
import { makeTorrent } from './torrents.ts';
import type { Measured } from './transfers.ts';

const QUIET = ['--no-dht', '--no-lsd', '--json'];

/** @param upLimit bytes a second of every member */
export async function swarm(
  dir: string,
  file: string,
  client: Client,
  peers: number,
  upLimit: number,
): Promise<Measured> {
  const fleet = new Fleet(dir);
  const folder = join(dir, 'swarm');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  try {
    const state = (name: string): string[] => ['--state', join(folder, `state-${name}`)];
    const tracker = fleet.start('tracker', process.execPath, [
      SHOAL,
      'tracker',
      '--port',
      '0',
      '--interval',
      '10',
      '--json',
    ]);
    const { port } = await tracker.event('ready');
    const torrent = await makeTorrent(
      { dir, file, pieceLength: 65_536 },
      `http://127.0.0.1:${port}/announce`,
    );
    const limits = ['--port', '0', '--limit-up', `${upLimit}`];
    const startOne = async (name: string, out: string): Promise<Program> => {
      const isSeed = name === 'seed';
      if (client !== 'shoal') {
        const args = [
          LIBTORRENT_PEER,
          '--port',
          `${await freePort()}`,
          '--save',
          out,
          '--torrent',
          torrent,
          '--tuned',
          '--limit-up',
          `${upLimit}`,
        ];
        return fleet.start(name, PYTHON, isSeed ? [...args, '--seed'] : args);
      }
      const args = isSeed
        ? ['share', torrent, '--dir', out]
        : ['get', torrent, '-o', out, '--seed-time', '300'];
      return fleet.start(name, process.execPath, [SHOAL, ...args, ...limits, ...state(name), ...QUIET]);
    };
    const seed = await startOne('seed', dirname(file));
    await seed.event('ready');
    const started = performance.now();
    const fetching: Promise<unknown>[] = [];
    for (let i = 0; i < peers; i++) {
      const out = join(folder, `out-${i}`);
      mkdirSync(out);
      const program = await startOne(`peer-${i}`, out);
      fetching.push(program.event(client === 'shoal' ? 'complete' : 'done', 300_000));
    }
    await Promise.all(fetching);
    const seconds = (performance.now() - started) / 1000;
    return { value: seconds / (statSync(file).size / upLimit) };
  } finally {
    await fleet.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
