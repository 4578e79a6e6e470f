// Who knows the token may ask, who guesses waits, and without one nothing listens beyond loopback.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fastify from 'fastify';
import { Access, addAccess } from './access.ts';
import { isLoopback } from './server.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const ask = (access: Access, headers: Readonly<Record<string, string>>, url = '/api/v1/shares'): boolean =>
  access.mayAsk({ headers, url });

test('without a token everybody who reaches it may ask', () => {
  assert.ok(ask(new Access(undefined), {}));
});

test('the token is taken as Bearer, as a password with any name, and for a cookie', () => {
  const access = new Access(TOKEN);
  assert.ok(ask(access, { authorization: `Bearer ${TOKEN}` }));
  assert.ok(ask(access, { authorization: `Basic ${btoa(`anyone:${TOKEN}`)}` }));
  const cookie = access.signIn(TOKEN)!;
  assert.match(cookie, /^shoal=[0-9a-f]{64}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=\d+$/);
  const given = cookie.split(';')[0]!;
  assert.ok(ask(access, { cookie: `other=1; ${given}` }));
  assert.ok(ask(access, { cookie: given.replace('shoal', 'SID') }));
  access.signOut(given);
  assert.ok(!ask(access, { cookie: given }));
});

test('nothing else is taken', () => {
  const access = new Access(TOKEN);
  for (const authorization of [
    '',
    'Bearer',
    'Bearer x',
    `Bearer ${TOKEN}x`,
    `Basic ${btoa(TOKEN)}`,
    'Basic %%%',
    `Digest ${TOKEN}`,
  ])
    assert.ok(!ask(access, { authorization }), authorization);
  for (const cookie of [
    '',
    'shoal=',
    `shoal=${'0'.repeat(64)}`,
    `shoal=${TOKEN}`,
    `xshoal=${'0'.repeat(64)}`,
  ])
    assert.ok(!ask(access, { cookie }), cookie);
  assert.equal(access.signIn('guess'), undefined);
});

test('the page may be seen without it, and nothing that it shows', () => {
  const access = new Access(TOKEN);
  for (const url of [
    '/',
    '/?open=magnet%3A',
    '/assets/index-1.js',
    '/health',
    '/icon.svg',
    '/api/v1/sign-in',
    '/api/v2/auth/login',
  ])
    assert.ok(ask(access, {}, url), url);
  for (const url of [
    '/api/v1/shares',
    '/files/1/0/a',
    '/webdav/',
    '/metrics',
    '/transmission/rpc',
    '/api/v1/sign-in/../shares',
    '/api/v2/torrents/info',
    '//api/v1/shares',
  ])
    assert.ok(!ask(access, {}, url), url);
});

test('who fails ten times in a minute waits, and others do not', () => {
  const access = new Access(TOKEN);
  for (let i = 0; i < 10; i++) {
    assert.equal(access.waitOf('192.0.2.1'), 0);
    access.noteFailure('192.0.2.1');
  }
  const wait = access.waitOf('192.0.2.1');
  assert.ok(wait > 0 && wait <= 60, `${wait} s`);
  assert.equal(access.waitOf('192.0.2.2'), 0);
  for (let i = 0; i < 90; i++) access.noteFailure(`192.0.2.${i}`);
  assert.ok(access.waitOf('198.51.100.1') > 0, 'all together are too many');
});

test('what is loopback', () => {
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) assert.ok(isLoopback(host), host);
  for (const host of ['0.0.0.0', '::', '192.168.1.5', '127.0.0.1.example.org', ''])
    assert.ok(!isLoopback(host), host);
});

test('who failed too often is not told that a guess was right', async () => {
  const server = fastify();
  addAccess(server, new Access(TOKEN));
  server.get('/secret', () => 'told');
  const ask = async (token: string): Promise<number> =>
    (await server.inject({ url: '/secret', headers: { authorization: `Bearer ${token}` } })).statusCode;
  assert.equal(await ask(TOKEN), 200);
  for (let i = 0; i < 10; i++) assert.equal(await ask('guess'), 401);
  assert.equal(await ask('guess'), 429);
  assert.equal(await ask(TOKEN), 429);
  await server.close();
});
