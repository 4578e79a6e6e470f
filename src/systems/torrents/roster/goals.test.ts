// Goals by ratio, by time and by idleness.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reachedGoal } from './goals.ts';

test('a share has given enough by ratio, by time or by idleness; its own goal comes before that of all', () => {
  const given = { uploaded: 200, size: 100, seedingMinutes: 90, idleMinutes: 31 };
  const none = { ratioGoal: null, seedingGoal: null, idleGoal: null };
  assert.equal(reachedGoal(given, {}, none), undefined);
  assert.match(reachedGoal(given, {}, { ...none, ratioGoal: 2 })!, /2 times/);
  assert.equal(reachedGoal(given, { ratioGoal: null }, { ...none, ratioGoal: 2 }), undefined);
  assert.equal(reachedGoal(given, { ratioGoal: 3 }, { ...none, ratioGoal: 2 }), undefined);
  assert.match(reachedGoal(given, {}, { ...none, idleGoal: 30 })!, /30 minutes/);
  assert.match(reachedGoal(given, { seedingGoal: 90 }, none)!, /seeded for 90 minutes/);
  assert.match(reachedGoal(given, {}, { ...none, seedingGoal: 1 })!, /seeded for 1 minute$/);
  assert.match(reachedGoal(given, { seedingGoal: 0 }, none)!, /seeded for 0 minutes/);
  assert.match(reachedGoal(given, { seedingGoal: 1.5 }, none)!, /seeded for 90 seconds/);
  assert.equal(reachedGoal(given, { seedingGoal: 91 }, { ...none, seedingGoal: 1 }), undefined);
  assert.equal(reachedGoal(given, { seedingGoal: null }, { ...none, seedingGoal: 1 }), undefined);
});

test('the ratio is that of what was sent to the size, however much of it came', () => {
  const none = { ratioGoal: null, seedingGoal: null, idleGoal: null };
  const given = { uploaded: 199, size: 100, seedingMinutes: 0, idleMinutes: 0 };
  assert.equal(reachedGoal(given, { ratioGoal: 2 }, none), undefined);
  assert.equal(
    reachedGoal({ ...given, uploaded: 200 }, { ratioGoal: 2 }, none),
    'it has sent 2 times its size',
  );
  // There is nothing to send.
  assert.match(reachedGoal({ ...given, uploaded: 0, size: 0 }, { ratioGoal: 2 }, none)!, /2 times/);
});
