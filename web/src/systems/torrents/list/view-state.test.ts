// Which shares the list shows, and in which order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeShare } from '../fake-share.ts';
import { type Filter, select, setView, type Sort, useView, type ViewState } from './view-state.ts';

const SHARES = [
  fakeShare({ id: 1, name: 'Film 10', phase: 'seeding', doneBytes: 1000, uploadRate: 5, labels: ['films'] }),
  fakeShare({ id: 2, name: 'film 9', phase: 'paused', totalBytes: 5000 }),
  fakeShare({ id: 3, name: 'Song', phase: 'failed', trouble: 'the disk is full', labels: ['music'] }),
  fakeShare({ id: 4, name: 'Album', phase: 'fetching', downloadRate: 90, doneBytes: 10, labels: ['music'] }),
  fakeShare({ id: 5, name: 'Ångström', phase: 'metadata', totalBytes: 0, doneBytes: 0 }),
  fakeShare({ id: 6, name: 'Book', phase: 'resting', trouble: 'the disk is full' }),
];
const idsOf = (given: Partial<ViewState>): number[] =>
  select(SHARES, { filter: 'all', search: '', sort: 'new', ...given }).map(({ id }) => id);

const filters: readonly (readonly [Filter, readonly number[]])[] = [
  ['all', [6, 5, 4, 3, 2, 1]],
  ['loading', [6, 5, 4]],
  ['sharing', [1]],
  ['paused', [2]],
  ['attention', [6, 3]],
  ['label:music', [4, 3]],
  ['label:none', []],
];
for (const [filter, expected] of filters)
  test(`filter ${filter}`, () => assert.deepEqual(idsOf({ filter }), expected));

const searches: readonly (readonly [string, readonly number[]])[] = [
  ['film', [2, 1]],
  ['films 10', [1]],
  ['  SONG  music ', [3]],
  ['film song', []],
];
for (const [search, expected] of searches)
  test(`search "${search}"`, () => assert.deepEqual(idsOf({ search }), expected));

const sorts: readonly (readonly [Sort, readonly number[]])[] = [
  ['new', [6, 5, 4, 3, 2, 1]],
  // Numbers as numbers, whatever the case.
  ['name', [4, 5, 6, 2, 1, 3]],
  ['size', [2, 6, 4, 3, 1, 5]],
  ['progress', [5, 4, 2, 6, 3, 1]],
  ['rate', [4, 1, 6, 5, 3, 2]],
];
for (const [sort, expected] of sorts)
  test(`sorted by ${sort}`, () => assert.deepEqual(idsOf({ sort }), expected));

test('the browser remembers the order, not the search', () => {
  const kept: Record<string, string> = {};
  Object.assign(globalThis, {
    localStorage: { setItem: (key: string, value: string) => (kept[key] = value) },
  });
  setView({ sort: 'size', search: 'film' });
  assert.deepEqual(kept, { sort: 'size' });
  assert.equal(typeof useView, 'function');
});
