// The token, cookies, keys and the account of a socket open the interfaces; nothing else does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fastify, { type FastifyInstance } from 'fastify';
import type { Root, Rooted } from '../host/roots.ts';
import { Access, type AccessOptions, addAccess, pageTokenOf } from './access.ts';
import { takeKey } from './keys.ts';
import { isLoopback } from './loopback.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const OWNER = 1000;
const HOST = '127.0.0.1:9091';

interface World {
  /** Whose socket asks next; undefined where nothing tells it. */
  account: number | undefined;
  secret: string;
  readonly access: Access;
  readonly server: FastifyInstance;
  ask(
    url: string,
    headers?: Readonly<Record<string, string>>,
    method?: string,
  ): Promise<{ readonly status: number; readonly headers: Readonly<Record<string, unknown>> }>;
  signIn(token: string): Promise<{ readonly status: number; readonly cookie: string }>;
}

/** A server with a route of each kind behind the hook. */
function createWorld(given: Partial<AccessOptions> = {}): World {
  const server = fastify({ rewriteUrl: takeKey });
  const access = new Access({
    token: TOKEN,
    keySecret: () => world.secret,
    trustsAccount: true,
    systems: SYSTEMS,
    account: OWNER,
    ownerOf: async () => world.account,
    ...given,
  });
  const world: World = {
    account: undefined,
    secret: 'first',
    access,
    server,
    ask: async (url, headers = {}, method = 'GET') => {
      const answer = await server.inject({
        method: method as 'GET',
        url,
        headers: { host: HOST, ...headers },
      });
      return { status: answer.statusCode, headers: answer.headers };
    },
    signIn: async (token) => {
      const answer = await server.inject({ method: 'POST', url: '/api/v1/sign-in', payload: { token } });
      const cookie = String(answer.headers['set-cookie'] ?? '');
      return { status: answer.statusCode, cookie: cookie.split(';')[0]! };
    },
  };
  addAccess(server, access, SYSTEMS);
  for (const url of [
    '/',
    '/assets/index-1.js',
    '/health',
    '/icon.svg',
    '/api/v1/shares',
    '/api/v2/torrents/info',
    '/files/:id/:file',
    '/webdav',
    '/webdav/*',
    '/metrics',
  ])
    server.get(url, () => 'told');
  for (const url of ['/', '/api/v2/auth/login', '/api/v1/shares']) server.post(url, () => 'told');
  return world;
}

const SYSTEMS: readonly Rooted[] = [
  {
    name: 'torrents',
    roots: [
      { path: '/api/v1/shares', authentication: 'token' },
      { path: '/files', authentication: 'basic', key: { name: 'share', parameter: 'id' } },
      { path: '/webdav', authentication: 'basic', key: { name: 'webdav', opensTop: true } },
      { path: '/api/v2', authentication: 'sign-in', signInPath: '/api/v2/auth/login' },
    ],
  },
];

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

test('the token is taken as Bearer, as a password with any name, and for a cookie', async () => {
  const world = createWorld();
  assert.equal((await world.ask('/api/v1/shares', bearer(TOKEN))).status, 200);
  const basic = { authorization: `Basic ${btoa(`anyone:${TOKEN}`)}` };
  assert.equal((await world.ask('/api/v1/shares', basic)).status, 200);
  const { cookie } = await world.signIn(TOKEN);
  assert.match(cookie, /^shoal=[0-9a-f]{64}$/);
  assert.equal((await world.ask('/api/v1/shares', { cookie: `other=1; ${cookie}` })).status, 200);
  assert.equal((await world.ask('/api/v1/shares', { cookie: cookie.replace('shoal', 'SID') })).status, 200);
  // What listens on another port of the host can set a cookie of our name that comes first.
  const tossed = { cookie: `shoal=${'0'.repeat(64)}; shoal=x; ${cookie}` };
  assert.equal((await world.ask('/api/v1/shares', tossed)).status, 200);
  await world.ask('/api/v1/sign-out', { cookie }, 'POST');
  assert.equal((await world.ask('/api/v1/shares', { cookie })).status, 401);
});

