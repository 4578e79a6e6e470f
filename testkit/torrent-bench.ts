/**
 * Peers that share torrents of random files, in one temporary folder: what tests of data on a disk begin with. All of
 * it is gone when `run` of `withTorrents` returns.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodeBencode } from '../src/ground/bencode.ts';
import { nodeHasher } from '../src/ground/node/hasher.ts';
import { createPrng } from '../src/ground/prng.ts';
import { type Address, createAddress } from '../src/ground/address.ts';
import { readTorrentFile } from '../src/systems/torrents/share/link-source.ts';
import { createPeer, type ShoalPeer } from '../src/systems/torrents/share/peer.ts';
import type { Share } from '../src/systems/torrents/share/share.ts';
import { Bench } from './bench.ts';

export const PIECE = 16_384;

export class TorrentBench {
  readonly bench: Bench;
  readonly peers: ShoalPeer[] = [];
  /** The notices of the shares of `get`. */
  readonly notices: string[] = [];

  constructor(bench: Bench) {
    this.bench = bench;
  }

  /** @param uploadLimit bytes a second */
  async peer(name: string, uploadLimit: number = Number.POSITIVE_INFINITY): Promise<ShoalPeer> {
    const stateDir = join(this.bench.dir, 'state', name);
    const quiet = { host: '127.0.0.1', dht: false, lsd: false };
    const peer = await createPeer({ stateDir, port: 0, ...quiet, uploadLimit });
    this.peers.push(peer);
    return peer;
  }

  path(...parts: string[]): string {
    return join(this.bench.dir, ...parts);
  }

  /** A v1 torrent of those files, and their bytes by index. */
  torrent(name: string, files: readonly (readonly [string | readonly string[], number])[]): MadeTorrent {
    const contents = files.map(([, length], i) => createPrng(i + 1).fill(new Uint8Array(length)));
    const all = Buffer.concat(contents);
    const hashes: Uint8Array[] = [];
    for (let at = 0; at < all.length; at += PIECE) hashes.push(nodeHasher.sha1(all.subarray(at, at + PIECE)));
    const paths = files.map(([path]) => (typeof path === 'string' ? path.split('/') : path));
    const info = {
      name,
      'piece length': PIECE,
      pieces: new Uint8Array(Buffer.concat(hashes)),
      files: paths.map((path, i) => ({ length: files[i]![1], path })),
    };
    const path = this.path(`${this.#torrents++}.torrent`);
    writeFileSync(path, encodeBencode({ info }));
    return { path, contents };
  }
  #torrents = 0;

  /** A folder of files of those sizes. */
  async data(...sizes: number[]): Promise<string> {
    const root = await this.bench.folder('origin/data');
    for (const [i, size] of sizes.entries())
      writeFileSync(join(root, `f${i}`), createPrng(i + 1).fill(new Uint8Array(size)));
    return root;
  }

  /** Fetches a share from the peer that has it. */
  async get(
    peer: ShoalPeer,
    source: Share,
    from: ShoalPeer,
    out: string,
    select?: Set<number>,
  ): Promise<Share> {
    const link = source.magnet([createAddress('127.0.0.1', from.port)!]);
    const share = await peer.get(link, {
      outputDir: out,
      ...(select === undefined ? {} : { select: () => select }),
    });
    share.onNotice = (message) => this.notices.push(message);
    return share;
  }
}

/** Bytes a second of a seed until enough has come for what is tried in mid-download. */
export const SLOW = 150_000;

/** Next to nothing: a piece takes half a minute. However busy the machine, no file gets whole meanwhile. */
export function hold(seeder: ShoalPeer): void {
  seeder.setLimits({ download: Number.POSITIVE_INFINITY, upload: 2_000 });
}

export function hurry(seeder: ShoalPeer): void {
  seeder.setLimits({ download: Number.POSITIVE_INFINITY, upload: Number.POSITIVE_INFINITY });
}

export interface MadeTorrent {
  readonly path: string;
  readonly contents: readonly Uint8Array[];
}

export async function withTorrents(run: (it: TorrentBench) => Promise<void>): Promise<void> {
  const it = new TorrentBench(await Bench.open());
  try {
    await run(it);
  } finally {
    await Promise.all(it.peers.map((peer) => peer.close()));
    await it.bench.close();
  }
}

export function put(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

/** All files below a folder, by their paths. */
export function listAll(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** A share of five files, its data for a seed, and a peer that has it. */
export async function withSeed(it: TorrentBench): Promise<{ torrent: MadeTorrent; peers: Address[] }> {
  const torrent = it.torrent('set', [
    ['one.bin', 9000],
    ['readme.nfo', 5000],
    ['three.bin', 40_000],
    ['four.bin', 200_000],
    ['five.bin', 70_000],
  ]);
  for (const [i, name] of NAMES.entries()) put(it.path('seed', 'set', name), torrent.contents[i]!);
  const seeder = await it.peer('seeder');
  await seeder.seed(await readTorrentFile(torrent.path), it.path('seed'));
  return { torrent, peers: [createAddress('127.0.0.1', seeder.port)!] };
}

/** The files of `withSeed`. */
export const NAMES: readonly string[] = ['one.bin', 'readme.nfo', 'three.bin', 'four.bin', 'five.bin'];

export function assertWhole(root: string, { contents }: MadeTorrent): void {
  for (const [i, name] of NAMES.entries())
    assert.deepEqual(new Uint8Array(readFileSync(join(root, name))), contents[i], name);
}
