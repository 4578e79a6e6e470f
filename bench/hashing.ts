/** Creating and verifying, beside the machine's limit and libtorrent. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PYTHON } from '../testkit/bench.ts';
import { ROOT } from '../scripts/steps.ts';
import { type Client, order, SHOAL, startLibtorrent } from './clients.ts';
import { Fleet } from './fleet.ts';
import { makeTorrent, type TorrentVersion } from './torrents.ts';
import { type Measured, mibOf } from './transfers.ts';
import { usageOf } from './usage.ts';

export type Hasher = Client | 'limit';

const PIECE_LENGTH = 2 ** 20;

/** Hashing alone, in a process of its own, as libtorrent's Python binding offers it. */
const LIBTORRENT_CREATE = `
import libtorrent as lt, sys, os, time
path, flags, length = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
fs = lt.file_storage(); lt.add_files(fs, path)
t = lt.create_torrent(fs, length, flags=flags)
started = time.monotonic()
lt.set_piece_hashes(t, os.path.dirname(path))
print(time.monotonic() - started)
`;
const LIBTORRENT_FLAGS = { v1: 64, v2: 32, hybrid: 0 };

async function limit(dir: string, file: string, mode: TorrentVersion): Promise<Measured> {
  const fleet = new Fleet(dir);
  const program = fleet.start('limit', process.execPath, [join(ROOT, 'bench', 'hash-limit.ts'), file, mode]);
  const { seconds } = await program.event('done');
  return { value: mibOf(file) / (seconds as number) };
}

/** A Shoal command that tells the seconds it worked; starting Node is measured by itself. */
async function shoal(dir: string, file: string, event: string, args: readonly string[]): Promise<Measured> {
  const fleet = new Fleet(dir);
  const program = fleet.node(event, [SHOAL, ...args, '--json']);
  let peakMib = 0;
  const watch = setInterval(() => {
    try {
      peakMib = Math.max(peakMib, usageOf(program.child.pid!).peakMib);
    } catch {
      // It has just ended.
    }
  }, 5);
  try {
    const { seconds } = await program.event(event);
    await program.exited;
    const delays = await fleet.delays(program);
    return { value: mibOf(file) / (seconds as number), peakMib: [peakMib], delays: [delays] };
  } finally {
    clearInterval(watch);
  }
}

export async function create(
  dir: string,
  file: string,
  version: TorrentVersion,
  hasher: Hasher,
): Promise<Measured> {
  if (hasher === 'limit') return limit(dir, file, version);
  if (hasher === 'shoal') {
    const out = join(dir, 'created.torrent');
    rmSync(out, { force: true });
    return shoal(dir, file, 'created', ['create', file, `--${version}`, '--piece-length', '1M', '-o', out]);
  }
  const args = ['-c', LIBTORRENT_CREATE, file, `${LIBTORRENT_FLAGS[version]}`, `${PIECE_LENGTH}`];
  return { value: mibOf(file) / Number(execFileSync(PYTHON, args, { encoding: 'utf8' })) };
}

export async function verify(dir: string, file: string, hasher: Hasher): Promise<Measured> {
  const torrent = await makeTorrent({ dir, file, pieceLength: PIECE_LENGTH });
  if (hasher === 'limit') return limit(dir, file, 'v1');
  if (hasher === 'shoal') return shoal(dir, file, 'verified', ['verify', torrent, dirname(file)]);
  const fleet = new Fleet(dir);
  try {
    if (hasher === 'aria2') {
      const started = performance.now();
      const args = [
        '--hash-check-only=true',
        '--check-integrity=true',
        '--enable-dht=false',
        '--enable-dht6=false',
      ];
      await fleet.start('aria2', 'aria2c', [...args, '--seed-time=0', `--dir=${dirname(file)}`, torrent])
        .exited;
      return { value: mibOf(file) / ((performance.now() - started) / 1000) };
    }
    const { program } = await startLibtorrent(fleet, hasher, 'libtorrent');
    const { seconds } = await order(program, { do: 'verify', torrent, folder: dirname(file) }, 'verified');
    return { value: mibOf(file) / seconds };
  } finally {
    await fleet.stop();
  }
}
