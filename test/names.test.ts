// Names on disk: hostile ones stay in their folder, awkward ones are found as they are.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { Bench } from '../testkit/bench.ts';
import { encodeBencode } from '../src/ground/bencode.ts';
import { nodeHasher } from '../src/ground/node/hasher.ts';
import { createPrng } from '../src/ground/prng.ts';
import { createAddress } from '../src/ground/address.ts';
import { readTorrentFile } from '../src/peer/link-source.ts';
import { createPeer, type ShoalPeer } from '../src/peer/peer.ts';
import { Session } from '../src/session/session.ts';

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

/** Names that Linux has and other systems do not: each of them once made a share fail. */
const AWKWARD: readonly string[] = [
  'Who?.txt',
  'a: b',
  'star * and |',
  '"quoted" <x>',
  'back\\slash',
  'dot.',
  'space ',
  'con',
  'nul.txt',
  'README',
  'readme',
  'bell\u0007',
  `${'long '.repeat(50)}.bin`,
  'sub? /x',
];

/** Runs a daemon's session, and ends it. */
async function inSession<T>(it: Setting, name: string, work: (session: Session) => Promise<T>): Promise<T> {
  const peer = await it.peer(name);
  const session = new Session(peer, { downloadDir: it.path('dl') });
  await session.start();
  try {
    return await work(session);
  } finally {
    await session.close();
    it.peers.splice(it.peers.indexOf(peer), 1);
  }
}

async function untilAllSeed(session: Session, count: number): Promise<void> {
  const isSo = (): boolean => {
    const failed = session.all.find(({ failure }) => failure !== undefined);
    if (failed !== undefined) throw failed.failure!;
    return session.all.length === count && session.all.every(({ share }) => share?.phase === 'seeding');
  };
  const signal = AbortSignal.timeout(60_000);
  await new Promise<void>((resolve, reject) => {
    const look = (): void => {
      try {
        if (isSo()) resolve();
      } catch (error) {
        reject(error as Error);
      }
    };
    session.listen(look);
    signal.addEventListener('abort', () => reject(signal.reason as Error));
    look();
  });
}

const onLinux = { skip: process.platform === 'linux' ? false : 'names that only Linux has' };

test('folders with awkward names are shared in place, and again after a restart and a recheck', onLinux, () =>
  setting(async (it) => {
    const roots = ['Plain', 'Odd: folder?', 'dot.', 'nested/nested'].map((name) => it.path('own', name));
    for (const [n, root] of roots.entries())
      for (const [i, name] of AWKWARD.entries()) put(join(root, name), Uint8Array.of(n, i));
    // A folder that holds another of its own name.
    roots[3] = dirname(roots[3]!);
    put(join(roots[3], 'beside'), Uint8Array.of(1));
    await inSession(it, 'owner', async (session) => {
      for (const root of roots) await session.addPath(root);
      await untilAllSeed(session, roots.length);
    });
    await inSession(it, 'owner', async (session) => {
      await untilAllSeed(session, roots.length);
      for (const held of session.all) await session.verify(held);
      await untilAllSeed(session, roots.length);
      assert.deepEqual(
        session.all.map(({ entry }) => entry.folder),
        roots,
      );
    });
    for (const root of roots.slice(0, 3)) assert.deepEqual(listAll(root), [...AWKWARD].sort());
  }),
);

test(
  'data under awkward names that another client fetched is verified, seeded, and fetched no more',
  onLinux,
  () =>
    setting(async (it) => {
      const files = AWKWARD.map((name) => [name, PIECE] as const);
      const { path, contents } = it.torrent('What? A "Test".', files);
      const root = it.path('data', 'What? A "Test".');
      for (const [i, name] of AWKWARD.entries()) put(join(root, name), contents[i]!);
      for (const dir of [it.path('data'), root]) {
        const verify = it.bench.shoal(['verify', path, dir]);
        assert.equal(await verify.exited, 0, verify.output);
      }
      const seeder = await it.peer('seeder');
      cpSync(it.path('data'), it.path('copy'), { recursive: true });
      const seeded = await seeder.seed(await readTorrentFile(path), it.path('copy'));
      assert.equal(seeded.phase, 'seeding');
      const getter = await it.peer('getter');
      const share = await getter.get(path, { outputDir: it.path('data') });
      const result = await share.done;
      assert.deepEqual([result.path, result.downloadBytes], [root, 0]);
      await share.stop();
      // One that is missing comes to the others: under the name that it is known to have had, or under a safe one.
      const peers = [createAddress('127.0.0.1', seeder.port)!];
      for (const [peer, name] of [
        [getter, 'Who?.txt'],
        [await it.peer('another'), 'Who_.txt'],
      ] as const) {
        rmSync(join(root, 'Who?.txt'));
        const again = await peer.get(path, { outputDir: it.path('data'), peers });
        await again.done;
        assert.deepEqual(new Uint8Array(readFileSync(join(root, name))), contents[0]);
        assert.equal(listAll(root).length, AWKWARD.length);
        await again.stop();
      }
    }),
);

test('what was created is verified, whatever its name', onLinux, () =>
  setting(async (it) => {
    const root = it.path('own', 'Odd: folder?');
    for (const [i, name] of AWKWARD.entries()) put(join(root, name), Uint8Array.of(i));
    const torrent = it.path('own.torrent');
    assert.equal(await it.bench.shoal(['create', root, '-o', torrent]).exited, 0);
    for (const dir of [root, it.path('own')]) {
      const verify = it.bench.shoal(['verify', torrent, dir]);
      assert.equal(await verify.exited, 0, verify.output);
    }
  }),
);

test('verify tells wrong from missing, short, and not judged', () =>
  setting(async (it) => {
    const { path, contents } = it.torrent('set', [
      ['one.bin', 9000],
      ['readme.nfo', 5000],
      ['three.bin', 40_000],
      ['four.bin', 60_000],
      ['five.bin', 60_000],
    ]);
    const root = it.path('data', 'set');
    put(join(root, 'one.bin'), contents[0]!);
    put(join(root, 'three.bin'), contents[2]!);
    put(
      join(root, 'four.bin'),
      contents[3]!.map((byte, i) => (i === 30_000 ? byte ^ 1 : byte)),
    );
    put(join(root, 'five.bin'), contents[4]!.subarray(0, 50_000));
    const verify = it.bench.shoal(['verify', path, it.path('data')]);
    assert.equal(await verify.exited, 1);
    const files = verify.events.filter(({ event }) => event === 'file');
    assert.deepEqual(
      files.map(({ path: name, state }) => [name, state]),
      [
        ['one.bin', 'unjudged'],
        ['readme.nfo', 'missing'],
        ['three.bin', 'unjudged'],
        ['four.bin', 'wrong'],
        ['five.bin', 'short'],
      ],
    );
    const { goodPieces, wrongPieces, unjudgedPieces, badPieces } = verify.events.at(-1)!;
    assert.deepEqual([goodPieces, wrongPieces, unjudgedPieces, badPieces], [8, 1, 2, 3]);
    const peer = await it.peer('peer');
    const metainfo = await readTorrentFile(path);
    const { isWhole, path: place } = await peer.verify(metainfo, it.path('data'));
    assert.deepEqual([isWhole, place], [false, root]);
    await assert.rejects(peer.seed(metainfo, it.path('data')), {
      code: 'data-mismatch',
      message: /8 of 11 pieces are right, 1 wrong, 2 not judged \(readme\.nfo is missing, and 2 more\)/,
    });
  }));
