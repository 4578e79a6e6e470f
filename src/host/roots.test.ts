// A request belongs to the system whose root it lies in. Elsewhere no system gets it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findRoot, type Rooted } from './roots.ts';

const one: Rooted = {
  name: 'one',
  roots: [
    { path: '/files', authentication: 'basic' },
    { path: '/files/deep', authentication: 'token' },
  ],
};
const other: Rooted = { name: 'other' };

test('a place belongs to the longest root that it lies in', () => {
  for (const [url, name, path] of [
    ['/files', 'one', '/files'],
    ['/files/3?x=/api/v1/other', 'one', '/files'],
    ['/files/deep/3', 'one', '/files/deep'],
    ['/api/v1/other', 'other', '/api/v1/other'],
    ['/api/v1/one/things?a=b', 'one', '/api/v1/one'],
  ] as const) {
    const found = findRoot([other, one], url);
    assert.deepEqual([found?.system.name, found?.root.path], [name, path], url);
  }
  for (const url of ['/', '/filesystem', '/api/v1/others', '/api/v1', '']) {
    assert.equal(findRoot([one, other], url), undefined, url);
  }
});
