// uTP (BEP 29) with libtorrent, both directions, each side dialling.
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { hasLibtorrent } from '../../scripts/setup-programs.ts';
import { Bench, freePort, LIBTORRENT_PEER, PYTHON } from '../../testkit/bench.ts';
import { firstDifference } from '../../testkit/files.ts';

const skip = hasLibtorrent() ? false : 'python3-libtorrent is not installed (npm run setup-programs)';
let bench: Bench;
let data: string;
let torrent: string;
before(async () => {
  bench = await Bench.open();
  data = await bench.makeData();
  torrent = join(bench.dir, 'data.torrent');
  await bench.shoal(['create', data, '-o', torrent, '--piece-length', '64K']).event('created');
});
after(() => bench.close());

/** A libtorrent that says what carries its first connection. */
async function startLibtorrent(transport: string, ...more: string[]) {
  const port = await freePort();
  const args = ['--port', `${port}`, '--torrent', torrent, '--transport', transport, ...more];
  const program = bench.run('libtorrent', PYTHON, [LIBTORRENT_PEER, ...args]);
  return { program, port };
}

for (const [flags, transport, expected] of [
  [['--no-tcp'], 'utp', 'utp'],
  [['--no-tcp'], 'both', 'utp'],
  [['--utp'], 'both', 'tcp'],
  [['--no-utp'], 'both', 'tcp'],
] as const)
  test(`shoal ${flags} fetches from a libtorrent with ${transport}: over ${expected}`, { skip }, async () => {
    const { program, port } = await startLibtorrent(transport, '--seed', '--save', dirname(data));
    await program.event('ready');
    const out = await bench.folder(`from-${flags}-${transport}`);
    const args = ['-o', out, '--peer', `127.0.0.1:${port}`, '--port', '0', ...flags];
    await bench.shoal(['get', torrent, ...args]).event('done');
    assert.equal(await firstDifference(data, join(out, 'data')), undefined);
    assert.equal((await program.event('transport')).transport, expected);
    await program.stop();
  });

for (const [flags, transport, expected] of [
  [[], 'utp', 'utp'],
  [['--no-tcp'], 'utp', 'utp'],
  [['--no-tcp'], 'both', 'utp'],
  [['--no-utp'], 'both', 'tcp'],
] as const)
  test(`a libtorrent with ${transport} fetches from shoal ${flags}: over ${expected}`, { skip }, async () => {
    const share = bench.shoal(['share', torrent, '--dir', dirname(data), '--port', '0', ...flags]);
    const { port } = await share.event('ready');
    const out = await bench.folder(`to-${flags}-${transport}`);
    const { program } = await startLibtorrent(transport, '--save', out, '--connect', `127.0.0.1:${port}`);
    await program.event('done');
    assert.equal(await firstDifference(data, join(out, 'data')), undefined);
    assert.equal((await program.event('transport')).transport, expected);
    await program.stop();
    await share.stop();
  });
