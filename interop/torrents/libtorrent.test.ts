// libtorrent 2.0: v1, v2 and hybrid, torrent and magnet of each, both directions; and the same info dictionaries.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdir, readFile, truncate, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { decodeMetainfo, encodeMetainfo } from '../../src/data/content/metainfo.ts';
import { decodeBencode } from '../../src/ground/bencode.ts';
import { nodeHasher } from '../../src/ground/node/hasher.ts';
import { hasLibtorrent } from '../../scripts/setup-programs.ts';
import { Bench, freePort, LIBTORRENT_PEER, PYTHON } from '../../testkit/bench.ts';
import { firstDifference } from '../../testkit/files.ts';
import type { Program } from '../../testkit/program.ts';

const skip = hasLibtorrent() ? false : 'python3-libtorrent is not installed (npm run setup-programs)';
let bench: Bench;
let data: string;
before(async () => {
  bench = await Bench.open();
  data = await bench.makeData();
});
after(() => bench.close());

const VERSIONS = ['v1', 'v2', 'hybrid'] as const;

async function create(version: string): Promise<{ readonly torrent: string; readonly magnet: string }> {
  const torrent = join(bench.dir, `${version}.torrent`);
  const created = await bench
    .shoal(['create', data, `--${version}`, '-o', torrent, '--piece-length', '64K'])
    .event('created');
  return { torrent, magnet: created.magnet as string };
}

async function startSeed(
  torrent: string,
  ...more: string[]
): Promise<{ readonly seed: Program; readonly port: number }> {
  const port = await freePort();
  const where = ['--port', `${port}`, '--save', dirname(data)];
  const seed = bench.run('libtorrent', PYTHON, [
    LIBTORRENT_PEER,
    ...where,
    '--torrent',
    torrent,
    '--seed',
    ...more,
  ]);
  await seed.event('ready');
  return { seed, port };
}

for (const version of VERSIONS) {
  for (const link of ['torrent', 'magnet'] as const) {
    test(`shoal fetches from libtorrent: ${version}, ${link}`, { skip }, async () => {
      const made = await create(version);
      const { seed, port } = await startSeed(made.torrent);
      const out = await bench.folder(`from-${version}-${link}`);
      const get = bench.shoal(['get', made[link], '-o', out, '--peer', `127.0.0.1:${port}`, '--port', '0']);
      const done = await get.event('done');
      assert.equal(done.size, 5_171_074);
      assert.equal(await get.exited, 0);
      assert.equal(await firstDifference(data, join(out, 'data')), undefined);
      await seed.stop();
    });

    test(`libtorrent fetches from shoal: ${version}, ${link}`, { skip }, async () => {
      const made = await create(version);
      const share = bench.shoal(['share', made.torrent, '--dir', dirname(data), '--port', '0']);
      const { port } = await share.event('ready');
      const out = await bench.folder(`to-${version}-${link}`);
      const get = bench.run('libtorrent', PYTHON, [
        LIBTORRENT_PEER,
        '--port',
        `${await freePort()}`,
        '--save',
        out,
        `--${link}`,
        made[link],
        '--connect',
        `127.0.0.1:${port}`,
      ]);
      await get.event('done');
      assert.equal(await firstDifference(data, join(out, 'data')), undefined);
      await get.stop();
      assert.equal(await share.stop(), 130);
    });
  }
}

