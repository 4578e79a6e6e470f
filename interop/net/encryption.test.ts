// Message stream encryption with libtorrent: every policy of ours against every one of its own that can meet, both directions, and
// how it says that the payload went.
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

type Row = readonly [ours: string, theirs: string, payload: string, expected: string];

async function startLibtorrent([, theirs, payload]: Row, ...more: string[]) {
  const port = await freePort();
  const policy = ['--encryption', theirs, '--payload', payload];
  const program = bench.run('libtorrent', PYTHON, [
    LIBTORRENT_PEER,
    ...['--port', `${port}`, '--torrent', torrent, ...policy, ...more],
  ]);
  return { program, port };
}

/** libtorrent seeds. With `allowed` it is dialled plainly first, and again when it closes. */
const WE_DIAL: readonly Row[] = [
  ['off', 'enabled', 'both', 'none'],
  ['allowed', 'enabled', 'both', 'none'],
  ['allowed', 'forced', 'both', 'plaintext'],
  ['allowed', 'forced', 'plaintext', 'plaintext'],
  ['allowed', 'forced', 'rc4', 'rc4'],
  ['preferred', 'disabled', 'both', 'none'],
  ['preferred', 'enabled', 'both', 'plaintext'],
  ['preferred', 'enabled', 'rc4', 'rc4'],
  ['required', 'enabled', 'both', 'rc4'],
  ['required', 'forced', 'rc4', 'rc4'],
];
for (const row of WE_DIAL) {
  const [ours, theirs, payload, expected] = row;
  test(`${ours} dials a libtorrent with ${theirs} and ${payload}: ${expected}`, { skip }, async () => {
    const { program, port } = await startLibtorrent(row, '--seed', '--save', dirname(data));
    await program.event('ready');
    const out = await bench.folder(`from-${row.join('-')}`);
    const args = ['-o', out, '--peer', `127.0.0.1:${port}`, '--port', '0', '--encryption', ours];
    await bench.shoal(['get', torrent, ...args]).event('done');
    assert.equal(await firstDifference(data, join(out, 'data')), undefined);
    assert.equal((await program.event('encryption')).encryption, expected);
    await program.stop();
  });
}

/** The handshake does not know what carries it. */
for (const [ours, payload, expected] of [
  ['allowed', 'both', 'plaintext'],
  ['required', 'rc4', 'rc4'],
] as const)
  test(`over uTP, ${ours} and a libtorrent with forced and ${payload}, both ways: ${expected}`, {
    skip,
  }, async () => {
    const row: Row = [ours, 'forced', payload, expected];
    const own = ['--port', '0', '--no-tcp', '--encryption', ours];
    const seed = await startLibtorrent(row, '--seed', '--save', dirname(data), '--transport', 'utp');
    await seed.program.event('ready');
    const fetched = await bench.folder(`from-utp-${ours}`);
    await bench
      .shoal(['get', torrent, '-o', fetched, '--peer', `127.0.0.1:${seed.port}`, ...own])
      .event('done');
    assert.equal(await firstDifference(data, join(fetched, 'data')), undefined);
    assert.equal((await seed.program.event('encryption')).encryption, expected);
    assert.equal((await seed.program.event('transport')).transport, 'utp');
    await seed.program.stop();

    const share = bench.shoal(['share', torrent, '--dir', dirname(data), ...own]);
    const { port } = await share.event('ready');
    const out = await bench.folder(`to-utp-${ours}`);
    const to = ['--save', out, '--connect', `127.0.0.1:${port}`, '--transport', 'utp'];
    const { program } = await startLibtorrent(row, ...to);
    await program.event('done');
    assert.equal(await firstDifference(data, join(out, 'data')), undefined);
    assert.equal((await program.event('encryption')).encryption, expected);
    await program.stop();
    await share.stop();
  });

/** libtorrent fetches. It dials encrypted first where it may, and plainly when it is refused. */
const THEY_DIAL: readonly Row[] = [
  ['off', 'enabled', 'both', 'none'],
  ['allowed', 'disabled', 'both', 'none'],
  ['allowed', 'forced', 'both', 'plaintext'],
  ['allowed', 'forced', 'rc4', 'rc4'],
  ['preferred', 'disabled', 'both', 'none'],
  ['preferred', 'forced', 'both', 'rc4'],
  ['preferred', 'forced', 'plaintext', 'plaintext'],
  ['required', 'enabled', 'both', 'rc4'],
  ['required', 'forced', 'rc4', 'rc4'],
];
for (const row of THEY_DIAL) {
  const [ours, theirs, payload, expected] = row;
  test(`a libtorrent with ${theirs} and ${payload} dials ${ours}: ${expected}`, { skip }, async () => {
    const share = bench.shoal([
      'share',
      torrent,
      '--dir',
      dirname(data),
      '--port',
      '0',
      '--encryption',
      ours,
    ]);
    const { port } = await share.event('ready');
    const out = await bench.folder(`to-${row.join('-')}`);
    const { program } = await startLibtorrent(row, '--save', out, '--connect', `127.0.0.1:${port}`);
    await program.event('done');
    assert.equal(await firstDifference(data, join(out, 'data')), undefined);
    assert.equal((await program.event('encryption')).encryption, expected);
    await program.stop();
    await share.stop();
  });
}
