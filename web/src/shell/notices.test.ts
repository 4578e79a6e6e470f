// Notices go by themselves, say the same once, and are never many.
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { complain, notices, notify } from './notices.ts';

mock.timers.enable({ apis: ['setTimeout'] });
const shown = (): string[] => notices.get().map(({ text }) => text);
beforeEach(() => notices.set([]));

test('an error stays longer', () => {
  notify('Saved');
  complain(new Error('the disk is full'));
  assert.deepEqual(shown(), ['Saved', 'That did not work: the disk is full']);
  mock.timers.tick(6000);
  assert.deepEqual(shown(), ['That did not work: the disk is full']);
  mock.timers.tick(9000);
  assert.deepEqual(shown(), []);
});

test('the same words once; four at most, the latest', () => {
  for (const words of ['a', 'b', 'a', 'c', 'd', 'e']) notify(words);
  assert.deepEqual(shown(), ['a', 'c', 'd', 'e']);
});