for (const version of ['v2', 'hybrid'] as const) {
  /** The torrent file without its piece layers, which either side then gets from the other (BEP 52, hash requests). */
  const strip = async (torrent: string): Promise<string> => {
    const decoded = decodeMetainfo(await readFile(torrent), nodeHasher);
    assert.ok(decoded.ok);
    const stripped = join(bench.dir, `${version}-stripped.torrent`);
    await writeFile(stripped, encodeMetainfo({ ...decoded.value, pieceLayers: new Map() }));
    return stripped;
  };

  test(`shoal fetches from libtorrent without piece layers: ${version}`, { skip }, async () => {
    const { torrent } = await create(version);
    const { seed, port } = await startSeed(torrent);
    const out = await bench.folder(`from-${version}-stripped`);
    const args = ['get', await strip(torrent), '-o', out, '--peer', `127.0.0.1:${port}`, '--port', '0'];
    const get = bench.shoal([...args]);
    await get.event('done');
    assert.equal(await firstDifference(data, join(out, 'data')), undefined);
    await seed.stop();
  });

  test(`libtorrent fetches from shoal without piece layers: ${version}`, { skip }, async () => {
    const stripped = await strip((await create(version)).torrent);
    const share = bench.shoal(['share', stripped, '--dir', dirname(data), '--port', '0']);
    const { port } = await share.event('ready');
    const out = await bench.folder(`to-${version}-stripped`);
    const where = ['--port', `${await freePort()}`, '--save', out, '--torrent', stripped];
    const get = bench.run('libtorrent', PYTHON, [
      LIBTORRENT_PEER,
      ...where,
      '--connect',
      `127.0.0.1:${port}`,
    ]);
    await get.event('done');
    assert.equal(await firstDifference(data, join(out, 'data')), undefined);
    await get.stop();
    await share.stop();
  });
}

/** Makes a torrent with libtorrent of files in sorted order. */
const MAKE = `
import libtorrent as lt, os, sys
root, flags, out, length = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
files = []
for folder, _, names in os.walk(root):
    for name in names: files.append(os.path.relpath(os.path.join(folder, name), os.path.dirname(root)))
fs = lt.file_storage()
for path in sorted(files, key=lambda p: [e.encode() for e in p.split('/')]):
    full = os.path.join(os.path.dirname(root), path)
    fs.add_file(path, os.path.getsize(full), lt.file_storage.flag_executable if os.stat(full).st_mode & 0o100 else 0)
t = lt.create_torrent(fs, length, flags=flags)
lt.set_piece_hashes(t, os.path.dirname(root))
open(out, 'wb').write(lt.bencode(t.generate()[b'info']))
`;

for (const [version, flags] of [
  ['v1', 64],
  ['v2', 32],
  ['hybrid', 0],
] as const) {
  test(`the info dictionary equals libtorrent's: ${version}`, { skip }, async () => {
    const { torrent } = await create(version);
    const theirs = join(bench.dir, `${version}.info`);
    execFileSync(PYTHON, ['-c', MAKE, data, String(flags), theirs, '65536']);
    const bytes = await readFile(torrent);
    const decoded = decodeBencode(bytes);
    assert.ok(decoded.ok);
    const [from, to] = decoded.value.spans.get('info')!;
    assert.deepEqual(bytes.subarray(from, to), await readFile(theirs));
  });
}

