// What is followed, changed and removed at the same time, without a network.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShoalError } from '../../../ground/errors.ts';
import type { StoredFollow } from '../state/held-table.ts';
import { Follows, type FollowsHost } from './follows.ts';

const FOLLOW = { link: `magnet:?xs=urn:btpk:${'a'.repeat(64)}`, folder: '/followed' };

function openFollows(rows: Map<number, StoredFollow>): Follows {
  // Each run fails at once, and waits to try again.
  const lock = (): void => {
    throw new ShoalError('io-error', 'not here');
  };
  const table: FollowsHost['table'] = {
    follows: () => [...rows.values()],
    saveFollow: (row) => {
      rows.set(1, { ...row, id: 1 });
      return { ...row, id: 1 };
    },
    removeFollow: (id) => void rows.delete(id),
  };
  return new Follows({ peer: { dht: {}, state: { lock } }, table } as unknown as FollowsHost);
}

test('one that is removed while it takes a new interval does not come back', async () => {
  const rows = new Map<number, StoredFollow>();
  const follows = openFollows(rows);
  const { held } = await follows.follow(FOLLOW);
  const changed = follows.follow({ ...FOLLOW, everySeconds: 7 });
  const removed = follows.remove(held.stored.id);
  await assert.rejects(changed, { code: 'aborted' });
  await removed;
  assert.deepEqual([follows.all, rows.size], [[], 0]);
  await follows.close();
});

test('two changes at once both count, and one run is left', async () => {
  const follows = openFollows(new Map());
  await follows.follow(FOLLOW);
  const [, last] = await Promise.all([
    follows.follow({ ...FOLLOW, everySeconds: 7 }),
    follows.follow({ ...FOLLOW, uploadLimit: 9 }),
  ]);
  const { everySeconds, uploadLimit } = last.held.stored.preferences;
  assert.deepEqual([everySeconds, uploadLimit, follows.all], [7, 9, [last.held]]);
  await follows.close();
});

test('what is closed starts nothing any more', async () => {
  const follows = openFollows(new Map());
  await follows.follow(FOLLOW);
  const changed = follows.follow({ ...FOLLOW, everySeconds: 7 });
  const closed = follows.close();
  await assert.rejects(changed, { code: 'aborted' });
  await closed;
});
