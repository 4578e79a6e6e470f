// `get` and other one-shot commands where a daemon runs: they join it, and end as they would without it.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT } from '../../scripts/steps.ts';
import { Bench } from '../../testkit/bench.ts';
import { Commands } from '../../testkit/commands.ts';
import { Daemon } from '../../testkit/daemon.ts';
import { firstDifference } from '../../testkit/files.ts';
import type { JsonEvent } from '../../testkit/program.ts';

let bench: Bench;
let commands: Commands;
let data: string;
let magnet: string;
let torrent: string;
before(async () => {
  bench = await Bench.open();
  commands = new Commands(bench);
  data = await bench.makeData();
  const seed = bench.shoal(['share', data, '--port', '0']);
  const ready = await seed.event('ready');
  [magnet, torrent] = [ready.magnet as string, ready.torrent as string];
});
after(() => bench.close());

/** The folders of the only fetched share, as the copy of its torrent names them. */
function placesOf(state: string): string[] {
  const folder = join(state, 'torrents');
  const places = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as JsonEvent[]);
  return places.filter(({ kind }) => kind === 'fetch').map((place) => place.folder as string);
}

test('get of a share that has reached its goal leaves it paused, and says why', async () => {
  const daemon = await Daemon.up(bench, 'goal');
  const { state, folder } = daemon;
  await commands.drive(state, 'add', magnet);
  await commands.untilSeeding(state, 1);
  await commands.drive(state, 'limit', '1', '--seeding', '0');
  await daemon.untilShares('it is paused by its goal', ([share]) => share?.phase === 'paused');
  assert.match(await commands.output(state, 'peers', '1'), /share 1 has reached its goal, and is paused/);
  const again = await commands.output(state, 'get', magnet, '-o', folder);
  assert.match(again, /share 1 has reached its goal, and stays paused/);
  assert.match(again, /4.93 MiB was there already; the share has reached its goal/);
  assert.doesNotMatch(again, /waits for its turn/);
  const other = await bench.folder('goal-copy');
  assert.match(
    await commands.output(state, 'get', magnet, '-o', other),
    /4.93 MiB copied, every byte verified/,
  );
  assert.deepEqual(
    (await daemon.shares()).map(({ phase }) => phase),
    ['paused'],
  );
  // The removed file is fetched again, and the share is paused again.
  rmSync(join(folder, 'data', 'a.bin'));
  assert.equal((await commands.drive(state, 'get', magnet, '-o', folder)).status, 0);
  assert.equal(await firstDifference(data, join(folder, 'data')), undefined);
  await daemon.stop();
});

test('get -o through the daemon ends with the files in that folder, wherever the daemon has them', async () => {
  const daemon = await Daemon.up(bench, 'elsewhere');
  const { state, folder: held } = daemon;
  await commands.drive(state, 'add', magnet);
  await commands.untilSeeding(state, 1);
  const wanted = await bench.folder('wanted');
  for (const [option, value] of [
    ['--port', '1'],
    ['--dht-node', '127.0.0.1:9'],
  ] as const) {
    const refused = await commands.drive(state, 'get', magnet, '-o', wanted, option, value);
    assert.equal(refused.status, 1, 'an option of a whole process, in which the daemon does otherwise');
    assert.equal(refused.events.at(-1)!.code, 'state-in-use');
    assert.match(refused.events.at(-1)!.message as string, new RegExp(`: leave out ${option},`));
  }
  // The daemon does not look there either.
  const got = await commands.drive(state, 'get', magnet, '-o', wanted, '--no-lsd', '--no-dht', '--port', '0');
  assert.equal(got.status, 0, JSON.stringify(got.events.at(-1)));
  const done = got.events.at(-1)!;
  assert.deepEqual(
    [done.event, done.path, done.downloadBytes, done.copiedFrom],
    ['done', join(wanted, 'data'), 0, held],
  );
  assert.equal(await firstDifference(data, join(wanted, 'data')), undefined);
  assert.equal(await firstDifference(data, join(held, 'data')), undefined);

  // In place, and only some files.
  const some = await bench.folder('some');
  const chosen = await commands.drive(state, 'get', magnet, '-o', some, '--select', 'a.bin');
  assert.deepEqual([chosen.status, chosen.events.at(-1)!.size], [0, 3_000_001]);
  assert.deepEqual(readdirSync(join(some, 'data')), ['a.bin']);

  // A file of the person is in the way.
  const taken = await bench.folder('taken');
  mkdirSync(join(taken, 'data'));
  writeFileSync(join(taken, 'data', 'a.bin'), 'not this');
  const refused = await commands.drive(state, 'get', magnet, '-o', taken);
  assert.deepEqual([refused.status, refused.events.at(-1)!.code], [1, 'name-conflict']);
  assert.equal(readFileSync(join(taken, 'data', 'a.bin'), 'utf8'), 'not this');

  // A torrent file holds what the daemon keeps: it is kept for one folder, though another was named.
  const again = await commands.drive(state, 'get', torrent, '-o', await bench.folder('by-file'));
  assert.equal(again.status, 0, JSON.stringify(again.events.at(-1)));
  assert.deepEqual(placesOf(state), [held]);
  await daemon.stop();
  const alone = await commands.output(state, 'get', torrent, '-o', held);
  assert.match(alone, /4.93 MiB was there already/);
  assert.doesNotMatch(alone, /found again/);
});

