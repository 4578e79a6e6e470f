// Names on disk: hostile ones stay in their folder, awkward ones are found as they are.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { Bench } from '../interop/harness.ts';
import { encodeBencode } from '../src/ground/bencode.ts';
import { nodeHasher } from '../src/ground/node/hasher.ts';
import { createPrng } from '../src/ground/prng.ts';
import { createAddress } from '../src/ground/address.ts';
import { createPeer, type ShoalPeer } from '../src/peer/peer.ts';

const PIECE = 16_384;

class Setting {
  readonly bench: Bench;
  readonly peers: ShoalPeer[] = [];

  constructor(bench: Bench) {
    this.bench = bench;
  }

  async peer(name: string): Promise<ShoalPeer> {
    const stateDir = join(this.bench.dir, 'state', name);
    const peer = await createPeer({ stateDir, port: 0, host: '127.0.0.1', dht: false, lsd: false });
    this.peers.push(peer);
    return peer;
  }

  path(...parts: string[]): string {
    return join(this.bench.dir, ...parts);
  }

  /** A v1 torrent of those files, and their bytes by index. */
  torrent(name: string, files: readonly (readonly [string | readonly string[], number])[]): Torrent {
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
}

interface Torrent {
  readonly path: string;
  readonly contents: readonly Uint8Array[];
}

async function setting(run: (it: Setting) => Promise<void>): Promise<void> {
  const it = new Setting(await Bench.open());
  try {
    await run(it);
  } finally {
    await Promise.all(it.peers.map((peer) => peer.close()));
    await it.bench.close();
  }
}

function put(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

/** All files below a folder, by their paths. */
function listAll(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

test('paths that climb, are empty, or stand for a file and a folder at once are fetched, and stay in the folder', () =>
  setting(async (it) => {
    const { path, contents } = it.torrent('..', [
      [['..', '..', 'up'], 9000],
      [['', 'one.bin'], 5000],
      [['_', 'one.bin'], 7000],
      [['/etc/passwd'], 100],
      [['a'], 20_000],
      [['a', 'b'], 3],
    ]);
    const places = ['_/_/_/up', '_/_/one.bin', '_/_/one (2).bin', '_/_etc_passwd', '_/a (2)', '_/a/b'];
    const [seeder, getter] = [await it.peer('seeder'), await it.peer('getter')];
    for (const [i, place] of places.entries()) put(it.path('seed', place), contents[i]!);
    const source = await seeder.get(path, { outputDir: it.path('seed') });
    assert.equal((await source.done).downloadBytes, 0);
    const peers = [createAddress('127.0.0.1', seeder.port)!];
    await (await getter.get(path, { outputDir: it.path('deep', 'out'), peers })).done;
    assert.deepEqual(listAll(it.path('deep')), places.map((place) => `out/${place}`).sort());
    for (const [i, place] of places.entries())
      assert.deepEqual(new Uint8Array(readFileSync(it.path('deep', 'out', place))), contents[i]);
  }));
