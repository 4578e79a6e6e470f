// When a share that was fetched has seeded enough.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ShareReport } from '../share/report.ts';
import { GoalCounter, hasGoals } from './seed-goals.ts';

const report = (isDone: boolean, uploadedBytes = 0): ShareReport =>
  ({ isDone, uploadedBytes, totalBytes: 100 }) as ShareReport;

test('time counts from the first report that is done', () => {
  const counter = new GoalCounter({ seconds: 2 }, 0);
  assert.equal(counter.handleReport(report(false), 0), false);
  assert.equal(counter.handleReport(report(true), 10_000), false);
  assert.equal(counter.handleReport(report(true), 11_999), false);
  assert.equal(counter.handleReport(report(true), 12_000), true);
});

test('the ratio is that of what was given to the size; the first goal that is reached counts', () => {
  const counter = new GoalCounter({ seconds: 60, ratio: 1.5 }, 0);
  assert.equal(counter.handleReport(report(false, 1000), 0), false);
  assert.equal(counter.handleReport(report(true, 149), 0), false);
  assert.equal(counter.handleReport(report(true, 150), 0), true);
});

test('what earlier runs sent counts; an empty share has nothing to send', () => {
  const counter = new GoalCounter({ ratio: 1.5 }, 100);
  assert.equal(counter.handleReport(report(true, 49), 0), false);
  assert.equal(counter.handleReport(report(true, 50), 0), true);
  const empty = { isDone: true, uploadedBytes: 0, totalBytes: 0 } as ShareReport;
  assert.equal(new GoalCounter({ ratio: 2 }, 0).handleReport(empty, 0), true);
});

test('without goals nothing is ever enough', () => {
  assert.equal(hasGoals({}), false);
  assert.equal(hasGoals({ ratio: 0 }), true);
  assert.equal(new GoalCounter({}, 0).handleReport(report(true, 1e9), 1e12), false);
});