test('get of what the daemon has brings back files that were removed, and leaves its limits alone', async () => {
  const daemon = await Daemon.up(bench, 'removed-files');
  const { state, folder } = daemon;
  const first = await commands.drive(state, 'get', magnet, '-o', folder);
  assert.equal(first.status, 0, JSON.stringify(first.events.at(-1)));
  await daemon.ask('PATCH', 'shares/1', { uploadLimit: 50_000 });
  rmSync(join(folder, 'data', 'a.bin'));
  const again = await commands.drive(
    state,
    'get',
    magnet,
    '-o',
    folder,
    '--limit-up',
    '2M',
    '--limit-down',
    '9M',
  );
  assert.equal(again.status, 0, JSON.stringify(again.events.at(-1)));
  assert.equal(await firstDifference(data, join(folder, 'data')), undefined);
  const share = await daemon.ask<{ uploadLimit: number; downloadLimit: null }>('GET', 'shares/1');
  assert.deepEqual([share.uploadLimit, share.downloadLimit], [50_000, null]);
  await daemon.stop();
});

test('get through the daemon reports what went wrong, and a paused share as paused', async () => {
  const daemon = await Daemon.up(bench, 'truth');
  const { state, folder } = daemon;
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data', 'a.bin'), 'not this');
  const failed = await commands.drive(state, 'get', magnet, '-o', folder);
  assert.deepEqual([failed.status, failed.events.at(-1)!.code], [1, 'name-conflict']);
  rmSync(join(folder, 'data'), { recursive: true });

  await commands.drive(state, 'remove', '1');
  const none = await commands.drive(
    state,
    'get',
    magnet,
    '-o',
    await bench.folder('none'),
    '--select',
    '*.mkv',
  );
  assert.equal(none.status, 2);
  assert.match(none.events.at(-1)!.message as string, /matches none of the/);
  for (const wrong of ['nosuch.torrent', './nosuch'])
    assert.deepEqual((await commands.drive(state, 'get', wrong)).events.at(-1)!.code, 'not-found', wrong);
  const isFolder = await commands.drive(state, 'get', data);
  assert.match(isFolder.events.at(-1)!.message as string, /is a folder/, 'nothing is shared by get');
  assert.deepEqual(
    (await commands.drive(state, 'list')).events,
    [],
    'nor is anything left of a selection of nothing',
  );

  const nobody = 'magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567';
  const get = bench.run('shoal get', process.execPath, [
    join(ROOT, 'src/app/main.ts'),
    ...['get', nobody, '-o', folder, '--state', state],
  ]);
  await get.until(() => /as share (\d+)/.exec(get.output)?.[1], 'the daemon took it');
  const [share] = (await commands.drive(state, 'list')).events;
  await commands.drive(state, 'pause', `${share!.id}`);
  await get.until(
    () => (/is paused; let it go on with: .*resume/.test(get.output) ? true : undefined),
    'paused',
  );
  assert.doesNotMatch(get.output, /resting/);
  get.child.kill('SIGINT');
  assert.equal(await get.exited, 130);
  assert.ok(
    get.output.includes(`the daemon goes on with it, as share ${share!.id}; stop it with: `),
    get.output,
  );
  assert.match(get.output, new RegExp(`pause ${share!.id} --state \\S+daemon-truth$`, 'm'));
  await daemon.stop();
});