test('nothing else is taken', async () => {
  for (const authorization of [
    '',
    'Bearer',
    'Bearer x',
    `Bearer ${TOKEN}x`,
    `Bearer ${pageTokenOf(TOKEN)}`,
    `Basic ${btoa(TOKEN)}`,
    'Basic %%%',
    `Digest ${TOKEN}`,
  ])
    assert.equal((await createWorld().ask('/metrics', { authorization })).status, 401, authorization);
  const world = createWorld();
  for (const cookie of ['shoal=', `shoal=${'0'.repeat(64)}`, `shoal=${TOKEN}`, `xshoal=${'0'.repeat(64)}`])
    assert.equal((await world.ask('/metrics', { cookie })).status, 401, cookie);
  assert.equal((await world.signIn('guess')).status, 403);
});

test('the page may be seen without it, and nothing that it shows', async () => {
  const { ask } = createWorld();
  for (const url of ['/', '/?open=magnet%3A', '/assets/index-1.js', '/health', '/icon.svg'])
    assert.equal((await ask(url)).status, 200, url);
  assert.equal((await ask('/api/v2/auth/login', {}, 'POST')).status, 200);
  for (const url of [
    '/api/v1/shares',
    '/files/1/0',
    '/webdav',
    '/metrics',
    '/api/v1/sign-in/../shares',
    '//api/v1/shares',
    '/nothing',
    '/assets/nothing',
    '/health/../metrics',
  ])
    assert.equal((await ask(url)).status, 401, url);
  assert.equal((await ask('/', {}, 'POST')).status, 401, 'what is open is so for reading');
  assert.equal((await ask('/api/v2/torrents/info')).status, 403, 'clients of qBittorrent sign in at 403');
});

test('a plain program of the account of the daemon needs no token; every other does', async () => {
  const world = createWorld();
  const { ask } = world;
  world.account = OWNER;
  assert.equal((await ask('/api/v1/shares')).status, 200);
  assert.equal((await ask('/api/v1/shares', bearer('of another program'))).status, 200, 'as without one');
  assert.equal((await ask('/api/v1/shares', { origin: `http://${HOST}` })).status, 401);
  assert.equal((await ask('/api/v1/shares', { 'x-forwarded-for': '192.0.2.1' })).status, 401);
  assert.equal((await ask('/api/v1/shares', { host: 'evil.example' })).status, 401);
  for (const account of [OWNER + 1, 0, undefined]) {
    world.account = account;
    assert.equal((await ask('/api/v1/shares')).status, 401, `account ${account}`);
  }
  for (const options of [{ trustsAccount: false }, { account: undefined }]) {
    const other = createWorld(options);
    other.account = options.account === undefined && 'account' in options ? undefined : OWNER;
    assert.equal((await other.ask('/api/v1/shares')).status, 401, JSON.stringify(options));
  }
});

test('the page token signs the account of the daemon in, and nobody else', async () => {
  const world = createWorld({ trustsAccount: false });
  for (const account of [OWNER + 1, 0, undefined]) {
    world.account = account;
    assert.equal((await world.signIn(pageTokenOf(TOKEN))).status, 403, `account ${account}`);
  }
  world.account = OWNER;
  const { status, cookie } = await world.signIn(pageTokenOf(TOKEN));
  assert.equal(status, 204);
  assert.equal((await world.ask('/metrics', { cookie })).status, 200);
});

test('a cookie is worth nothing to another account, which may have been sent it', async () => {
  const world = createWorld();
  world.account = OWNER;
  const { cookie } = await world.signIn(TOKEN);
  const page = { cookie, origin: `http://${HOST}` };
  assert.equal((await world.ask('/metrics', page)).status, 200);
  // One that ended stands before it.
  const both = { ...page, cookie: `a=b; SID=${'0'.repeat(64)}; ${cookie}; c=d` };
  assert.equal((await world.ask('/metrics', both)).status, 200);
  for (const account of [OWNER + 1, undefined]) {
    world.account = account;
    assert.equal((await world.ask('/metrics', page)).status, 401, `account ${account}`);
  }
});

test('a key opens what it names, for reading, until all of them end', async () => {
  const world = createWorld();
  const { ask, access } = world;
  const share = access.keys.prefixFor('share', 3);
  const webdav = access.keys.prefixFor('webdav');
  const metrics = access.keys.prefixFor('metrics');
  for (const url of [`${share}/files/3/0`, `${webdav}/webdav`, `${webdav}/webdav/a/b`, `${metrics}/metrics`])
    assert.equal((await ask(url)).status, 200, url);
  for (const url of [
    `${share}/files/4/0`,
    `${share}/files/03/0`,
    `${share}/metrics`,
    `${share}/api/v1/shares`,
    `${share}/`,
    `${share}/nothing`,
    `${metrics}/webdav`,
    `${webdav}/files/3/0`,
    `${webdav}/files/3/0/../../webdav`,
  ])
    assert.equal((await ask(url)).status, 403, url);
  assert.equal((await ask(`${metrics}/api/v1/shares`, {}, 'POST')).status, 403);
  // A wrong key is refused also where none is needed, and the owner's programs are told that it ended.
  world.account = OWNER;
  for (const key of ['metrics', `metrics-${'0'.repeat(32)}`, `share3-${share.split('-')[1]}0`, 'x'])
    assert.equal((await ask(`/key/${key}/metrics`)).status, 401, key);
  assert.equal((await ask(`${share.replace('share3', 'share4')}/files/4/0`)).status, 401);
  world.secret = 'second';
  assert.equal((await ask(`${metrics}/metrics`)).status, 401);
});

