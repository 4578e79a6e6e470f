// Large things: 100,000 files, half a million pieces, a sparse file of 1 TiB, folders 64 deep, names in many scripts.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Bench } from '../../testkit/bench.ts';
import { firstDifference } from '../../testkit/files.ts';
import { buildInfo } from '../../src/data/content/build-info.ts';
import { type Metainfo, metainfoFromInfo } from '../../src/data/content/metainfo.ts';
import { FileHandles } from '../../src/data/disk/file-handles.ts';
import { PiecePool } from '../../src/data/disk/piece-pool.ts';
import { PIECE_OK } from '../../src/data/disk/piece-batch.ts';
import { createAddress } from '../../src/ground/address.ts';
import { nodeHasher } from '../../src/ground/node/hasher.ts';
import { createPrng } from '../../src/ground/prng.ts';
import { createPeer } from '../../src/systems/torrents/share/peer.ts';
import { ShareStorage } from '../../src/data/storage/node/share-storage.ts';
import { StateDb } from '../../src/systems/torrents/state/state-db.ts';
import { systemClock } from '../../src/ground/node/clock.ts';
import { cpuTimeMs } from '../../testkit/cpu-time.ts';

const openFiles = (): number => (existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0);

test('100,000 files of 0, 1 and some bytes: shared, fetched, found again', async () => {
  // In memory where there is such a place: making 200,000 files on a disk takes minutes by itself.
  const bench = await Bench.open(existsSync('/dev/shm') ? '/dev/shm' : undefined);
  const root = await bench.folder('origin/many');
  let made = 0;
  for (let folder = 0; folder < 100; folder++) {
    mkdirSync(join(root, `d${folder}`));
    for (let i = 0; i < 1000; i++, made++)
      writeFileSync(join(root, `d${folder}`, `f${i}`), 'x'.repeat(i % 3 === 0 ? 0 : i % 3 === 1 ? 1 : 300));
  }
  const open = (name: string) =>
    createPeer({ stateDir: join(bench.dir, name), port: 0, host: '127.0.0.1', dht: false, lsd: false });
  const [seeder, getter] = await Promise.all([open('seeder'), open('getter')]);
  try {
    const timed = async <T>(work: Promise<T>): Promise<[T, number]> => {
      const started = performance.now();
      return [await work, (performance.now() - started) / 1000];
    };
    const [source, sharing] = await timed(seeder.share(root, { version: 'v1' }));
    const link = source.torrentPath;
    const outputDir = await bench.folder('out');
    const peers = [createAddress('127.0.0.1', seeder.port)!];
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, openFiles())), 50);
    const share = await getter.get(link, { outputDir, peers });
    const [, fetching] = await timed(share.done);
    clearInterval(watch);
    assert.equal(await firstDifference(join(root, 'd7'), join(outputDir, 'many', 'd7')), undefined);
    assert.equal(readdirSync(join(outputDir, 'many', 'd99')).length, 1000);
    await share.stop();
    const [again, finding] = await timed(getter.get(link, { outputDir, peers }));
    assert.equal((await again.done).downloadBytes, 0);
    console.log(
      `100,000 files: shared in ${sharing.toFixed(1)} s, fetched in ${fetching.toFixed(1)} s, found again in ${finding.toFixed(1)} s, ${most} open files`,
    );
    assert.equal(made, 100_000);
    assert.ok(most < 700, `${most} files were open`);
  } finally {
    await Promise.all([seeder.close(), getter.close()]);
    await bench.close();
  }
});

/** A file of zeros: one piece like the other, so its torrent needs no file. */
function zeros(sizeBytes: number, pieceLength: number): Metainfo {
  const hash = nodeHasher.sha1(new Uint8Array(pieceLength));
  const count = sizeBytes / pieceLength;
  const v1Hashes = new Uint8Array(count * 20);
  for (let piece = 0; piece < count; piece++) v1Hashes.set(hash, piece * 20);
  const file = { path: ['zeros'], lengthBytes: sizeBytes, isExecutable: false };
  const options = { version: 'v1' as const, name: 'zeros', isSingleFile: true, pieceLength };
  const info = metainfoFromInfo(
    buildInfo([file], options, { v1Hashes, piecesRoots: [undefined] }),
    nodeHasher,
  );
  assert.ok(info.ok, JSON.stringify(info));
  return info.value;
}

