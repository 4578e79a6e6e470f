// One share that is refused keeps no other from what a program asks for all of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShoalError } from '../../../ground/errors.ts';
import { actOnEach } from './act-on-each.ts';
import type { RosterEntry } from './entry.ts';

test('all are tried, one after the other, and the first refusal is told', async () => {
  const entries = [1, 2, 3, 4].map((id) => ({ stored: { id } }) as RosterEntry);
  const done: number[] = [];
  const acting = actOnEach(entries, async ({ stored: { id } }) => {
    if (id % 2 === 0) throw new ShoalError('denied', `share ${id}`);
    done.push(id);
  });
  await assert.rejects(acting, { code: 'denied', message: 'share 2' });
  assert.deepEqual(done, [1, 3]);
  await actOnEach([], () => assert.fail());
});
