/** The trackers that `bench/tracker.ts` compares, behind one face, and what they and the flood must agree about. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toHex } from '../src/ground/bytes.ts';
import { createPrng } from '../src/ground/prng.ts';
import { PROGRAMS } from '../testkit/bench.ts';
import { Program } from '../testkit/program.ts';
import { SHOAL } from './clients.ts';

export type Tracker = 'shoal' | 'before' | 'opentracker' | 'bittorrent-tracker' | 'echo';

/** Asked for in every announce: what Shoal and npm bittorrent-tracker give where nobody says a number. */
export const NUM_WANT = 50;

/** The info hash of swarm `index`: the same in every process. */
export function floodHash(index: number): Uint8Array {
  return createPrng(index + 1).fill(new Uint8Array(20));
}

export interface TrackerPlace {
  /** A folder of its own. */
  readonly dir: string;
  readonly host: '127.0.0.1' | '::1';
  readonly port: number;
  readonly hashes: number;
  /** The command line of another build of Shoal. */
  readonly before: string | undefined;
}

export function startTracker(tracker: Tracker, place: TrackerPlace): Program {
  const { host } = place;
  const port = `${place.port}`;
  const node = (...args: string[]): Program => new Program(tracker, process.execPath, args);
  if (tracker === 'echo')
    return node(join(import.meta.dirname, 'tracker-echo.ts'), '--host', host, '--port', port);
  if (tracker === 'bittorrent-tracker') return node(join(PROGRAMS, 'bittorrent-tracker.mjs'), port);
  if (tracker === 'opentracker') return startOpentracker(place);
  const main = tracker === 'shoal' ? SHOAL : place.before!;
  return node(main, 'tracker', '--port', port, '--state', join(place.dir, 'state'), '--json');
}

/** It drops its rights and its root folder, so its list must lie in a folder that all may read. */
function startOpentracker({ dir, host, port, hashes }: TrackerPlace): Program {
  mkdirSync(dir, { recursive: true });
  chmodSync(dir, 0o755);
  const list = Array.from({ length: hashes + 1 }, (_, i) => `${toHex(floodHash(i))}\n`).join('');
  writeFileSync(join(dir, 'whitelist'), list);
  const where = ['-i', host, '-p', `${port}`, '-P', `${port}`];
  return new Program('opentracker', 'opentracker', [...where, '-w', 'whitelist', '-d', dir]);
}
