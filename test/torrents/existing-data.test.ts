// Data that is there already: half of it, or something else under the same name.
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
import { join } from 'node:path';
import { test } from 'node:test';
import { readTorrentFile } from '../../src/systems/torrents/share/link-source.ts';
import {
  assertWhole,
  listAll,
  NAMES,
  PIECE,
  put,
  withSeed,
  withTorrents,
} from '../../testkit/torrent-bench.ts';

test('verify tells wrong from missing, short, and not judged', () =>
  withTorrents(async (it) => {
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

test('one small file is missing: only its pieces come, and files beside it are not touched', () =>
  withTorrents(async (it) => {
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

test('half finished files of other clients go on', () =>
  withTorrents(async (it) => {
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
    withTorrents(async (it) => {
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
  withTorrents(async (it) => {
    const { torrent, peers } = await withSeed(it);
    const mine = new Uint8Array(180_000).fill(7);
    put(it.path('data', 'set', 'four.bin.!qB'), mine);
    const getter = await it.peer('getter');
    await (await getter.get(torrent.path, { outputDir: it.path('data'), peers })).done;
    assertWhole(it.path('data', 'set'), torrent);
    assert.deepEqual(new Uint8Array(readFileSync(it.path('data', 'set', 'four.bin.!qB'))), mine);
  }));

test('a half finished file outside, behind a link, keeps its name', () =>
  withTorrents(async (it) => {
    const { path, contents } = it.torrent('set', [['sub/a', 100_000]]);
    put(it.path('outside', 'a'), contents[0]!.slice(0, 50_000));
    mkdirSync(it.path('data', 'set'), { recursive: true });
    symlinkSync(it.path('outside'), it.path('data', 'set', 'sub'));
    const getter = await it.peer('getter');
    await assert.rejects(getter.get(path, { outputDir: it.path('data') }), { code: 'unsafe-path' });
    assert.deepEqual(readdirSync(it.path('outside')), ['a']);
  }));

test('a warning names the file of which bytes are replaced; blank ones are not counted', () =>
  withTorrents(async (it) => {
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

test('a file that goes on is written under none of its other names', () =>
  withTorrents(async (it) => {
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

test('moved, stopped, fetched again with fewer files, chosen anew: nothing comes twice', () =>
  withTorrents(async (it) => {
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
