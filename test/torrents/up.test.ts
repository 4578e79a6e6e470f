// The daemon, driven from the command line and over HTTP.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Bench } from '../../testkit/bench.ts';
import { Commands } from '../../testkit/commands.ts';
import { Daemon } from '../../testkit/daemon.ts';
import { firstDifference } from '../../testkit/files.ts';
import { waitFor } from '../../testkit/wait.ts';
import { ROOT } from '../../scripts/steps.ts';

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

test('shares are added, paused, resumed, checked and removed, and outlive kill -9', async () => {
  let daemon = await Daemon.up(bench, 'restarted');
  const { state, folder } = daemon;
  const none = await commands.drive(state, 'list');
  assert.deepEqual([none.status, none.events], [0, []]);
  const added = await commands.drive(state, 'add', magnet, '--label', 'films');
  assert.equal(added.events[0]!.id, 1);
  await commands.untilSeeding(state, 1);
  assert.equal(await firstDifference(data, join(folder, 'data')), undefined);
  assert.equal(
    (await commands.drive(state, 'add', magnet)).events[0]!.id,
    1,
    'the same again is no second share',
  );

  const other = await bench.makeData('other');
  assert.equal((await commands.drive(state, 'add', other)).events[0]!.phase, 'seeding');
  assert.equal((await commands.drive(state, 'add', other)).events[0]!.id, 2, 'nor is the same folder');
  assert.equal((await commands.drive(state, 'pause', '2')).events[0]!.phase, 'paused');

  daemon.program.child.kill('SIGKILL');
  await daemon.program.exited;
  const down = await commands.drive(state, 'list');
  assert.deepEqual([down.status, down.events.at(-1)!.code], [1, 'not-found']);

  daemon = await Daemon.up(bench, 'restarted');
  await commands.untilSeeding(state, 1);
  const { events } = await commands.drive(state, 'list');
  assert.deepEqual(
    events.map(({ id, phase, labels }) => [id, phase, labels]),
    [
      [1, 'seeding', ['films']],
      [2, 'paused', []],
    ],
  );
  await commands.drive(state, 'resume', '2');
  await commands.untilSeeding(state, 2);
  await commands.drive(state, 'recheck', `${events[1]!.hash}`.slice(0, 12));
  await commands.untilSeeding(state, 2);
  assert.equal((await commands.drive(state, 'remove', '1', '2', '--data')).status, 0);
  assert.equal(existsSync(join(folder, 'data')), false);
  assert.equal(readdirSync(join(state, 'torrents')).length, 2, 'of the folder, which may be shared again');
  assert.ok(existsSync(join(other, 'a.bin')), 'what is shared in place belongs to the person');
  assert.equal((await commands.drive(state, 'pause', '1')).status, 2);
  assert.equal((await commands.drive(state, 'down')).status, 0);
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
  await commands.drive(state, 'add', magnet);
  await until(/event: done\ndata: \{"id":1,/);
  await until(/"phase":"seeding"/);
  await commands.drive(state, 'remove', '1');
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
    ['POST', '/api/v1/shares', JSON.stringify({ link: magnet, peers: ['nonsense'] }), 400],
    ['POST', '/api/v1/shares', JSON.stringify({ link: magnet, trackers: ['ftp://x/'] }), 400],
    ['POST', '/api/v1/shares', JSON.stringify({ link: magnet, isSuperSeeding: true }), 400],
    ['POST', '/api/v1/shares', JSON.stringify({ link: magnet, dataFolder: '/x' }), 400],
    ['POST', '/api/v1/shares', JSON.stringify({ link: magnet, pieceLength: 65_536 }), 400],
    ['POST', '/api/v1/shares', JSON.stringify({ path: '/x', peers: ['127.0.0.1:1'] }), 400],
    ['GET', '/api/v1/shares/7/watch', undefined, 404],
    ['GET', '/api/v1/follows/7/watch', undefined, 404],
    ['DELETE', '/api/v1/publications/7', undefined, 404],
    ['POST', '/api/v1/follows', '{"link":"nonsense","folder":"/tmp"}', 400],
    ['POST', '/api/v1/publications', '{"name":"a","path":"/tmp"}', 409],
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

test('a folder that cannot be used is refused before there is a share, and named', async () => {
  const daemon = await Daemon.up(bench, 'folders');
  const { state, folder } = daemon;
  const nowhere = '/dev/null/x';
  const why = new RegExp(`cannot make the folder ${nowhere}`);
  const nobody = 'magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567';
  for (const command of ['add', 'get'])
    for (const link of [torrent, magnet, nobody]) {
      const refused = await commands.drive(state, command, link, '-o', nowhere);
      assert.equal(refused.status, 1, `${command} ${link}`);
      assert.match(refused.events.at(-1)!.message as string, why);
      assert.deepEqual(await daemon.shares(), []);
    }
  assert.equal((await commands.drive(state, 'get', magnet, '-o', folder)).status, 0, 'nothing of it is left');
  const missing = join(folder, 'not', 'made');
  assert.equal((await commands.drive(state, 'add', magnet, '-o', missing)).status, 0);
  assert.equal(existsSync(missing), false, 'no folder is made for a share that is there');
  const [copied, moved] = [
    await commands.drive(state, 'get', magnet, '-o', nowhere),
    await commands.drive(state, 'move', '1', '-o', nowhere),
  ];
  for (const { status, events } of [copied, moved]) {
    assert.equal(status, 1);
    assert.match(events.at(-1)!.message as string, why);
  }
  await commands.drive(state, 'add', nobody, '--paused');
  const unknown = await commands.drive(state, 'move', '2', '-o', nowhere);
  assert.equal(unknown.status, 1, 'also when nothing of it is known');
  assert.deepEqual(
    (await daemon.shares()).map((share) => share.folder),
    [folder, folder],
  );
  await daemon.stop();
});

test('people hear which settings changed, what is missing, and what was there already', async () => {
  const daemon = await Daemon.up(bench, 'told');
  const { state, folder } = daemon;
  assert.match(await commands.output(state, 'list'), /holds no shares yet: add one with: \S*shoal add LINK/);
  await commands.output(state, 'add', magnet, '--paused', '--select', '*.bin');
  assert.match(await commands.output(state, 'add', magnet), /is there already: nothing was added/);
  assert.match(await commands.output(state, 'label', '1', '--add', 'films'), /^1 {2}data: labels films$/m);
  assert.match(await commands.output(state, 'label', '1', '--remove', 'films'), /^1 {2}data: no labels$/m);
  assert.match(await commands.output(state, 'limit', '1', '--down', '2M'), /down 2.00 MiB\/s, up no limit/);
  assert.match(
    await commands.output(state, 'limit', '--up', '1MB'),
    /all shares together: .*up 976.6 KiB\/s/,
  );
  assert.match(await commands.output(state, 'peers', '1'), /no peer is connected: share 1 is paused/);
  assert.match(await commands.output(state, 'resume', '1'), /^1 {2}data: /m);
  await commands.untilSeeding(state, 1);
  const [heading, row] = (await commands.output(state, 'list')).split('\n');
  assert.match(heading!, /^No +Done +Size +State +Peers +Left +Down +Up +Name$/);
  assert.match(row!, /^ 1 +100 % +4.77 MiB +seeding +\d+ .*data$/);
  assert.match(await commands.output(state, 'files', '1'), /^No +Done +Size +Priority +Path$/m);
  assert.match(
    await commands.output(state, 'get', magnet, '-o', folder, '--select', '*.bin'),
    /4.77 MiB was there already/,
  );
  const removed = await commands.output(state, 'remove', '1');
  assert.ok(removed.includes(`1  data: removed, its data stays in ${folder}`), removed);
  await daemon.stop();
  assert.match(
    await commands.output(join(bench.dir, 'state-none'), 'state', 'list'),
    /no share is remembered in/,
  );
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
  await commands.drive(state, 'add', link);
  const listed = async (): Promise<boolean> =>
    /members of this only/.test(await commands.output(state, 'list'));
  await waitFor(listed, 'the reason of the tracker is listed');
  assert.match(
    (await commands.drive(state, 'list')).events[0]!.searchTrouble as string,
    /members of this only/,
  );
  assert.match(
    await commands.output(state, 'peers', '1'),
    /no peer is connected: tracker .*members of this only/,
  );
  const reason = (): RegExpMatchArray[] => [
    ...own.output.matchAll(/no peer is found: tracker .*members of this only/g),
  ];
  await waitFor(() => Promise.resolve(reason().length > 0), 'the reason is printed');
  own.child.kill('SIGINT');
  await own.exited;
  assert.equal(reason().length, 1, own.output);
  refusing.closeAllConnections();
  await new Promise((resolve) => refusing.close(resolve));
  await daemon.stop();
});
