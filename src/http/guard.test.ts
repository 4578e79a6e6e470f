// Who may ask: names of this machine, and pages of our own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IncomingHttpHeaders } from 'node:http';
import { type Asked, isPlainProgram, refusalOf } from './guard.ts';

const HOSTS: readonly (readonly [string, boolean])[] = [
  ['127.0.0.1:9091', true],
  ['localhost:9091', true],
  ['LOCALHOST', true],
  ['[::1]:9091', true],
  ['evil.example', false],
  ['localhost.evil.example:9091', false],
  ['127.0.0.1.evil.example', false],
  ['evil.example#localhost', false],
  ['127.0.0.1:9091@evil.example', false],
  ['', false],
];

const asked = (headers: IncomingHttpHeaders, method = 'GET', url = '/api/v1/shares'): Asked => ({
  headers,
  method,
  url,
});

const HOST = '127.0.0.1:9091';

test('only by a name of this machine is a program the owner (DNS rebinding)', () => {
  for (const [host, isOwn] of HOSTS) assert.equal(isPlainProgram({ host }, '1.1'), isOwn, host);
  assert.ok(!isPlainProgram({}, '1.1'));
  for (const host of ['evil.example#localhost', '127.0.0.1:9091@evil.example', '', 'a b'])
    assert.notEqual(refusalOf(asked({ host })), undefined, host);
  assert.equal(refusalOf(asked({ host: 'nas.lan:9091' })), undefined, 'the token decides');
});

test('what a browser or a proxy passes on is of no account', () => {
  for (const headers of [
    {},
    { 'user-agent': 'Sonarr', accept: '*/*', 'accept-language': 'en', cookie: 'a=b', range: 'bytes=0-' },
    { referer: `http://${HOST}` },
    { connection: 'upgrade, http2-settings', upgrade: 'h2c' },
  ])
    assert.ok(isPlainProgram({ host: HOST, ...headers }, '1.1'), JSON.stringify(headers));
  for (const name of [
    'origin',
    'sec-fetch-site',
    'sec-fetch-mode',
    'sec-fetch-dest',
    'sec-fetch-user',
    'sec-ch-ua',
    'sec-gpc',
    'sec-websocket-key',
    'access-control-request-method',
    'forwarded',
    'via',
    'x-forwarded-for',
    'x-forwarded-proto',
    'x-forwarded-host',
    'x-forwarded-prefix',
    'x-forwarded',
    'x-real-ip',
    'x-original-forwarded-for',
    'cf-connecting-ip',
    'proxy-connection',
  ])
    for (const value of ['', 'null', `http://${HOST}`])
      assert.ok(!isPlainProgram({ host: HOST, [name]: value }, '1.1'), `${name}: ${value}`);
  for (const referer of ['http://127.0.0.1:8000/', 'https://evil.example/', 'nonsense'])
    assert.ok(!isPlainProgram({ host: HOST, referer }, '1.1'), referer);
  assert.ok(!isPlainProgram({ host: HOST }, '1.0'), 'nginx, as it is set up at first');
});

test('pages of other sites are refused, whatever they are called', () => {
  const host = HOST;
  assert.equal(refusalOf(asked({ host, origin: 'http://127.0.0.1:9091' })), undefined);
  for (const origin of ['http://127.0.0.1:8080', 'https://evil.example', 'null', '', 'file://']) {
    assert.notEqual(refusalOf(asked({ host, origin })), undefined, origin);
    assert.notEqual(refusalOf(asked({ host, origin, 'sec-fetch-site': 'same-site' })), undefined, origin);
  }
  // A proxy may have another name than it gives us; the browser knows that they belong together.
  const behind = { host, origin: 'https://torrents.example', 'sec-fetch-site': 'same-origin' };
  assert.equal(refusalOf(asked(behind)), undefined);
});

test('pages of others show nothing of ours; a link of theirs may lead to our page', () => {
  const host = '127.0.0.1:9091';
  const from = (site: string, mode: string, dest: string): IncomingHttpHeaders => ({
    host,
    'sec-fetch-site': site,
    'sec-fetch-mode': mode,
    'sec-fetch-dest': dest,
  });
  const isRefused = (headers: IncomingHttpHeaders, url: string, method = 'GET'): boolean =>
    refusalOf(asked(headers, method, url)) !== undefined;
  assert.ok(isRefused(from('cross-site', 'no-cors', 'image'), '/files/1/0/a.jpg'));
  assert.ok(isRefused(from('same-site', 'no-cors', 'video'), '/files/1/0/a.mp4'));
  assert.ok(isRefused(from('cross-site', 'navigate', 'document'), '/files/1/0/a.mp4'));
  assert.ok(isRefused(from('cross-site', 'navigate', 'iframe'), '/'));
  assert.ok(isRefused(from('cross-site', 'navigate', 'document'), '/', 'POST'));
  assert.ok(!isRefused(from('cross-site', 'navigate', 'document'), '/?open=magnet%3A'));
  assert.ok(!isRefused(from('same-origin', 'no-cors', 'video'), '/files/1/0/a.mp4'));
  assert.ok(!isRefused(from('none', 'navigate', 'document'), '/files/1/0/a.mp4'));
});
