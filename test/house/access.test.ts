// Access to the interfaces: the owner's programs have it, the token or a key gives it, other accounts of this
// machine do not have it.
import assert from 'node:assert/strict';
import { execFile, type ExecFileOptions } from 'node:child_process';
import { chmodSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { createMount } from '../../src/systems/torrents/api/mount.ts';
import { torrents } from '../../src/systems/torrents/system.ts';
import { ApiServer } from '../../src/http/server.ts';
import { createPeer } from '../../src/systems/torrents/share/peer.ts';
import { Roster } from '../../src/systems/torrents/roster/roster.ts';
import { Updates } from '../../src/systems/torrents/updates/updates.ts';
import { hasProgram } from '../../scripts/setup-programs.ts';
import { Bench } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';
import { ROOT } from '../../scripts/steps.ts';

/** `nobody` and `nogroup`, everywhere: an account that owns nothing here. */
const OTHER = { uid: 65_534, gid: 65_534 };
const TOKEN = '0123456789abcdef0123456789abcdef';

let bench: Bench;
before(async () => {
  bench = await Bench.open();
  // The mode of the state folder protects it, not that of a folder above.
  chmodSync(bench.dir, 0o755);
});
after(() => bench.close());

interface Ran {
  readonly status: number;
  readonly stdout: string;
}

/** Runs a program of the system to its end; what it prints counts whatever its status is. */
function run(command: string, args: readonly string[], as: ExecFileOptions = {}, input = ''): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, [...args], { cwd: '/', ...as }, (error, stdout) => {
      const status = error === null ? 0 : error.code;
      if (typeof status === 'number') resolve({ status, stdout: String(stdout) });
      else reject(error as Error);
    });
    // It may end before it has read what it was given.
    child.stdin?.on('error', () => {}).end(input);
  });
}

const skip = hasProgram('curl') ? false : 'curl is not installed (npm run setup-programs)';

/** Why this machine cannot try it as another account; undefined when it can. */
async function whyNot(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'the system does not tell accounts apart';
  if (process.getuid!() !== 0) return 'only root runs programs as another account';
  const ran = await run('curl', ['--version'], OTHER).catch((error: unknown) => error as Error);
  return ran instanceof Error ? `curl does not run as another account: ${ran.message}` : undefined;
}

