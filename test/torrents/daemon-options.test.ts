// Options of a command beside a daemon: it follows what it can, has no word for what it does already, and says what it has.
import assert from 'node:assert/strict';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Bench, freePort } from '../../testkit/bench.ts';
import { Commands } from '../../testkit/commands.ts';
import { Daemon } from '../../testkit/daemon.ts';
import { firstDifference } from '../../testkit/files.ts';

let bench: Bench;
let commands: Commands;
let data: string;
let torrent: string;
let infoHash: string;
before(async () => {
  bench = await Bench.open();
  commands = new Commands(bench);
  data = await bench.makeData();
  torrent = join(bench.dir, 'data.torrent');
  const created = await bench.shoal(['create', data, '-o', torrent]).event('created');
  infoHash = created.infoHashV1 as string;
});
after(() => bench.close());

/** With a DHT of nobody but itself. */
const ALONE = ['--dht-node', '127.0.0.1:9'] as const;
const UNSEEN = ['--no-dht', '--no-lsd'] as const;

test('get of what is whole on the disk finds it so, without DHT, tracker and peer, on both roads', async () => {
  const daemon = await Daemon.up(bench, 'whole', ...ALONE);
  const { state, folder } = daemon;
  cpSync(data, join(folder, 'data'), { recursive: true });
  assert.equal((await commands.drive(state, 'get', torrent, '-o', folder)).status, 0);
  const own = join(bench.dir, 'state-own');
  for (const link of [torrent, `magnet:?xt=urn:btih:${infoHash}`, infoHash])
    for (const where of [state, own]) {
      const said = await commands.output(where, 'get', link, '-o', folder, '--port', '0', ...UNSEEN);
      assert.match(said, /4.93 MiB was there already/, `${link} ${where}`);
    }

  // What would have to be fetched after all would be looked for in the DHT: that is refused, and nothing changes.
  rmSync(join(folder, 'data', 'a.bin'));
  const missing = await commands.drive(state, 'get', torrent, '-o', folder, ...UNSEEN);
  assert.deepEqual([missing.status, missing.error.code], [1, 'unsupported']);
  assert.match(
    missing.error.message as string,
    /^files are missing in .*, and the daemon would look for them in the DHT: leave out --no-dht, or remove share 1/,
  );
  await commands.drive(state, 'remove', '1');
  rmSync(join(folder, 'data'), { recursive: true });

  await commands.drive(state, 'add', torrent, '-o', folder);
  const partial = await commands.drive(state, 'get', torrent, '-o', folder, ...UNSEEN);
  assert.deepEqual([partial.status, partial.error.code], [1, 'unsupported']);
  assert.match(partial.error.message as string, /share 2, and its peers are looked for in the DHT/);
  await commands.drive(state, 'remove', '2');

  cpSync(data, join(folder, 'data'), { recursive: true });
  assert.equal((await commands.drive(state, 'get', torrent, '-o', folder, '--select', 'one')).status, 0);
  const more = await commands.drive(state, 'get', torrent, '-o', folder, '--select', 'a.bin', ...UNSEEN);
  assert.match(more.error.message as string, /^the daemon left out some of its files, and/);
  const same = await commands.drive(state, 'get', torrent, '-o', folder, '--select', 'one', ...UNSEEN);
  assert.equal(same.status, 0, JSON.stringify(same.error));
  await daemon.stop();
});

test('a daemon takes DHT nodes to begin with, and the network key that it has itself', async () => {
  const [ours, theirs] = [join(bench.dir, 'ours.key'), join(bench.dir, 'theirs.key')];
  writeFileSync(ours, 'correct horse battery staple');
  writeFileSync(theirs, 'another horse battery staple');
  const port = await freePort();
  const share = bench.shoal(['share', data, '--port', `${port}`, '--network-key', ours]);
  await share.event('ready');
  const daemon = await Daemon.up(bench, 'group', '--network-key', ours);
  const { state } = daemon;
  const out = await bench.folder('group-out');
  const get = (...more: string[]) => commands.drive(state, 'get', infoHash, '-o', out, ...more);
  for (const [options, why] of [
    [['--network-key', theirs], /it is in the DHT of another group: leave out --network-key, start/],
    [
      ['--dht-router', '192.0.2.7:6881'],
      /it begins with none of the well-known DHT nodes: leave out --dht-router,/,
    ],
    [['--network-key', join(bench.dir, 'no.key')], /cannot read the network key/],
  ] as const) {
    const refused = await get(...options);
    assert.equal(refused.status, 1);
    assert.match(refused.error.message as string, why);
  }
  assert.deepEqual(await daemon.shares(), [], 'nothing was begun');
  // The daemon knows no node but by this command.
  const got = await get('--network-key', ours, '--dht-router', 'none', '--dht-node', `127.0.0.1:${port}`);
  assert.equal(got.status, 0, JSON.stringify(got.error));
  assert.equal(await firstDifference(data, join(out, 'data')), undefined);
  await daemon.stop();
  await share.stop();
});

test('a daemon without the DHT says so', async () => {
  const daemon = await Daemon.up(bench, 'without');
  for (const [option, value] of [
    ['--dht-node', '127.0.0.1:9'],
    ['--dht-router', 'none'],
  ] as const) {
    const refused = await commands.drive(daemon.state, 'get', infoHash, option, value);
    assert.deepEqual([refused.status, refused.error.code], [1, 'state-in-use']);
    const why = `it does without the DHT: leave out ${option}, start the daemon with the DHT, or name`;
    assert.ok((refused.error.message as string).includes(why), refused.error.message as string);
  }
  const { status, answer } = await daemon.answer('POST', 'torrents/dht-nodes', { nodes: ['127.0.0.1:9'] });
  assert.deepEqual([status, answer.code], [409, 'unsupported']);
  await daemon.stop();
});
