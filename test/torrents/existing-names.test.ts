// Data that is there already under awkward names: paths that climb, names that other systems refuse, names of parts.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { createAddress } from '../../src/ground/address.ts';
import { Roster } from '../../src/systems/torrents/roster/roster.ts';
import { readTorrentFile } from '../../src/systems/torrents/share/link-source.ts';
import { listAll, put, type TorrentBench, withTorrents } from '../../testkit/torrent-bench.ts';

test('paths that climb, are empty, or stand for a file and a folder at once are fetched, and stay in the folder', () =>
  withTorrents(async (it) => {
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

test('files of one share of which one is called like the part of another, also after a restart', () =>
  withTorrents(async (it) => {
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
async function inRoster<T>(it: TorrentBench, name: string, work: (roster: Roster) => Promise<T>): Promise<T> {
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
  withTorrents(async (it) => {
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
    withTorrents(async (it) => {
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

test('a created torrent is verified, whatever its name', onLinux, () =>
  withTorrents(async (it) => {
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

test('a paused share lists the names that its files have on the disk', onLinux, () =>
  withTorrents(async (it) => {
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