test('a selection comes whole from libtorrent, and nothing else appears', { skip }, async () => {
  const { torrent } = await create('v1');
  const { seed, port } = await startSeed(torrent);
  const out = await bench.folder('selected');
  const get = bench.shoal([
    'get',
    torrent,
    '-o',
    out,
    '--peer',
    `127.0.0.1:${port}`,
    '--port',
    '0',
    '--select',
    '*.sh',
    '--select',
    'one',
  ]);
  const done = await get.event('done');
  assert.ok((done.downloadBytes as number) <= 3 * 65536);
  const names = (await readdir(out, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
  assert.deepEqual(names.sort(), ['one', 'tööl.sh']);
  await seed.stop();
});

test('over IPv6', { skip }, async () => {
  const { torrent } = await create('v1');
  const { seed, port } = await startSeed(torrent, '--listen', '[::1]');
  const out = await bench.folder('ipv6');
  const get = bench.shoal(['get', torrent, '-o', out, '--peer', `[::1]:${port}`, '--port', '0']);
  await get.event('done');
  assert.equal(await firstDifference(data, join(out, 'data')), undefined);
  await seed.stop();
});

test('a damaged copy is mended: only the damage is fetched', { skip }, async () => {
  const { torrent } = await create('v2');
  const { seed, port } = await startSeed(torrent);
  const out = await bench.folder('mended');
  const args = ['get', torrent, '-o', out, '--peer', `127.0.0.1:${port}`, '--port', '0'];
  await bench.shoal(args).event('done');
  const path = join(out, 'data', 'a.bin');
  const bytes = await readFile(path);
  bytes[1_000_000]! ^= 1;
  await unlink(path);
  await writeFile(path, bytes);
  const again = await bench.shoal(args).event('done');
  assert.equal(again.downloadBytes, 65536);
  assert.equal(await firstDifference(data, join(out, 'data')), undefined);
  await seed.stop();
});

test('libtorrent takes the advice of a seed, which gives each peer another (BEP 6)', { skip }, async () => {
  const { torrent } = await create('v1');
  const where = ['--dir', dirname(data), '--port', '0', '--limit-up', '1M'];
  const share = bench.shoal(['share', torrent, ...where]);
  const { port } = await share.event('ready');
  const gets: Program[] = [];
  for (const name of ['advised-1', 'advised-2']) {
    const to = ['--save', await bench.folder(name), '--torrent', torrent, '--connect', `127.0.0.1:${port}`];
    const own = ['--port', `${await freePort()}`, '--verbose'];
    gets.push(bench.run('libtorrent', PYTHON, [LIBTORRENT_PEER, ...own, ...to]));
  }
  const [one, other] = await Promise.all(
    gets.map(async (get) => {
      await get.event('done');
      const pieces = (what: string): Set<string> =>
        new Set(
          [...get.output.matchAll(new RegExp(`${what} \\[ piece: (\\d+)`, 'g'))].map((found) => found[1]!),
        );
      const [advised, asked] = [pieces('<== SUGGEST_PIECE'), pieces('==> REQUEST')];
      assert.ok(advised.size >= 5, `advised to take ${advised.size} pieces`);
      assert.ok(advised.intersection(asked).size > 0, 'none of them was asked for');
      await get.stop();
      return advised;
    }),
  );
  const same = one!.intersection(other!).size;
  assert.ok(same <= Math.min(one!.size, other!.size) / 3, `${same} of ${one!.size} and ${other!.size}`);
  await share.stop();
});

test('data that libtorrent fetched under awkward names is found, and half of it goes on', {
  skip,
}, async () => {
  const names = [
    'Who? * <1>.bin',
    'back\\slash',
    'dot.',
    'con',
    'README',
    'readme',
    `${'l'.repeat(200)}.txt`,
  ];
  const root = await bench.folder('awkward/Odd: "data"?');
  for (const [i, name] of names.entries()) await writeFile(join(root, name), Buffer.alloc(70_000 + i, name));
  const torrent = join(bench.dir, 'awkward.torrent');
  await bench.shoal(['create', root, '--v1', '-o', torrent, '--piece-length', '16K']).event('created');
  const share = bench.shoal(['share', torrent, '--dir', dirname(root), '--port', '0']);
  const { port } = await share.event('ready');
  const out = await bench.folder('awkward-out');
  const peer = ['--port', `${await freePort()}`, '--save', out, '--connect', `127.0.0.1:${port}`];
  const fetched = bench.run('libtorrent', PYTHON, [LIBTORRENT_PEER, ...peer, '--torrent', torrent]);
  await fetched.event('done');
  await fetched.stop();
  const get = async (): Promise<number> => {
    const program = bench.shoal(['get', torrent, '-o', out, '--peer', `127.0.0.1:${port}`, '--port', '0']);
    const { downloadBytes } = await program.event('done');
    await program.exited;
    return downloadBytes as number;
  };
  assert.equal(await get(), 0);
  const verify = bench.shoal(['verify', torrent, out]);
  assert.equal(await verify.exited, 0, verify.output);
  // One lacks its end, another is gone.
  const place = join(out, 'Odd: "data"?');
  await truncate(join(place, names[0]!), 30_000);
  await unlink(join(place, 'con'));
  const again = await get();
  assert.ok(again > 100_000 && again < 180_000, `${again} bytes came`);
  assert.deepEqual(await readFile(join(place, names[0]!)), await readFile(join(root, names[0]!)));
});