interface Asked {
  readonly method?: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The statuses that curl gets, all in one process, over a connection of its own each. */
async function statusesOf(asked: readonly Asked[], as: ExecFileOptions = {}): Promise<number[]> {
  const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
  const lines = asked.map(({ method = 'GET', url, headers = {}, body }) =>
    [
      `url = ${quote(url)}`,
      method === 'HEAD' ? 'head' : `request = ${method}`,
      'path-as-is',
      'output = "/dev/null"',
      'write-out = "%{http_code}\\n"',
      // An event stream has no end; its status comes at once.
      url.endsWith('/events') ? 'max-time = 2' : 'max-time = 60',
      'header = "connection: close"',
      ...Object.entries(headers).map(([name, value]) => `header = ${quote(`${name}: ${value}`)}`),
      ...(body === undefined
        ? []
        : [`data-binary = ${quote(body)}`, 'header = "content-type: application/json"']),
    ].join('\n'),
  );
  const { stdout } = await run('curl', ['-s', '--config', '-'], as, lines.join('\nnext\nsilent\n'));
  const statuses = stdout.trim().split('\n').map(Number);
  assert.equal(statuses.length, asked.length, stdout);
  return statuses;
}

/** One more of each kind of root: what an account without the token is asked about in every test below. */
const sensitive = (url: string, path: string): Asked[] => [
  { method: 'POST', url: `${url}api/v1/shares`, body: JSON.stringify({ path }) },
  { url: `${url}api/v1/shares` },
  { url: `${url}files/1/0` },
  { url: `${url}files/1/playlist.m3u` },
  { method: 'POST', url: `${url}transmission/rpc`, body: '{"method":"session-get"}' },
  { url: `${url}api/v2/torrents/info` },
  { method: 'PROPFIND', url: `${url}webdav/`, headers: { depth: '1' } },
  { method: 'PROPFIND', url, headers: { depth: '1' } },
  { url: `${url}metrics` },
  { url: `${url}api/v1/events` },
];
const REFUSED = [401, 401, 401, 401, 401, 403, 401, 401, 401, 401];

test('another account gets nothing; the owner all, but not through a browser or a proxy', {
  skip,
}, async (t) => {
  const daemon = await Daemon.up(bench, 'owner');
  const { url } = daemon;
  const data = await bench.makeData('private');
  const own = await statusesOf(sensitive(url, data));
  assert.deepEqual(own, [201, 200, 200, 200, 409, 200, 207, 207, 200, 200]);
  for (const [name, value] of [
    ['origin', url.slice(0, -1)],
    ['sec-fetch-site', 'same-origin'],
    ['sec-fetch-mode', 'no-cors'],
    ['forwarded', 'for=192.0.2.1'],
    ['x-forwarded-for', '192.0.2.1'],
    ['x-forwarded-proto', 'https'],
    ['x-real-ip', '192.0.2.1'],
    ['via', '1.1 proxy'],
    ['host', 'torrents.example'],
  ] as const) {
    const asked = sensitive(url, data).map((one) => ({ ...one, headers: { ...one.headers, [name]: value } }));
    assert.deepEqual(await statusesOf(asked), REFUSED, `${name}: ${value}`);
  }
  await t.test('as another account', async (sub: TestContext) => {
    const reason = await whyNot();
    if (reason !== undefined) return sub.skip(reason);
    assert.deepEqual(await statusesOf(sensitive(url, data), OTHER), REFUSED);
    const open = await statusesOf(
      ['', 'health'].map((path) => ({ url: url + path })),
      OTHER,
    );
    assert.equal(open[1], 200);
    assert.notEqual(open[0], 401, 'the page may be seen');
    // The page token of the owner's address, seen in a list of processes, signs nobody else in.
    const seen = /token=([0-9a-f]{32})$/.exec(daemon.page)![1]!;
    assert.notEqual(seen, daemon.token);
    const signIn = (token: string): Asked => ({
      method: 'POST',
      url: `${url}api/v1/sign-in`,
      body: JSON.stringify({ token }),
    });
    assert.deepEqual(await statusesOf([signIn(seen), signIn(daemon.token)], OTHER), [403, 204]);
    assert.deepEqual(await statusesOf([signIn(seen)]), [204]);
    const withToken = sensitive(url, data).map((one) => ({
      ...one,
      headers: { ...one.headers, authorization: `Bearer ${daemon.token}` },
    }));
    assert.deepEqual(await statusesOf(withToken, OTHER), [200, ...own.slice(1)]);
  });
  await daemon.stop();
});

test('with --api-token the account does not count', { skip }, async () => {
  const daemon = await Daemon.up(bench, 'asking', '--api-token');
  assert.deepEqual(await statusesOf(sensitive(daemon.url, bench.dir)), REFUSED);
  await daemon.stop();
});

test('every route checks its caller', async (t) => {
  const reason = await whyNot();
  if (reason !== undefined) return t.skip(reason);
  const local = { host: '127.0.0.1', port: 0, dht: false, lsd: false } as const;
  const peer = await createPeer({ ...local, stateDir: join(bench.dir, 'state-routes') });
  const roster = new Roster(peer, { downloadDir: await bench.folder('files-routes') });
  await roster.start();
  const keySecret = { value: 'secret', renew: () => {} };
  const mounts = [createMount({ roster, updates: new Updates(roster), keySecret })];
  const api = await ApiServer.open({
    mounts,
    systems: [torrents],
    port: 0,
    token: TOKEN,
    trustsAccount: true,
    keySecret,
  });
  try {
    // Schemas are compiled with the first request: one that cannot be is found here.
    api.compileSchemas();
    const isOpen = ({ method, url }: { method: string; url: string }): boolean =>
      ['GET', 'HEAD'].includes(method)
        ? /^\/(assets\/[^:*]+|health|icon\.svg|manifest\.webmanifest)?$/.test(url)
        : method === 'POST' && ['/api/v1/sign-in', '/api/v2/auth/login'].includes(url);
    const routes = api.routes.filter((route) => !isOpen(route));
    for (const root of ['/api/v1/', '/api/v2/', '/files/', '/webdav', '/metrics', '/transmission/'])
      assert.ok(
        routes.some(({ url }) => url.startsWith(root)),
        root,
      );
    assert.ok(routes.length > 100, `${routes.length} routes`);
    const base = api.url.slice(0, -1);
    const asked = routes.map(({ method, url }) => ({
      method,
      url: base + url.replace(/:\w+/g, '1').replace('*', 'x'),
    }));
    const statuses = await statusesOf(asked, OTHER);
    for (const [n, status] of statuses.entries())
      assert.equal(status, asked[n]!.url.includes('/api/v2/') ? 403 : 401, JSON.stringify(routes[n]));
    // A path without a route tells nothing. WebSockets get the same checks as other requests.
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
    const socket = { ...upgrade, 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' };
    const others = await statusesOf(
      [
        { url: `${base}/nothing` },
        { url: `${base}/api/v1/../v1/shares` },
        { url: `${base}//api/v1/shares` },
        { url: `${base}/api/v1/events`, headers: upgrade },
        { url: `${base}/api/v1/events`, headers: { ...socket, origin: 'http://evil.example' } },
        { url: `${base}/assets/..%2f..%2fapi/v1/shares` },
        { url: `${base}/key/nothing/api/v1/shares` },
      ],
      OTHER,
    );
    assert.deepEqual(others, [401, 401, 401, 401, 403, 401, 401]);
  } finally {
    await api.close();
    await roster.close();
  }
});

test('the state folder and all in it are for the owner, while a daemon works in it', async (t) => {
  const origin = await bench.makeData('state-origin');
  const torrent = join(bench.dir, 'state.torrent');
  // Version 1 without padding: pieces have parts of several files.
  await bench.shoal(['create', origin, '--v1', '--piece-length', '64K', '-o', torrent]).event('created');
  const seed = bench.shoal(['share', torrent, '--dir', join(origin, '..'), '--port', '0']);
  const magnet = (await seed.event('ready')).magnet as string;
  const daemon = await Daemon.up(bench, 'state');
  await daemon.ask('POST', 'shares', { path: await bench.makeData('state-shared') });
  // A file that is not wanted in a piece that is: its bytes go to the side file.
  await daemon.ask('POST', 'shares', { link: magnet, select: ['one'] });
  await daemon.untilShares('one file is fetched', (shares) =>
    shares.every(({ phase }) => phase === 'seeding'),
  );
  const names = ['.', ...(readdirSync(daemon.state, { recursive: true }) as string[])];
  for (const wanted of ['api.json', 'api-token', 'api-keys', 'shoal.db', 'shoal.db-wal', 'peer.pid'])
    assert.ok(names.includes(wanted), wanted);
  for (const folder of ['torrents', 'journals', 'edges'])
    assert.ok(
      names.some((name) => name.startsWith(`${folder}/`)),
      folder,
    );
  for (const name of names) {
    const { mode } = lstatSync(join(daemon.state, name), { throwIfNoEntry: false }) ?? { mode: 0 };
    assert.equal(mode & 0o077, 0, name);
  }
  const reason = await whyNot();
  if (reason !== undefined) t.diagnostic(`not tried as another account: ${reason}`);
  else
    for (const name of names)
      assert.notEqual((await run('cat', [join(daemon.state, name)], OTHER)).status, 0, name);
  await daemon.stop();
});

test('a key opens the files that it names to its holder, until all keys end', { skip }, async () => {
  const daemon = await Daemon.up(bench, 'keys', '--api-token');
  await daemon.ask('POST', 'shares', { path: await bench.makeData('keyed') });
  await daemon.ask('POST', 'shares', { path: await bench.makeData('keyed-other') });
  const address = async (...args: string[]): Promise<string[]> => {
    const program = bench.run('shoal address', process.execPath, [
      join(ROOT, 'src/app/main.ts'),
      ...['address', ...args, '--state', daemon.state, '--json'],
    ]);
    assert.equal(await program.exited, 0, program.output);
    return program.events.filter(({ event }) => event === 'address').map(({ url }) => url as string);
  };
  const [webdav, metrics, playlist] = await address('1');
  const listed = await run('curl', ['-s', playlist!]);
  const { files } = await daemon.ask<{ files: { url: string; playerUrl: string }[] }>(
    'GET',
    'shares/1/files',
  );
  const film = new URL(files[0]!.playerUrl, daemon.url).href;
  assert.match(listed.stdout, /^#EXTM3U/);
  const asked = [
    { url: film },
    { method: 'PROPFIND', url: webdav!, headers: { depth: '1' } },
    { url: metrics! },
    { url: new URL(files[0]!.url, daemon.url).href },
    { url: film.replace('/files/1/', '/files/2/') },
    { url: film.replace(/\/files\/.*/, '/api/v1/shares') },
    { method: 'DELETE', url: webdav! },
  ];
  assert.deepEqual(await statusesOf(asked), [200, 207, 200, 401, 403, 403, 403]);
  // All paths in a WebDAV answer lie below the address of the key.
  const { stdout } = await run('curl', ['-s', '-X', 'PROPFIND', '-H', 'depth: 1', webdav!]);
  const hrefs = [...stdout.matchAll(/<D:href>([^<]*)/g)].map(([, href]) => href!);
  assert.ok(hrefs.length === 3 && hrefs.every((href) => href.startsWith(new URL(webdav!).pathname)), stdout);
  const renewed = await address('--revoke');
  assert.deepEqual(await statusesOf(asked.slice(0, 3)), [401, 401, 401]);
  assert.deepEqual(await statusesOf([{ url: renewed[1]! }]), [200]);
  await daemon.stop();
});

test('the token of a daemon that died is not sent to another program on its port', async () => {
  const daemon = await Daemon.up(bench, 'dead');
  const before = readFileSync(join(daemon.state, 'api.json'));
  daemon.program.child.kill('SIGKILL');
  await daemon.program.exited;
  let heard = 0;
  const stranger = createServer((_, response) => {
    heard++;
    response.end('{"shares":[]}');
  });
  await new Promise<void>((resolve) => stranger.listen(daemon.port, '127.0.0.1', resolve));
  const main = join(ROOT, 'src/app/main.ts');
  const list = bench.run('shoal list', process.execPath, [main, 'list', '--state', daemon.state, '--json']);
  assert.equal(await list.exited, 1);
  assert.equal(list.events[0]!.code, 'not-found');
  // Nor while another command runs with that state.
  const share = bench.shoal(['share', await bench.makeData('beside'), '--port', '0'], {
    state: daemon.state,
  });
  await share.event('ready');
  const again = bench.run('shoal list', process.execPath, [main, 'list', '--state', daemon.state, '--json']);
  assert.equal(await again.exited, 1);
  await share.stop();
  assert.equal(heard, 0);
  stranger.close();
  assert.ok(before.length > 0);
});

test('a token that a person chose counts; a short one is refused', async () => {
  const up = (state: string, token: string) =>
    bench.run(
      'shoal up',
      process.execPath,
      [
        join(ROOT, 'src/app/main.ts'),
        ...['up', '--state', state, '--download-dir', join(bench.dir, 'files-chosen')],
        ...['--api-port', '0', '--port', '0', '--no-dht', '--no-lsd', '--json'],
      ],
      { SHOAL_API_TOKEN: token },
    );
  const state = join(bench.dir, 'state-chosen');
  const chosen = up(state, 'correct horse'.replace(' ', '-battery-'));
  assert.equal((await chosen.event('ready')).token, 'correct-battery-horse');
  await chosen.stop();
  const short = up(state, 'secret');
  assert.equal((await short.event('error')).code, 'bad-argument');
  await short.exited;
  // The file counts as well.
  writeFileSync(join(state, 'api-token'), 'written-by-a-person\n');
  const written = up(state, '');
  assert.equal((await written.event('ready')).token, 'written-by-a-person');
  await written.stop();
});
