// Files that are chosen later, where something lies in their place already.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  assertWhole,
  listAll,
  NAMES,
  PIECE,
  put,
  withSeed,
  withTorrents,
} from '../../testkit/torrent-bench.ts';

test('chosen later: a file of another length in its place is told at once, the same file is taken', () =>
  withTorrents(async (it) => {
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

test('chosen later: a half finished file goes on, a whole one is not fetched', () =>
  withTorrents(async (it) => {
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

const laterConflicts = [
  ['of the same length', 'five.bin', 70_000],
  ['that is called like its part', 'five.bin.part', 70_000],
  ['that is called like its part, and longer', 'five.bin.part', 80_000],
] as const;
for (const [what, name, length] of laterConflicts) {
  test(`chosen later: another file ${what} is left alone, also at a restart`, () =>
    withTorrents(async (it) => {
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
