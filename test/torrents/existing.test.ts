// Data that is there already: under awkward names, half of it, or something else under the same name.
import assert from 'node:assert/strict';
import {
  cpSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { Bench } from '../../testkit/bench.ts';
import { encodeBencode } from '../../src/ground/bencode.ts';
import { nodeHasher } from '../../src/ground/node/hasher.ts';
import { createPrng } from '../../src/ground/prng.ts';
import { type Address, createAddress } from '../../src/ground/address.ts';
import { readTorrentFile } from '../../src/systems/torrents/share/link-source.ts';
import { createPeer, type ShoalPeer } from '../../src/systems/torrents/share/peer.ts';
import { Roster } from '../../src/systems/torrents/roster/roster.ts';

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

/** Opens the roster of a daemon, and closes it. */
async function inRoster<T>(it: Setting, name: string, work: (roster: Roster) => Promise<T>): Promise<T> {
  const peer = await it.peer(name);
  const roster = new Roster(peer, { downloadDir: it.path('dl') });
  await roster.start();
  try {
    return await work(roster);
  } finally {
    await roster.close();
    it.peers.splice(it.peers.indexOf(peer), 1);
  }
}

async function untilAllSeed(roster: Roster, count: number): Promise<void> {
  const isSo = (): boolean => {
    const failed = roster.all.find(({ failure }) => failure !== undefined);
    if (failed !== undefined) throw failed.failure!;
    return roster.all.length === count && roster.all.every(({ share }) => share?.phase === 'seeding');
  };
  await until(roster, isSo);
}

async function until(roster: Roster, isSo: () => boolean): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  await new Promise<void>((resolve, reject) => {
    const look = (): void => {
      try {
        if (isSo()) resolve();
      } catch (error) {
        reject(error as Error);
      }
    };
    roster.listen(look);
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
    await inRoster(it, 'owner', async (roster) => {
      for (const root of roots) await roster.addPath(root);
      await untilAllSeed(roster, roots.length);
    });
    await inRoster(it, 'owner', async (roster) => {
      await untilAllSeed(roster, roots.length);
      for (const entry of roster.all) await roster.verify(entry);
      await untilAllSeed(roster, roots.length);
      assert.deepEqual(
        roster.all.map(({ stored }) => stored.folder),
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
      const files = AWKWARD.map((name, i) => [name, 5000 + i] as const);
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

/** A share of five files, its data for a seed, and a peer that has it. */
async function withSeed(it: Setting): Promise<{ torrent: Torrent; peers: Address[] }> {
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

const NAMES = ['one.bin', 'readme.nfo', 'three.bin', 'four.bin', 'five.bin'];

function assertWhole(root: string, { contents }: Torrent): void {
  for (const [i, name] of NAMES.entries())
    assert.deepEqual(new Uint8Array(readFileSync(join(root, name))), contents[i], name);
}

test('one small file is missing: only its pieces come, and files beside it are not touched', () =>
  setting(async (it) => {
    const { torrent, peers } = await withSeed(it);
    const root = it.path('data', 'set');
    cpSync(it.path('seed'), it.path('data'), { recursive: true });
    rmSync(join(root, 'readme.nfo'));
    const before = statSync(join(root, 'one.bin'));
    const getter = await it.peer('getter');
    const share = await getter.get(torrent.path, { outputDir: it.path('data'), peers });
    const { downloadBytes } = await share.done;
    assert.ok(downloadBytes <= PIECE, `${downloadBytes} bytes came`);
    assertWhole(root, torrent);
    assert.deepEqual(listAll(root), [...NAMES].sort());
    const after = statSync(join(root, 'one.bin'));
    assert.deepEqual([after.ino, after.mtimeMs], [before.ino, before.mtimeMs]);
  }));

test('what other clients have half finished goes on', () =>
  setting(async (it) => {
    const { torrent, peers } = await withSeed(it);
    const root = it.path('data', 'set');
    const half = (file: number, length: number): Uint8Array => torrent.contents[file]!.slice(0, length);
    // Preallocated by aria2, with its control file beside the folder.
    put(join(root, 'four.bin'), Buffer.concat([half(3, 120_000), new Uint8Array(80_000)]));
    put(it.path('data', 'set.aria2'), Uint8Array.of(0, 1));
    // As long as it has come, by libtorrent; Transmission; qBittorrent.
    put(join(root, 'three.bin'), half(2, 25_000));
    put(join(root, 'five.bin.!qB'), half(4, 50_000));
    put(join(root, 'one.bin.part'), torrent.contents[0]!);
    // Empty, as some make them at once.
    put(join(root, 'readme.nfo'), new Uint8Array(0));
    const getter = await it.peer('getter');
    const share = await getter.get(torrent.path, { outputDir: it.path('data'), peers });
    const { downloadBytes } = await share.done;
    assert.ok(downloadBytes <= 11 * PIECE, `${downloadBytes} bytes of 324000 came`);
    assertWhole(root, torrent);
    assert.deepEqual(listAll(root), [...NAMES].sort());
  }));

const others: readonly (readonly [string, string, number, RegExp])[] = [
  ['other content', 'three.bin', 40_000, /three\.bin exists with other content/],
  ['a longer file', 'one.bin', 9001, /one\.bin exists with other content/],
  [
    "a person's file that is called like a part",
    'four.bin.part',
    180_000,
    /four\.bin\.part exists with other/,
  ],
  ['a longer part', 'readme.nfo.part', 5001, /readme\.nfo\.part exists with other content/],
];
for (const [what, name, length, message] of others) {
  test(`left alone, and refused: ${what}`, () =>
    setting(async (it) => {
      const { torrent, peers } = await withSeed(it);
      const mine = new Uint8Array(length).fill(7);
      put(it.path('data', 'set', name), mine);
      const getter = await it.peer('getter');
      await assert.rejects(getter.get(torrent.path, { outputDir: it.path('data'), peers }), {
        code: 'name-conflict',
        message,
      });
      assert.deepEqual(new Uint8Array(readFileSync(it.path('data', 'set', name))), mine);
    }));
}

test("qBittorrent's name on another file is no reason to stop: it stays, and the file is fetched", () =>
  setting(async (it) => {
    const { torrent, peers } = await withSeed(it);
    const mine = new Uint8Array(180_000).fill(7);
    put(it.path('data', 'set', 'four.bin.!qB'), mine);
    const getter = await it.peer('getter');
    await (await getter.get(torrent.path, { outputDir: it.path('data'), peers })).done;
    assertWhole(it.path('data', 'set'), torrent);
    assert.deepEqual(new Uint8Array(readFileSync(it.path('data', 'set', 'four.bin.!qB'))), mine);
  }));

test('a half finished file outside, behind a link, keeps its name', () =>
  setting(async (it) => {
    const { path, contents } = it.torrent('set', [['sub/a', 100_000]]);
    put(it.path('outside', 'a'), contents[0]!.slice(0, 50_000));
    mkdirSync(it.path('data', 'set'), { recursive: true });
    symlinkSync(it.path('outside'), it.path('data', 'set', 'sub'));
    const getter = await it.peer('getter');
    await assert.rejects(getter.get(path, { outputDir: it.path('data') }), { code: 'unsafe-path' });
    assert.deepEqual(readdirSync(it.path('outside')), ['a']);
  }));

test('moved, stopped, fetched again with fewer files, chosen anew: nothing comes twice', () =>
  setting(async (it) => {
    const { torrent, peers } = await withSeed(it);
    const getter = await it.peer('getter');
    const first = await getter.get(torrent.path, { outputDir: it.path('inbox'), peers });
    await first.done;
    await first.stop();
    const second = await getter.get(torrent.path, {
      outputDir: it.path('inbox'),
      select: () => new Set([0]),
    });
    await second.done;
    await second.moveTo(it.path('shelf'));
    await second.select(new Set(NAMES.keys()));
    await second.done;
    assert.deepEqual([second.phase, second.status().downloadedBytes], ['seeding', 0]);
    assertWhole(it.path('shelf', 'set'), torrent);
    assert.deepEqual(listAll(it.path('inbox')), []);
  }));

test('chosen later: a file of another length in its place is told at once, the same file is taken', () =>
  setting(async (it) => {
    const { torrent, peers } = await withSeed(it);
    const root = it.path('data', 'set');
    const getter = await it.peer('getter');
    const share = await getter.get(torrent.path, {
      outputDir: it.path('data'),
      peers,
      select: () => new Set([0]),
    });
    await share.done;
    put(join(root, 'four.bin'), Uint8Array.of(1));
    put(join(root, 'five.bin'), torrent.contents[4]!);
    await assert.rejects(share.select(new Set([0, 3])), { code: 'name-conflict', message: /four\.bin/ });
    const { ino } = statSync(join(root, 'five.bin'));
    await share.select(new Set([0, 4]));
    for await (const { phase, troubles } of share.progress({ intervalMs: 20 })) {
      assert.deepEqual(troubles, []);
      if (phase === 'seeding') break;
    }
    assert.equal(statSync(join(root, 'five.bin')).ino, ino);
    assert.deepEqual(listAll(root), ['five.bin', 'four.bin', 'one.bin']);
  }));

test('files of one share of which one is called like the part of another, also after a restart', () =>
  setting(async (it) => {
    const torrent = it.torrent('set', [
      ['x.part', 50_000],
      ['x', 50_000],
      ['y.!qB', 50_000],
      ['y', 50_000],
    ]);
    const names = ['x.part', 'x', 'y.!qB', 'y'];
    for (const [i, name] of names.entries()) put(it.path('seed', 'set', name), torrent.contents[i]!);
    const seeder = await it.peer('seeder');
    await seeder.seed(await readTorrentFile(torrent.path), it.path('seed'));
    const peers = [createAddress('127.0.0.1', seeder.port)!];
    const getter = await it.peer('getter');
    const outputDir = it.path('data');
    const first = await getter.get(torrent.path, { outputDir, peers, select: () => new Set([0, 2]) });
    await first.done;
    await first.stop();
    const second = await getter.get(torrent.path, { outputDir, peers });
    await second.done;
    for (const [i, name] of ['x.part', 'x (2)', 'y.!qB', 'y'].entries())
      assert.deepEqual(new Uint8Array(readFileSync(join(outputDir, 'set', name))), torrent.contents[i], name);
  }));

test('chosen later: what is half finished goes on, what is whole is not fetched', () =>
  setting(async (it) => {
    const { torrent, peers } = await withSeed(it);
    const root = it.path('data', 'set');
    const getter = await it.peer('getter');
    const share = await getter.get(torrent.path, {
      outputDir: it.path('data'),
      peers,
      select: () => new Set([0]),
    });
    await share.done;
    const before = share.status().downloadedBytes;
    // Short; whole; of qBittorrent.
    put(join(root, 'four.bin'), torrent.contents[3]!.slice(0, 120_000));
    put(join(root, 'five.bin'), torrent.contents[4]!);
    put(join(root, 'three.bin.!qB'), torrent.contents[2]!.slice(0, 33_000));
    await share.select(new Set(NAMES.keys()));
    for await (const { phase, troubles } of share.progress({ intervalMs: 20 })) {
      assert.deepEqual(troubles, []);
      if (phase === 'seeding') break;
    }
    assertWhole(root, torrent);
    assert.deepEqual(listAll(root), [...NAMES].sort());
    const came = share.status().downloadedBytes - before;
    assert.ok(came <= 10 * PIECE, `${came} bytes came`);
    await share.stop();
    const again = await getter.get(torrent.path, { outputDir: it.path('data') });
    assert.equal((await again.done).downloadBytes, 0);
  }));

test('a warning names the file of which bytes are replaced; blank ones are not counted', () =>
  setting(async (it) => {
    const { torrent, peers } = await withSeed(it);
    const root = it.path('data', 'set');
    cpSync(it.path('seed'), it.path('data'), { recursive: true });
    // A player wrote its tag; another client has not come so far.
    const tagged = Buffer.from(torrent.contents[3]!);
    tagged.write('my own tag', 100_000);
    writeFileSync(join(root, 'four.bin'), tagged);
    put(
      join(root, 'five.bin'),
      Buffer.concat([torrent.contents[4]!.slice(0, 40_000), new Uint8Array(30_000)]),
    );
    const getter = await it.peer('getter');
    const own: string[] = [];
    const onWarning = (text: string): void => void own.push(text);
    const share = await getter.get(torrent.path, { outputDir: it.path('data'), peers, onWarning });
    await share.done;
    assert.equal(own.length, 2, own.join('\n'));
    assert.match(own[0]!, /four\.bin is not as it was published: 1 of its 13 pieces hold other bytes/);
    // The piece in which the other client stopped.
    assert.match(own[1]!, /five\.bin is not as it was published: 1 of its 5 pieces/);
    assertWhole(root, torrent);
  }));

test('what goes on is written under no other name that the file has', () =>
  setting(async (it) => {
    const { torrent, peers } = await withSeed(it);
    const four = it.path('data', 'set', 'four.bin');
    const mine = Buffer.from(torrent.contents[3]!);
    mine.write('my own tag', 100_000);
    put(four, mine);
    mkdirSync(it.path('library'));
    linkSync(four, it.path('library', 'four'));
    const getter = await it.peer('getter');
    await (await getter.get(torrent.path, { outputDir: it.path('data'), peers })).done;
    assertWhole(it.path('data', 'set'), torrent);
    assert.ok(mine.equals(readFileSync(it.path('library', 'four'))));
    assert.deepEqual(listAll(it.path('data', 'set')), [...NAMES].sort());
  }));

const laterConflicts = [
  ['of the same length', 'five.bin', 70_000],
  ['that is called like its part', 'five.bin.part', 70_000],
  ['that is called like its part, and longer', 'five.bin.part', 80_000],
] as const;
for (const [what, name, length] of laterConflicts) {
  test(`chosen later: another file ${what} is left alone, also at a restart`, () =>
    setting(async (it) => {
      const { torrent, peers } = await withSeed(it);
      const outputDir = it.path('data');
      const getter = await it.peer('getter');
      const share = await getter.get(torrent.path, { outputDir, peers, select: () => new Set([0]) });
      await share.done;
      const mine = new Uint8Array(length).fill(7);
      put(join(outputDir, 'set', name), mine);
      const conflict = {
        code: 'name-conflict',
        message: new RegExp(`${name.replace('.', '\\.')} exists with`),
      };
      await assert.rejects(share.select(new Set([0, 4])), conflict);
      assert.equal(share.phase, 'seeding');
      await share.select(new Set([0, 1]));
      await share.stop();
      await assert.rejects(getter.get(torrent.path, { outputDir, peers }), conflict);
      assert.deepEqual(new Uint8Array(readFileSync(join(outputDir, 'set', name))), mine);
    }));
}

test('a paused share lists the names that its files have on the disk', onLinux, () =>
  setting(async (it) => {
    const torrent = it.torrent('What?', [
      ['a: b', 20_000],
      ['c', 20_000],
      ['d*', 20_000],
    ]);
    // In place, under a name of its own, by a client that keeps some names and changes others.
    const placed = it.path('own', 'Renamed?');
    for (const [i, name] of ['a: b', 'c', 'd_'].entries()) put(join(placed, name), torrent.contents[i]!);
    // Fetched: one file was there.
    put(it.path('data', 'What?', 'a: b'), torrent.contents[0]!);
    await inRoster(it, 'owner', async (roster) => {
      await roster.addPath(placed);
      const { entry } = await roster.addLink(torrent.path, { folder: it.path('data') });
      const isReady = (): boolean =>
        roster.all[0]!.share?.phase === 'seeding' && (entry.share?.filePaths().length ?? 0) > 0;
      await until(roster, isReady);
      const names = (): unknown => roster.all.map((one) => one.paths().map((path) => path?.join('/')));
      const expected = [
        ['Renamed?/a: b', 'Renamed?/c', 'Renamed?/d_'],
        ['What?/a: b', 'What?/c', 'What?/d_'],
      ];
      assert.deepEqual(names(), expected);
      for (const one of roster.all) await roster.pause(one);
      assert.deepEqual(names(), expected);
    });
    await inRoster(it, 'owner', async (roster) => {
      const [first] = roster.all;
      assert.deepEqual(first!.paths()[0], ['Renamed?', 'a: b']);
    });
  }),
);
