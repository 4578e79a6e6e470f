// The queue as a function: which shares may run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ActivityLimits, type Candidate, decide } from './activity.ts';

const NO_LIMITS: ActivityLimits = {
  maxDownloads: null,
  maxSeeds: null,
  maxOfLabel: new Map(),
  holdsAll: false,
  holdsDownloads: false,
};
const share = (id: number, more: Partial<Candidate> = {}): Candidate => ({
  id,
  priority: 'normal',
  position: id,
  isForced: false,
  isWhole: false,
  isRunning: false,
  isStalled: false,
  labels: [],
  ...more,
});
const allowed = (candidates: readonly Candidate[], limits: Partial<ActivityLimits>): number[] =>
  [...decide(candidates, { ...NO_LIMITS, ...limits })].sort((a, b) => a - b);

test('the first in the queue run; priority, place and who runs already decide who is first', () => {
  const three = [share(1), share(2), share(3)];
  assert.deepEqual(allowed(three, {}), [1, 2, 3]);
  assert.deepEqual(allowed(three, { maxDownloads: 2 }), [1, 2]);
  assert.deepEqual(allowed([share(1), share(2), share(3, { priority: 'high' })], { maxDownloads: 1 }), [3]);
  assert.deepEqual(allowed([share(1), share(2, { isRunning: true })], { maxDownloads: 1 }), [2]);
  assert.deepEqual(allowed([share(1), share(2, { position: 0 })], { maxDownloads: 1 }), [2]);
});

test('who is forced or stalled takes no place; seeds have places of their own; labels have theirs', () => {
  assert.deepEqual(allowed([share(1, { isForced: true }), share(2)], { maxDownloads: 1 }), [1, 2]);
  assert.deepEqual(
    allowed([share(1, { isRunning: true, isStalled: true }), share(2)], { maxDownloads: 1 }),
    [1, 2],
  );
  const seeds = [share(1, { isWhole: true }), share(2, { isWhole: true }), share(3)];
  assert.deepEqual(allowed(seeds, { maxDownloads: 1, maxSeeds: 1 }), [1, 3]);
  const films = [share(1, { labels: ['films'] }), share(2, { labels: ['films'] }), share(3)];
  assert.deepEqual(allowed(films, { maxOfLabel: new Map([['films', 1]]) }), [1, 3]);
});

test('at rest nothing runs; with a full disk nothing is fetched', () => {
  const both = [share(1, { isForced: true }), share(2, { isWhole: true })];
  assert.deepEqual(allowed(both, { holdsAll: true }), []);
  assert.deepEqual(allowed(both, { holdsDownloads: true }), [2]);
});
