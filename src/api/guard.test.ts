// Who may ask: names of this machine, and pages of our own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalOf } from './guard.ts';

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

test('only names of this machine are answered (DNS rebinding)', () => {
  for (const [host, isFine] of HOSTS) assert.equal(refusalOf({ host }) === undefined, isFine, host);
  assert.notEqual(refusalOf({}), undefined);
});

test('pages of others may not ask, whatever they are called', () => {
  const host = '127.0.0.1:9091';
  assert.equal(refusalOf({ host, origin: 'http://127.0.0.1:9091' }), undefined);
  for (const origin of ['http://127.0.0.1:8080', 'https://evil.example', 'null', '', 'file://'])
    assert.notEqual(refusalOf({ host, origin }), undefined, origin);
});
