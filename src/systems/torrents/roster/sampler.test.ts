// Samples of rates and of times with a fake clock.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RosterEntry } from './entry.ts';
import { RateHistory } from './history.ts';
import { Sampler } from './sampler.ts';
import { ShareTimes } from './share-times.ts';

test('every two seconds the rates of each share, of all together, and the time in which they ran', () => {
  let [nowMs, due] = [0, undefined as (() => void) | undefined];
  const saved: string[] = [];
  const share = { phase: 'seeding', briefStatus: () => ({ downloadRate: 0, uploadRate: 10 }) };
  const still = { phase: 'seeding', briefStatus: () => ({ downloadRate: 0, uploadRate: 0 }) };
  const all = [share, still, undefined].map(
    (one) =>
      ({
        share: one,
        movedAt: -1,
        times: new ShareTimes(),
        rates: new RateHistory(),
      }) as unknown as RosterEntry,
  );
  const sampler = new Sampler({
    entries: { all },
    saver: {
      saveNowAndThen: () => void saved.push('now and then'),
      save: () => void saved.push('at the end'),
    },
    clock: {
      now: () => nowMs,
      after: (ms, action) => {
        assert.equal(ms, 2000);
        due = action;
        return { cancel: () => (due = undefined) };
      },
    },
  });
  for (const at of [2000, 4000]) {
    nowMs = at;
    due!();
  }
  assert.deepEqual(
    all.map(({ movedAt }) => movedAt),
    [4000, -1, -1],
  );
  assert.deepEqual(sampler.rates.read().upload.slice(-2), [10, 10]);
  assert.deepEqual(all[1]!.rates.read().upload, []);
  nowMs = 5000;
  sampler.close();
  assert.deepEqual(
    all.map(({ times }) => times.seedingSeconds),
    [3, 3, 0],
  );
  assert.deepEqual([saved, due], [['now and then', 'now and then', 'at the end'], undefined]);
});
