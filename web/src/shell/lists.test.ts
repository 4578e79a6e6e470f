// Lists as people type them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listOf, namesOf } from './lists.ts';

test('words, whatever is between them', () => {
  assert.deepEqual(listOf(' wwan0, ppp0\nwlan1,,'), ['wwan0', 'ppp0', 'wlan1']);
  assert.deepEqual(listOf(''), []);
});

test('names, which may hold blanks', () => {
  assert.deepEqual(namesOf('old films, music ,'), ['old films', 'music']);
});
