// The daemon, driven from the command line and over HTTP.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Bench } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';
import { firstDifference } from '../../testkit/files.ts';
import type { JsonEvent } from '../../testkit/program.ts';
import { waitFor } from '../../testkit/wait.ts';
import { ROOT } from '../../scripts/steps.ts';

let bench: Bench;
let data: string;
let magnet: string;
let torrent: string;
before(async () => {
  bench = await Bench.open();
  data = await bench.makeData();
  const seed = bench.shoal(['share', data, '--port', '0']);
  const ready = await seed.event('ready');
  [magnet, torrent] = [ready.magnet as string, ready.torrent as string];
});
after(() => bench.close());

/** Runs a command to its end. */
async function run(
  state: string,
  ...args: string[]
): Promise<{ readonly status: number | null; readonly events: JsonEvent[] }> {
  const program = bench.run('shoal', process.execPath, [
    join(ROOT, 'src/app/main.ts'),
    ...args,
    '--state',
    state,
    '--json',
  ]);
  return { status: await program.exited, events: program.events };
}

async function untilSeeding(state: string, id: number): Promise<void> {
  const isSeeding = async (): Promise<boolean> =>
    (await run(state, 'list')).events.some((share) => share.id === id && share.phase === 'seeding');
  await waitFor(isSeeding, `share ${id} is seeded`);
}

test('shares are added, paused, resumed, checked and removed, and outlive kill -9', async () => {
  let daemon = await Daemon.up(bench, 'restarted');
  const { state, folder } = daemon;
  assert.deepEqual(await run(state, 'list'), { status: 0, events: [] });
  const added = await run(state, 'add', magnet, '--label', 'films');
  assert.equal(added.events[0]!.id, 1);
  await untilSeeding(state, 1);
  assert.equal(await firstDifference(data, join(folder, 'data')), undefined);
  assert.equal((await run(state, 'add', magnet)).events[0]!.id, 1, 'the same again is no second share');

  const other = await bench.makeData('other');
  assert.equal((await run(state, 'add', other)).events[0]!.phase, 'seeding');
  assert.equal((await run(state, 'add', other)).events[0]!.id, 2, 'nor is the same folder');
  assert.equal((await run(state, 'pause', '2')).events[0]!.phase, 'paused');

  daemon.program.child.kill('SIGKILL');
  await daemon.program.exited;
  const down = await run(state, 'list');
  assert.deepEqual([down.status, down.events.at(-1)!.code], [1, 'not-found']);

  daemon = await Daemon.up(bench, 'restarted');
  await untilSeeding(state, 1);
  const { events } = await run(state, 'list');
  assert.deepEqual(
    events.map(({ id, phase, labels }) => [id, phase, labels]),
    [
      [1, 'seeding', ['films']],
      [2, 'paused', []],
    ],
  );
  await run(state, 'resume', '2');
  await untilSeeding(state, 2);
  await run(state, 'recheck', `${events[1]!.hash}`.slice(0, 12));
  await untilSeeding(state, 2);
  assert.equal((await run(state, 'remove', '1', '2', '--data')).status, 0);
  assert.equal(existsSync(join(folder, 'data')), false);
  assert.equal(readdirSync(join(state, 'torrents')).length, 2, 'of the folder, which may be shared again');
  assert.ok(existsSync(join(other, 'a.bin')), 'what is shared in place belongs to the person');
  assert.equal((await run(state, 'pause', '1')).status, 2);
  assert.equal((await run(state, 'down')).status, 0);
  assert.equal(await daemon.program.exited, 0);
  assert.equal(existsSync(join(state, 'api.json')), false);
});

