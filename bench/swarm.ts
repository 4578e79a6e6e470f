/**
 * A small crowd of real processes: one seed and ten peers, every uplink limited, introduced by a tracker. The value is
 * when the last one had all, as a multiple of the fluid bound F/u: what `npm run sim -- crowd` says of the same crowd.
 */
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Client, order, QUIET, SHOAL, startLibtorrent } from './clients.ts';
import { Fleet } from './fleet.ts';
import { makeTorrent } from './torrents.ts';
import type { Measured } from './transfers.ts';

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
    /** Resolves when it serves; `done` when it has all. */
    const startOne = async (name: string, out: string): Promise<{ readonly done: Promise<unknown> }> => {
      const isSeed = name === 'seed';
      if (client !== 'shoal') {
        const { program } = await startLibtorrent(fleet, client, name);
        const what = { torrent, folder: out, announces: true, limitUp: upLimit };
        if (!isSeed) return { done: order(program, { do: 'get', ...what }, 'complete') };
        await order(program, { do: 'seed', ...what }, 'seeding');
        return { done: Promise.resolve() };
      }
      const args = isSeed
        ? ['share', torrent, '--dir', out]
        : ['get', torrent, '-o', out, '--seed-time', '300'];
      const all = [SHOAL, ...args, ...limits, ...state(name), ...QUIET];
      const program = fleet.start(name, process.execPath, all);
      if (!isSeed) return { done: program.event('complete', 300_000) };
      await program.event('ready');
      return { done: Promise.resolve() };
    };
    await startOne('seed', dirname(file));
    const started = performance.now();
    const fetching: Promise<unknown>[] = [];
    for (let i = 0; i < peers; i++) {
      const out = join(folder, `out-${i}`);
      mkdirSync(out);
      fetching.push((await startOne(`peer-${i}`, out)).done);
    }
    await Promise.all(fetching);
    const seconds = (performance.now() - started) / 1000;
    return { value: seconds / (statSync(file).size / upLimit) };
  } finally {
    await fleet.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
