// A real swarm of Shoal peers on loopback: they find each other through `shoal tracker` and feed each other.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { Bench } from '../../testkit/bench.ts';
import { firstDifference } from '../../testkit/files.ts';
import type { JsonEvent, Program } from '../../testkit/program.ts';
import { waitFor } from '../../testkit/wait.ts';
import { createPrng } from '../../src/ground/prng.ts';

test('one slow seed, six peers: all finish with the right bytes, most of it from each other', async () => {
  const bench = await Bench.open();
  try {
    const root = await bench.folder('origin/data');
    writeFileSync(join(root, 'a.bin'), createPrng(1).fill(new Uint8Array(6_000_000)));
    const tracker = bench.shoal(['tracker', '--port', '0', '--interval', '30']);
    const announce = `http://127.0.0.1:${(await tracker.event('ready')).port}/announce`;
    const torrent = join(bench.dir, 'x.torrent');
    await bench
      .shoal(['create', root, '-o', torrent, '--tracker', announce, '--piece-length', '64K'])
      .event('created');
    const where = ['--dir', dirname(root), '--port', '0', '--limit-up', '3M'];
    await bench.shoal(['share', torrent, ...where]).event('ready');
    const outs = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => bench.folder(`out${n}`)));
    const gets = outs.map((out) =>
      bench.shoal(['get', torrent, '-o', out, '--port', '0', '--seed-time', '600']),
    );
    const lastOf = (get: Program): JsonEvent | undefined =>
      get.events.findLast(({ event }) => event === 'progress');
    // No peer leaves before all have the whole share.
    const isWhole = (get: Program): boolean => lastOf(get)?.phase === 'seeding';
    await waitFor(() => gets.every(isWhole), 'all are whole');
    for (const out of outs) assert.equal(await firstDifference(root, join(out, 'data')), undefined);
    const given = (): number =>
      gets.reduce((sum, get) => sum + ((lastOf(get)?.uploadedBytes as number | undefined) ?? 0), 0);
    // Each peer reports its uploads once a second.
    await waitFor(() => given() > 6_000_000, 'most comes from each other', {
      explain: () => `the peers gave each other ${given()} bytes`,
    });
  } finally {
    await bench.close();
  }
});