test('events tell what happens as it happens; the description names every route', async () => {
  const daemon = await Daemon.up(bench, 'events');
  const { state } = daemon;
  const abort = new AbortController();
  const response = await daemon.fetch('/api/v1/events', { signal: abort.signal });
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  let heard = '';
  const listening = (async () => {
    for await (const chunk of response.body!) heard += Buffer.from(chunk).toString();
  })().catch(() => {});
  const until = (pattern: RegExp): Promise<void> =>
    waitFor(() => pattern.test(heard), `${pattern} was told`, { explain: () => heard.slice(-2000) });
  await until(/event: ready\ndata: \{"shares":0\}/);
  await run(state, 'add', magnet);
  await until(/event: done\ndata: \{"id":1,/);
  await until(/"phase":"seeding"/);
  await run(state, 'remove', '1');
  await until(/event: removed\ndata: \{"id":1,/);
  abort.abort();
  await listening;

  const described = (await (await daemon.fetch('/api/v1/openapi.json')).json()) as {
    openapi: string;
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  assert.equal(described.openapi, '3.1.0');
  for (const path of ['/shares', '/shares/{id}', '/shares/{id}/files', '/events', '/settings', '/status'])
    assert.ok(described.paths[`/api/v1${path}`] !== undefined, path);
  const ids = Object.values(described.paths).flatMap((methods) =>
    Object.values(methods).map((one) => one.operationId),
  );
  assert.equal(new Set(ids).size, ids.length);
  await daemon.stop();
});

test('over HTTP: what is wrong is said, with a status that fits, and changes nothing', async () => {
  const daemon = await Daemon.up(bench, 'http');
  const { state } = daemon;
  const ask = async (method: string, path: string, body?: string, type = 'application/json') => {
    const headers = body === undefined ? {} : { 'content-type': type };
    const response = await daemon.fetch(path, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, body: await response.text() };
  };
  const cases: readonly (readonly [string, string, string | undefined, number])[] = [
    ['GET', '/api/v1/shares/1', undefined, 404],
    ['GET', '/api/v1/shares/x', undefined, 400],
    ['GET', '/nothing', undefined, 404],
    ['POST', '/api/v1/shares', '{', 400],
    ['POST', '/api/v1/shares', '[]', 400],
    ['POST', '/api/v1/shares', '{}', 400],
    ['POST', '/api/v1/shares', '{"link":"nonsense"}', 400],
    ['POST', '/api/v1/shares', '{"torrent":"AAAA"}', 400],
    ['POST', '/api/v1/shares', '{"path":"/nonexistent"}', 404],
    ['POST', '/api/v1/shares', '{"link":"a","path":"b"}', 400],
    ['POST', '/api/v1/shares', JSON.stringify({ link: magnet, folder: '/dev/null/x' }), 404],
    ['PATCH', '/api/v1/shares/7', '{"isPaused":true}', 404],
    ['PATCH', '/api/v1/shares/7', '{"downloadLimit":-1}', 400],
    ['PATCH', '/api/v1/settings', '{"downloadDir":"relative/dir"}', 400],
    ['PATCH', '/api/v1/settings', '{"watchDir":"/proc/nope"}', 403],
    ['PATCH', '/api/v1/settings', '{"labels":{"a":{"folder":"/dev/null/x"}}}', 404],
    ['PATCH', '/api/v1/settings', '{"uploadLimit":-5}', 400],
    ['DELETE', '/api/v1/shares/7?data=perhaps', undefined, 400],
    ['DELETE', '/api/v1/shares/7', undefined, 404],
  ];
  for (const [method, path, body, status] of cases) {
    const answer = await ask(method, path, body);
    assert.equal(answer.status, status, `${method} ${path} ${body}: ${answer.body}`);
    assert.equal(typeof (JSON.parse(answer.body) as { message: unknown }).message, 'string');
  }
  assert.equal((await ask('POST', '/api/v1/shares', '{"link":"x"}', 'text/plain')).status, 400);
  assert.deepEqual(JSON.parse((await ask('GET', '/api/v1/shares')).body), { shares: [] });

  const { body } = await ask('POST', '/api/v1/shares', JSON.stringify({ link: magnet, isPaused: true }));
  assert.equal((JSON.parse(body) as { phase: string }).phase, 'paused');
  const changed = await ask('PATCH', '/api/v1/shares/1', '{"downloadLimit":5000,"labels":["a"]}');
  const share = JSON.parse(changed.body) as { downloadLimit: number; labels: string[] };
  assert.deepEqual([share.downloadLimit, share.labels], [5000, ['a']]);
  assert.match(
    (await ask('PATCH', '/api/v1/shares/1', '{"downloadLimit":null}')).body,
    /"downloadLimit":null/,
  );
  assert.equal((await ask('DELETE', '/api/v1/shares/1')).status, 204);
  assert.equal(existsSync(join(state, 'torrents')) && readdirSync(join(state, 'torrents')).length > 0, false);
  assert.equal(await daemon.stop(), 0);
});

/** The folders of the only fetched share, as the copy of its torrent names them. */
function placesOf(state: string): string[] {
  const folder = join(state, 'torrents');
  const places = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as JsonEvent[]);
  return places.filter(({ kind }) => kind === 'fetch').map((place) => place.folder as string);
}

test('a folder that cannot be used is refused before there is a share, and named', async () => {
  const daemon = await Daemon.up(bench, 'folders');
  const { state, folder } = daemon;
  const nowhere = '/dev/null/x';
  const why = new RegExp(`cannot make the folder ${nowhere}`);
  const nobody = 'magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567';
  for (const command of ['add', 'get'])
    for (const link of [torrent, magnet, nobody]) {
      const refused = await run(state, command, link, '-o', nowhere);
      assert.equal(refused.status, 1, `${command} ${link}`);
      assert.match(refused.events.at(-1)!.message as string, why);
      assert.deepEqual(await daemon.shares(), []);
    }
  assert.equal((await run(state, 'get', magnet, '-o', folder)).status, 0, 'nothing of it is left');
  const missing = join(folder, 'not', 'made');
  assert.equal((await run(state, 'add', magnet, '-o', missing)).status, 0);
  assert.equal(existsSync(missing), false, 'no folder is made for a share that is there');
  const [copied, moved] = [
    await run(state, 'get', magnet, '-o', nowhere),
    await run(state, 'move', '1', '-o', nowhere),
  ];
  for (const { status, events } of [copied, moved]) {
    assert.equal(status, 1);
    assert.match(events.at(-1)!.message as string, why);
  }
  await run(state, 'add', nobody, '--paused');
  const unknown = await run(state, 'move', '2', '-o', nowhere);
  assert.equal(unknown.status, 1, 'also when nothing of it is known');
  assert.deepEqual(
    (await daemon.shares()).map((share) => share.folder),
    [folder, folder],
  );
  await daemon.stop();
});

test('get of a share that has reached its goal leaves it paused, and says why', async () => {
  const daemon = await Daemon.up(bench, 'goal');
  const { state, folder } = daemon;
  await run(state, 'add', magnet);
  await untilSeeding(state, 1);
  await run(state, 'limit', '1', '--seeding', '0');
  await daemon.untilShares('it is paused by its goal', ([share]) => share?.phase === 'paused');
  assert.match(await said(state, 'peers', '1'), /share 1 has given what it should, and is paused/);
  const again = await said(state, 'get', magnet, '-o', folder);
  assert.match(again, /share 1 has given what it should, and stays paused/);
  assert.match(again, /4.93 MiB was there already; the daemon has given what it should of it/);
  assert.doesNotMatch(again, /waits for its turn/);
  const other = await bench.folder('goal-copy');
  assert.match(await said(state, 'get', magnet, '-o', other), /4.93 MiB copied, every byte verified/);
  assert.deepEqual(
    (await daemon.shares()).map(({ phase }) => phase),
    ['paused'],
  );
  // The removed file is fetched again, and the share is paused again.
  rmSync(join(folder, 'data', 'a.bin'));
  assert.equal((await run(state, 'get', magnet, '-o', folder)).status, 0);
  assert.equal(await firstDifference(data, join(folder, 'data')), undefined);
  await daemon.stop();
});

test('get -o through the daemon ends with the files in that folder, wherever the daemon has them', async () => {
  const daemon = await Daemon.up(bench, 'elsewhere');
  const { state, folder: held } = daemon;
  await run(state, 'add', magnet);
  await untilSeeding(state, 1);
  const wanted = await bench.folder('wanted');
  for (const [option, value] of [
    ['--port', '1'],
    ['--dht-node', '127.0.0.1:9'],
  ] as const) {
    const refused = await run(state, 'get', magnet, '-o', wanted, option, value);
    assert.equal(refused.status, 1, 'an option of a whole process, in which the daemon does otherwise');
    assert.equal(refused.events.at(-1)!.code, 'state-in-use');
    assert.match(refused.events.at(-1)!.message as string, new RegExp(`of its own: leave out ${option},`));
  }
  // The daemon does not look there either.
  const got = await run(state, 'get', magnet, '-o', wanted, '--no-lsd', '--no-dht', '--port', '0');
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
  const chosen = await run(state, 'get', magnet, '-o', some, '--select', 'a.bin');
  assert.deepEqual([chosen.status, chosen.events.at(-1)!.size], [0, 3_000_001]);
  assert.deepEqual(readdirSync(join(some, 'data')), ['a.bin']);

  // A file of the person is in the way.
  const taken = await bench.folder('taken');
  mkdirSync(join(taken, 'data'));
  writeFileSync(join(taken, 'data', 'a.bin'), 'not this');
  const refused = await run(state, 'get', magnet, '-o', taken);
  assert.deepEqual([refused.status, refused.events.at(-1)!.code], [1, 'name-conflict']);
  assert.equal(readFileSync(join(taken, 'data', 'a.bin'), 'utf8'), 'not this');

  // A torrent file holds what the daemon keeps: it is kept for one folder, though another was named.
  const again = await run(state, 'get', torrent, '-o', await bench.folder('by-file'));
  assert.equal(again.status, 0, JSON.stringify(again.events.at(-1)));
  assert.deepEqual(placesOf(state), [held]);
  await daemon.stop();
  const alone = await said(state, 'get', torrent, '-o', held);
  assert.match(alone, /4.93 MiB was there already/);
  assert.doesNotMatch(alone, /found again/);
});

test('get of what the daemon has brings back files that were removed, and leaves its limits alone', async () => {
  const daemon = await Daemon.up(bench, 'removed-files');
  const { state, folder } = daemon;
  const first = await run(state, 'get', magnet, '-o', folder);
  assert.equal(first.status, 0, JSON.stringify(first.events.at(-1)));
  await daemon.ask('PATCH', 'shares/1', { uploadLimit: 50_000 });
  rmSync(join(folder, 'data', 'a.bin'));
  const again = await run(state, 'get', magnet, '-o', folder, '--limit-up', '2M', '--limit-down', '9M');
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
  const failed = await run(state, 'get', magnet, '-o', folder);
  assert.deepEqual([failed.status, failed.events.at(-1)!.code], [1, 'name-conflict']);
  rmSync(join(folder, 'data'), { recursive: true });

  await run(state, 'remove', '1');
  const none = await run(state, 'get', magnet, '-o', await bench.folder('none'), '--select', '*.mkv');
  assert.equal(none.status, 2);
  assert.match(none.events.at(-1)!.message as string, /matches none of the/);
  for (const wrong of ['nosuch.torrent', './nosuch'])
    assert.deepEqual((await run(state, 'get', wrong)).events.at(-1)!.code, 'not-found', wrong);
  const isFolder = await run(state, 'get', data);
  assert.match(isFolder.events.at(-1)!.message as string, /is a folder/, 'nothing is shared by get');
  assert.deepEqual((await run(state, 'list')).events, [], 'nor is anything left of a selection of nothing');

  const nobody = 'magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567';
  const get = bench.run('shoal get', process.execPath, [
    join(ROOT, 'src/app/main.ts'),
    ...['get', nobody, '-o', folder, '--state', state],
  ]);
  await get.until(() => /as share (\d+)/.exec(get.output)?.[1], 'the daemon took it');
  const [share] = (await run(state, 'list')).events;
  await run(state, 'pause', `${share!.id}`);
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
  assert.match(get.output, new RegExp(`pause ${share!.id}$`, 'm'));
  await daemon.stop();
});

test('get ends when its share is removed, or the daemon goes down; it knows where a share was moved to', async () => {
  const daemon = await Daemon.up(bench, 'ends');
  const { state } = daemon;
  const folder = await bench.folder('ends-whole');
  await daemon.ask('PATCH', 'settings', { incompleteDir: await bench.folder('ends-incomplete') });
  const got = await run(state, 'get', magnet, '-o', folder);
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
  const got = await run(state, 'get', magnet, '-o', folder, '--select', '*.bin');
  assert.equal(got.status, 0);
  assert.equal(got.events.at(-1)!.path, join(folder, 'data'));
  const here = readdirSync(join(folder, 'data')).filter((name) => name !== 'empty');
  assert.deepEqual(here.sort(), ['a.bin', 'z.bin']);
  const shared = await run(state, 'share', await bench.makeData('joined-share'));
  assert.equal(shared.status, 0);
  assert.match(shared.events[0]!.magnet as string, /^magnet:/);
  // The name of a torrent file, in capitals as well.
  const torrent = await run(state, 'share', 'x.TORRENT');
  assert.deepEqual([torrent.status, torrent.events.at(-1)!.code], [1, 'not-found']);
  const { events } = await run(state, 'list');
  assert.deepEqual(
    events.map(({ name, phase }) => [name, phase]),
    [
      ['data', 'seeding'],
      ['joined-share', 'seeding'],
    ],
  );
  const files = await run(state, 'files', '1');
  assert.deepEqual(
    files.events.filter(({ isWanted }) => isWanted === true).map(({ path }) => path),
    ['a.bin', 'z.bin'],
  );
  const streamed = await run(state, 'stream', magnet, 'a.bin');
  const { url } = streamed.events.find(({ event }) => event === 'stream')!;
  assert.equal((await (await daemon.fetch(url as string)).arrayBuffer()).byteLength, 3_000_001);
  assert.equal((await run(state, 'limit', '--down', '2M')).events[0]!.downloadLimit, 2 * 1024 * 1024);
  const limited = (await run(state, 'limit', '1', '--ratio', '1.5', '--seeding', '90')).events[0]!;
  assert.deepEqual([limited.ratioGoal, limited.seedingGoal, limited.idleGoal], [1.5, 90, null]);
  assert.equal((await run(state, 'limit', '--seeding', '60', '--idle', '15')).events[0]!.idleGoal, 15);
  assert.equal(
    (await run(state, 'limit', '--seeding', 'none', '--idle', 'none')).events[0]!.seedingGoal,
    null,
  );
  assert.equal((await run(state, 'limit', '1', '--seeding', 'long')).status, 2);
  assert.deepEqual((await run(state, 'label', '1', '--add', 'x')).events[0]!.labels, ['x']);
  const moved = join(bench.dir, 'joined-moved');
  assert.equal((await run(state, 'move', '1', '-o', moved)).events[0]!.folder, moved);
  assert.deepEqual(placesOf(state), [moved], 'nothing is left of the share in its old folder');
  assert.equal((await run(state, 'peers', '1')).status, 0);
  assert.equal((await run(state, 'trackers', '1')).status, 0);
  program.child.kill('SIGTERM');
  assert.equal(await program.exited, 0, 'a service that is stopped has not failed');
});

/** The output of a command for a person: standard output and standard error. */
async function said(state: string, ...args: string[]): Promise<string> {
  const main = join(ROOT, 'src/app/main.ts');
  const program = bench.run('shoal', process.execPath, [main, ...args, '--state', state]);
  await program.exited;
  return program.output;
}

test('people hear which settings changed, what is missing, and what was there already', async () => {
  const daemon = await Daemon.up(bench, 'told');
  const { state, folder } = daemon;
  assert.match(await said(state, 'list'), /holds no shares yet: add one with: \S*shoal add LINK/);
  await said(state, 'add', magnet, '--paused', '--select', '*.bin');
  assert.match(await said(state, 'add', magnet), /is there already: nothing was added/);
  assert.match(await said(state, 'label', '1', '--add', 'films'), /^1 {2}data: labels films$/m);
  assert.match(await said(state, 'label', '1', '--remove', 'films'), /^1 {2}data: no labels$/m);
  assert.match(await said(state, 'limit', '1', '--down', '2M'), /down 2.00 MiB\/s, up no limit/);
  assert.match(await said(state, 'limit', '--up', '1MB'), /all shares together: .*up 976.6 KiB\/s/);
  assert.match(await said(state, 'peers', '1'), /nobody is connected: share 1 is paused/);
  assert.match(await said(state, 'resume', '1'), /^1 {2}data: /m);
  await untilSeeding(state, 1);
  const [heading, row] = (await said(state, 'list')).split('\n');
  assert.match(heading!, /^No +Done +Size +State +Peers +Left +Down +Up +Name$/);
  assert.match(row!, /^ 1 +100 % +4.77 MiB +seeding +\d+ .*data$/);
  assert.match(await said(state, 'files', '1'), /^No +Done +Size +Priority +Path$/m);
  assert.match(
    await said(state, 'get', magnet, '-o', folder, '--select', '*.bin'),
    /4.77 MiB was there already/,
  );
  const removed = await said(state, 'remove', '1');
  assert.ok(removed.includes(`1  data: removed, its data stays in ${folder}`), removed);
  await daemon.stop();
  assert.match(await said(join(bench.dir, 'state-none'), 'state', 'list'), /no share is remembered in/);
});

test('a tracker that refuses is seen in the list, and once in the log of a get', async () => {
  const refusing = createServer((_, response) => {
    response.end('d14:failure reason20:members of this onlye');
  });
  await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
  const announce = `http://127.0.0.1:${(refusing.address() as { port: number }).port}/announce`;
  const link = `magnet:?xt=urn:btih:${'ab'.repeat(20)}&tr=${encodeURIComponent(announce)}`;
  const daemon = await Daemon.up(bench, 'refused');
  const { state } = daemon;
  const own = bench.run('shoal get', process.execPath, [
    join(ROOT, 'src/app/main.ts'),
    ...['get', link, '-o', await bench.folder('refused-own'), '--port', '0', '--no-dht', '--no-lsd'],
    ...['--state', join(bench.dir, 'state-refused-own')],
  ]);
  await run(state, 'add', link);
  const listed = async (): Promise<boolean> => /members of this only/.test(await said(state, 'list'));
  await waitFor(listed, 'the reason of the tracker is listed');
  assert.match((await run(state, 'list')).events[0]!.searchTrouble as string, /members of this only/);
  assert.match(await said(state, 'peers', '1'), /nobody is connected: tracker .*members of this only/);
  const reason = (): RegExpMatchArray[] => [
    ...own.output.matchAll(/nobody is found: tracker .*members of this only/g),
  ];
  await waitFor(() => Promise.resolve(reason().length > 0), 'the reason is printed');
  own.child.kill('SIGINT');
  await own.exited;
  assert.equal(reason().length, 1, own.output);
  refusing.closeAllConnections();
  await new Promise((resolve) => refusing.close(resolve));
  await daemon.stop();
});
