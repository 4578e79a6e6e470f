// Torrent files without their piece layers (BEP 52): fetched, seeded, verified and gone on with all the same.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { decodeMetainfo, encodeMetainfo, hasAllLayers } from '../../src/data/content/metainfo.ts';
import { nodeHasher } from '../../src/ground/node/hasher.ts';
import { Bench } from '../../testkit/bench.ts';
import { firstDifference } from '../../testkit/files.ts';
import type { Program } from '../../testkit/program.ts';

let bench: Bench;
let data: string;
before(async () => {
  bench = await Bench.open();
  data = await bench.makeData();
});
after(() => bench.close());

/** A torrent with its layers, and the same without. */
async function create(
  version: 'v2' | 'hybrid',
): Promise<{ readonly whole: string; readonly stripped: string }> {
  const whole = join(bench.dir, `${version}.torrent`);
  await bench.shoal(['create', data, `--${version}`, '-o', whole, '--piece-length', '64K']).event('created');
  const metainfo = await readMetainfo(whole);
  const stripped = join(bench.dir, `${version}-stripped.torrent`);
  await writeFile(stripped, encodeMetainfo({ ...metainfo, pieceLayers: new Map() }));
  assert.ok(hasAllLayers(metainfo) && !hasAllLayers(await readMetainfo(stripped)));
  return { whole, stripped };
}

async function readMetainfo(path: string) {
  const decoded = decodeMetainfo(await readFile(path), nodeHasher);
  assert.ok(decoded.ok);
  return decoded.value;
}

for (const version of ['v2', 'hybrid'] as const) {
  test(`fetched by a torrent file without piece layers: ${version}`, async () => {
    const { whole, stripped } = await create(version);
    const share = bench.shoal(['share', whole, '--dir', dirname(data), '--port', '0']);
    const { port } = await share.event('ready');
    const out = await bench.folder(`out-${version}`);
    const state = join(bench.dir, `state-get-${version}`);
    const args = ['get', stripped, '-o', out, '--peer', `127.0.0.1:${String(port)}`, '--port', '0'];
    const get = bench.shoal([...args], { state });
    await get.event('done');
    assert.equal(await get.exited, 0);
    assert.equal(await firstDifference(data, join(out, 'data')), undefined);
    await share.stop();
    // The layers came along and are kept: there is no peer to ask, and nothing is fetched again.
    const again = bench.shoal(['get', stripped, '-o', out, '--port', '0'], { state });
    const done = await again.event('done');
    assert.equal(done.downloadBytes, 0);
    assert.equal(await again.exited, 0);
  });

  test(`seeded from a torrent file without piece layers, which come from the data: ${version}`, async () => {
    const { stripped } = await create(version);
    const share = bench.shoal(['share', stripped, '--dir', dirname(data), '--port', '0']);
    const { port } = await share.event('ready');
    const out = await bench.folder(`seeded-${version}`);
    const args = ['get', stripped, '-o', out, '--peer', `127.0.0.1:${String(port)}`, '--port', '0'];
    const get = bench.shoal([...args]);
    await get.event('done');
    assert.equal(await firstDifference(data, join(out, 'data')), undefined);
    await share.stop();
  });

  test(`verified without piece layers: ${version}`, async () => {
    const { stripped } = await create(version);
    const verify = bench.shoal(['verify', stripped, dirname(data)]);
    const verified = await verify.event('verified');
    assert.deepEqual([verified.ok, verified.badPieces], [true, 0]);
    const inspect = bench.shoal(['inspect', stripped]);
    assert.equal(await inspect.exited, 0);
    assert.match(inspect.output, /the piece layer of .* is missing \(BEP 52\): peers are asked for it/);
  });
}

test('a v2 download without piece layers goes on after an interruption: what was proved is not fetched again', async () => {
  const { whole, stripped } = await create('v2');
  // Slow enough that the interruption comes before the end also on a busy machine.
  const slow = bench.shoal(['share', whole, '--dir', dirname(data), '--port', '0', '--limit-up', '200K']);
  const out = await bench.folder('interrupted');
  const state = join(bench.dir, 'state-interrupted');
  const start = (port: unknown): Program =>
    bench.shoal(['get', stripped, '-o', out, '--peer', `127.0.0.1:${String(port)}`, '--port', '0'], {
      state,
    });
  const first = start((await slow.event('ready')).port);
  const doneBytes = (): number =>
    Math.max(
      0,
      ...first.events.filter(({ event }) => event === 'progress').map((event) => event.doneBytes as number),
    );
  await first.until(() => (doneBytes() > 500_000 ? true : undefined), 'half a megabyte');
  first.child.kill('SIGINT');
  assert.equal(await first.exited, 130);
  await slow.stop();
  const before = doneBytes();
  const share = bench.shoal(['share', whole, '--dir', dirname(data), '--port', '0']);
  const done = await start((await share.event('ready')).port).event('done');
  assert.equal(await firstDifference(data, join(out, 'data')), undefined);
  assert.ok(
    (done.downloadBytes as number) <= (done.size as number) - before,
    `${before} of ${String(done.size)} bytes were here, and ${String(done.downloadBytes)} came`,
  );
  await share.stop();
});