test('a key opens the root that declares it, whatever its system is called', async () => {
  const roots: readonly Root[] = [
    { path: '/books', authentication: 'basic', key: { name: 'book', parameter: 'number' } },
    { path: '/shelf', authentication: 'token', key: { name: 'shelf' } },
  ];
  const world = createWorld({ systems: [{ name: 'library', roots }] });
  const { server, access, ask } = world;
  for (const url of ['/books/:number/page', '/books/:number', '/shelf', '/shelf/:id'])
    server.get(url, () => 'told');
  const book = access.keys.prefixFor('book', 7);
  const shelf = access.keys.prefixFor('shelf');
  for (const url of [`${book}/books/7/page`, `${shelf}/shelf`, `${shelf}/shelf/9`])
    assert.equal((await ask(url)).status, 200, url);
  for (const url of [`${book}/books/8/page`, `${book}/books/7`, `${book}/shelf`, `${shelf}/books/7/page`])
    assert.equal((await ask(url)).status, 403, url);
  // The top is for the clients of a root that says so.
  for (const key of [book, shelf]) assert.equal((await ask(`${key}/`)).status, 403);
  assert.throws(() => access.keys.prefixFor('webdav'), /there is no key webdav/);
  assert.throws(() => access.keys.prefixFor('book'), /there is no key book/);
  assert.throws(() => access.keys.prefixFor('shelf', 1), /there is no key shelf 1/);
  const twice = [
    { name: 'other', roots: [{ path: '/x', authentication: 'token', key: { name: 'metrics' } }] },
  ] as const;
  assert.throws(() => createWorld({ systems: twice }), /the keys of two roots are called metrics/);
});

test('who fails ten times in a minute waits and learns nothing; others do not wait', async () => {
  const world = createWorld();
  for (let i = 0; i < 10; i++) assert.equal((await world.ask('/metrics', bearer('guess'))).status, 401);
  for (const token of ['guess', TOKEN]) {
    const answer = await world.ask('/metrics', bearer(token));
    assert.equal(answer.status, 429);
    const wait = Number(answer.headers['retry-after']);
    assert.ok(wait > 0 && wait <= 60, `${wait} s`);
  }
  assert.equal((await world.signIn(TOKEN)).status, 429);
  // An account of this machine has the address of the owner, and uses up its own attempts only.
  world.account = OWNER + 1;
  for (let i = 0; i < 10; i++) assert.equal((await world.ask('/metrics', bearer('guess'))).status, 401);
  assert.equal((await world.ask('/metrics', bearer(TOKEN))).status, 429);
  world.account = OWNER;
  // The owner's scripts are not plain programs where they use Node's fetch; they may fail as often as they like.
  const script = { 'sec-fetch-mode': 'cors' };
  for (let i = 0; i < 20; i++)
    assert.equal((await world.ask('/metrics', { ...bearer('guess'), ...script })).status, 401);
  assert.equal((await world.ask('/metrics', { ...bearer(TOKEN), ...script })).status, 200);
  // A page in a browser of the owner, or a proxy, may not; and neither uses up what is another's.
  for (const sender of [{ origin: `http://${HOST}` }, { 'x-forwarded-for': '192.0.2.1' }] as const) {
    const asked = (token: string) => world.ask('/metrics', { ...bearer(token), ...sender });
    for (let i = 0; i < 10; i++) assert.equal((await asked('guess')).status, 401);
    assert.equal((await asked(TOKEN)).status, 429);
  }
});

test('what is loopback', () => {
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) assert.ok(isLoopback(host), host);
  for (const host of ['0.0.0.0', '::', '192.168.1.5', '127.0.0.1.example.org', ''])
    assert.ok(!isLoopback(host), host);
});
