// One system that denies is enough; listeners hear of every change, also of systems that open later.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Filter } from '../ground/filter.ts';
import { Filters } from './filters.ts';

const HOST = new Uint8Array(4);
const HASH = new Uint8Array(20);

function filterOf(list: string, denies: { hosts?: boolean; hashes?: boolean }): Filter & { change(): void } {
  const listeners = new Set<() => void>();
  return {
    allowsAllHosts: denies.hosts !== true,
    allowsAllHashes: denies.hashes !== true,
    denyHost: (_, occasion) => (denies.hosts === true ? { list, reason: occasion } : undefined),
    denyHash: (_, occasion) => (denies.hashes === true ? { list, reason: occasion } : undefined),
    listen: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    change: () => {
      for (const listener of listeners) listener();
    },
  };
}

test('without a system nothing is denied', () => {
  const filters = new Filters();
  assert.ok(filters.allowsAllHosts && filters.allowsAllHashes);
  assert.equal(filters.denyHost(HOST, 'peer'), undefined);
  assert.equal(filters.denyHash(HASH, 'add'), undefined);
});

test('one filter that denies is enough, with its list and for that occasion', () => {
  const filters = new Filters();
  filters.add(filterOf('one', { hosts: true }));
  filters.add(filterOf('other', { hashes: true }));
  assert.ok(!filters.allowsAllHosts && !filters.allowsAllHashes);
  assert.deepEqual(filters.denyHost(HOST, 'peer'), { list: 'one', reason: 'peer' });
  assert.deepEqual(filters.denyHash(HASH, 'add'), { list: 'other', reason: 'add' });
});

test('listeners hear of changes, of filters that come and go, and no longer than they listen', () => {
  const filters = new Filters();
  let heard = 0;
  const stop = filters.listen(() => heard++);
  const filter = filterOf('one', { hosts: true });
  filters.add(filter);
  assert.equal(heard, 1);
  filter.change();
  assert.equal(heard, 2);
  filters.remove(filter);
  assert.equal(heard, 3);
  assert.ok(filters.allowsAllHosts);
  filter.change();
  filters.remove(filter);
  assert.equal(heard, 3);
  filters.add(filter);
  stop();
  filter.change();
  assert.equal(heard, 4);
});
