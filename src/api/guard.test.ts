// Who may ask: names of this machine, and pages of our own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IncomingHttpHeaders } from 'node:http';
import { type Asked, refusalOf } from './guard.ts';

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
  needsToken: false,
});

test('only names of this machine are answered (DNS rebinding)', () => {
  for (const [host, isFine] of HOSTS) assert.equal(refusalOf(asked({ host })) === undefined, isFine, host);
  assert.notEqual(refusalOf(asked({})), undefined);
  assert.equal(refusalOf({ ...asked({ host: 'nas.lan:9091' }), needsToken: true }), undefined);
});

test('pages of others may not ask, whatever they are called', () => {
  const host = '127.0.0.1:9091';
  assert.equal(refusalOf(asked({ host, origin: 'http://127.0.0.1:9091' })), undefined);
  for (const origin of ['http://127.0.0.1:8080', 'https://evil.example', 'null', '', 'file://']) {
    assert.notEqual(refusalOf(asked({ host, origin })), undefined, origin);
    assert.notEqual(refusalOf({ ...asked({ host, origin }), needsToken: true }), undefined, origin);
  }
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