test('get ends when its share is removed, or the daemon goes down; it knows where a share was moved to', async () => {
  const daemon = await Daemon.up(bench, 'ends');
  const { state } = daemon;
  const folder = await bench.folder('ends-whole');
  await daemon.ask('PATCH', 'settings', { incompleteDir: await bench.folder('ends-incomplete') });
  const got = await commands.drive(state, 'get', magnet, '-o', folder);
  assert.deepEqual([got.events.at(-1)!.path, got.events.at(-1)!.copiedFrom], [join(folder, 'data'), null]);

  const nobody = 'magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567';
  const main = join(import.meta.dirname, '..', '..', 'src/app/main.ts');
  const start = () =>
    bench.run('shoal get', process.execPath, [main, 'get', nobody, '--state', state, '--json']);
  const removed = start();
  await removed.event('progress');
  await daemon.ask('DELETE', 'shares/2');
  assert.equal(await removed.exited, 1, removed.output);
  assert.match(removed.events.at(-1)!.message as string, /share 2 was removed from the daemon/);
  const left = start();
  await left.event('progress');
  await daemon.stop();
  assert.equal(await left.exited, 1, left.output);
  assert.match(left.events.at(-1)!.message as string, /the daemon went down; it goes on with share 3 when/);
});

test('one-shot commands join the daemon with their state', async () => {
  const daemon = await Daemon.up(bench, 'join');
  const { program, state } = daemon;
  const folder = await bench.folder('joined');
  const got = await commands.drive(state, 'get', magnet, '-o', folder, '--select', '*.bin');
  assert.equal(got.status, 0);
  assert.equal(got.events.at(-1)!.path, join(folder, 'data'));
  const here = readdirSync(join(folder, 'data')).filter((name) => name !== 'empty');
  assert.deepEqual(here.sort(), ['a.bin', 'z.bin']);
  const shared = await commands.drive(state, 'share', await bench.makeData('joined-share'));
  assert.equal(shared.status, 0);
  assert.match(shared.events[0]!.magnet as string, /^magnet:/);
  // The name of a torrent file, in capitals as well.
  const torrent = await commands.drive(state, 'share', 'x.TORRENT');
  assert.deepEqual([torrent.status, torrent.events.at(-1)!.code], [1, 'not-found']);
  const { events } = await commands.drive(state, 'list');
  assert.deepEqual(
    events.map(({ name, phase }) => [name, phase]),
    [
      ['data', 'seeding'],
      ['joined-share', 'seeding'],
    ],
  );
  const files = await commands.drive(state, 'files', '1');
  assert.deepEqual(
    files.events.filter(({ isWanted }) => isWanted === true).map(({ path }) => path),
    ['a.bin', 'z.bin'],
  );
  const streamed = await commands.drive(state, 'stream', magnet, 'a.bin');
  const { url } = streamed.events.find(({ event }) => event === 'stream')!;
  assert.equal((await (await daemon.fetch(url as string)).arrayBuffer()).byteLength, 3_000_001);
  assert.equal(
    (await commands.drive(state, 'limit', '--down', '2M')).events[0]!.downloadLimit,
    2 * 1024 * 1024,
  );
  const limited = (await commands.drive(state, 'limit', '1', '--ratio', '1.5', '--seeding', '90')).events[0]!;
  assert.deepEqual([limited.ratioGoal, limited.seedingGoal, limited.idleGoal], [1.5, 90, null]);
  assert.equal(
    (await commands.drive(state, 'limit', '--seeding', '60', '--idle', '15')).events[0]!.idleGoal,
    15,
  );
  assert.equal(
    (await commands.drive(state, 'limit', '--seeding', 'none', '--idle', 'none')).events[0]!.seedingGoal,
    null,
  );
  assert.equal((await commands.drive(state, 'limit', '1', '--seeding', 'long')).status, 2);
  assert.deepEqual((await commands.drive(state, 'label', '1', '--add', 'x')).events[0]!.labels, ['x']);
  const moved = join(bench.dir, 'joined-moved');
  assert.equal((await commands.drive(state, 'move', '1', '-o', moved)).events[0]!.folder, moved);
  assert.deepEqual(placesOf(state), [moved], 'nothing is left of the share in its old folder');
  assert.equal((await commands.drive(state, 'peers', '1')).status, 0);
  assert.equal((await commands.drive(state, 'trackers', '1')).status, 0);
  program.child.kill('SIGTERM');
  assert.equal(await program.exited, 0, 'a service that is stopped has not failed');
});