for (const [what, sizeBytes, pieceLength] of [
  ['a sparse file of 1 TiB', 2 ** 40, 2 ** 24],
  ['half a million pieces', 500_000 * 16_384, 16_384],
] as const) {
  test(`${what}: opened, written at both ends, found again without hashing`, async () => {
    const bench = await Bench.open();
    const pool = new PiecePool();
    const state = StateDb.claim(join(bench.dir, 'state'));
    const handles = new FileHandles();
    const metainfo = zeros(sizeBytes, pieceLength);
    const outputDir = await bench.folder('out');
    const { id, bytes } = pool.createArena(pieceLength);
    const open = (): Promise<ShareStorage> =>
      ShareStorage.open({
        context: {
          prover: pool,
          handles,
          records: state.shares,
          torrents: state.torrents,
          journalsFolder: state.journalsFolder,
          edgesFolder: state.edgesFolder,
          prng: createPrng(1),
          clock: systemClock,
        },
        metainfo,
        key: 'z'.repeat(40),
        folder: outputDir,
        place: { kind: 'fetch', outputDir },
        trackers: [],
        // There need not be a terabyte here: only two pieces of it are written.
        wanted: new Set(),
        signal: new AbortController().signal,
        onProgress: () => {},
        events: {
          onTrouble: (error) => assert.fail(error),
          onRecovered: () => {},
          onWarning: () => {},
          onFinished: () => {},
          onLost: () => {},
          onUnreadable: () => {},
          onReadable: () => {},
        },
        totals: () => ({ uploaded: 0, downloaded: 0 }),
      });
    try {
      assert.equal(bytes.length, pieceLength);
      const storage = await open();
      const last = sizeBytes / pieceLength - 1;
      for (const piece of [0, last]) {
        const verdict = await new Promise<{ status: number }>((resolve) =>
          storage.prove(piece, { arena: id, offset: 0 }, false, resolve),
        );
        assert.equal(verdict.status, PIECE_OK);
      }
      await storage.close();
      const startedMs = cpuTimeMs();
      const again = await open();
      const seconds = (cpuTimeMs() - startedMs) / 1000;
      assert.deepEqual([again.present.count, again.present.has(0), again.present.has(last)], [2, true, true]);
      assert.equal(again.hashed, 0);
      await again.close();
      console.log(`${what}: found again in ${seconds.toFixed(2)} s of computing`);
      assert.ok(seconds < 5);
      for (const name of readdirSync(state.edgesFolder))
        assert.ok(statSync(join(state.edgesFolder, name)).blocks * 512 <= 2 * pieceLength + 65_536);
    } finally {
      state.close();
      await pool.close();
      await bench.close();
    }
  });
}

test('folders 64 deep, and names in many scripts', async () => {
  const bench = await Bench.open();
  const root = await bench.folder('origin/names');
  const names = [
    '日本語',
    'العربية',
    'עברית',
    'ไทย',
    'Ελληνικά',
    'русский',
    'हिन्दी',
    '👩‍👩‍👧',
    'é',
    'e\u0301',
    ' leading',
    'a'.repeat(200),
  ];
  for (const name of names) writeFileSync(join(root, name), name);
  const deep = join(root, ...Array.from({ length: 64 }, (_, i) => `d${i}`));
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(deep, 'bottom'), 'here');
  const open = (name: string) =>
    createPeer({ stateDir: join(bench.dir, name), port: 0, host: '127.0.0.1', dht: false, lsd: false });
  const [seeder, getter] = await Promise.all([open('seeder'), open('getter')]);
  try {
    for (const version of ['v1', 'v2', 'hybrid'] as const) {
      const source = await seeder.share(root, { version });
      const outputDir = await bench.folder(`out-${version}`);
      const share = await getter.get(source.torrentPath, {
        outputDir,
        peers: [createAddress('127.0.0.1', seeder.port)!],
      });
      await share.done;
      const deepest = join(outputDir, 'names', ...Array.from({ length: 64 }, (_, i) => `d${i}`), 'bottom');
      assert.equal(statSync(deepest).size, 4);
      assert.equal(readdirSync(join(outputDir, 'names')).length, names.length + 1);
      await Promise.all([share.stop(), source.stop()]);
    }
  } finally {
    await Promise.all([seeder.close(), getter.close()]);
    await bench.close();
  }
});
