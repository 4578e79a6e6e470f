// A disk that does not answer is noticed after ten seconds, and so is its answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../../../testkit/hand-clock.ts';
import { STALL_MS, StallWatch } from './stall-watch.ts';

function watched(): { clock: HandClock; watch: StallWatch; said: string[] } {
  const clock = new HandClock();
  const said: string[] = [];
  const watch = new StallWatch(clock, {
    onStalled: (what) => said.push(`stalled: ${what}`),
    onResponding: () => said.push('moving'),
  });
  return { clock, watch, said };
}

test('a hanging path is reported once, and again when all hanging paths have answered', () => {
  const { clock, watch, said } = watched();
  const first = watch.begin('/one');
  clock.pass(5000);
  const second = watch.begin(() => '/two');
  clock.pass(4000);
  assert.deepEqual(said, []);
  clock.pass(8000);
  assert.deepEqual([said.splice(0), watch.isStalled], [['stalled: /one'], true]);
  first.end();
  assert.deepEqual(said, [], 'the second hangs as well');
  second.end();
  assert.deepEqual([said, watch.isStalled], [['moving'], false]);
});

test('a quick call leaves nothing behind, and a closed watch no timer', async () => {
  const { clock, watch, said } = watched();
  await watch.run('/quick', () => Promise.resolve());
  await assert.rejects(watch.run('/bad', () => Promise.reject(new Error('bad'))));
  clock.pass(2 * STALL_MS);
  assert.deepEqual([said, clock.waiting], [[], 0]);
  watch.begin('/one');
  watch.close();
  assert.equal(clock.waiting, 0);
});
