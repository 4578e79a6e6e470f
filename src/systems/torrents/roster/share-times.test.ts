// The time in which a share fetches and seeds, over restarts, in virtual time.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { StateDb } from '../state/state-db.ts';
import { DEFAULT_PREFERENCES } from '../core/preferences.ts';
import { ShareTimes, TimesSaver } from './share-times.ts';

test('only time in which it fetches or seeds counts, each for itself', () => {
  const times = new ShareTimes();
  const seconds = (): readonly [number, number] => [times.fetchingSeconds, times.seedingSeconds];
  times.note('metadata', 1000);
  times.note('checking', 3000);
  assert.deepEqual(seconds(), [2, 0]);
  times.note('fetching', 10_000);
  assert.deepEqual(seconds(), [2, 0], 'checking is neither');
  times.note('seeding', 15_000);
  times.note('seeding', 16_000);
  times.note(undefined, 20_000);
  assert.deepEqual(seconds(), [7, 5]);
  times.note('seeding', 900_000);
  assert.deepEqual(seconds(), [7, 5], 'the pause does not count');
  times.note('seeding', 900_500);
  times.note('seeding', 901_000);
  assert.deepEqual(seconds(), [7, 6], 'parts of a second add up');
});

test('times outlive a restart; they are written once a minute, and again after a disk that refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-times-'));
  try {
    const state = StateDb.claim(folder);
    const share = {
      kind: 'fetch',
      folder: '/files',
      link: undefined,
      preferences: DEFAULT_PREFERENCES,
    } as const;
    const [a, b] = ['a', 'b'].map((digit) => state.roster.add({ ...share, key: digit.repeat(40) }));
    const entry = [a!, b!].map((stored) => ({ stored, times: new ShareTimes() }));
    let refuses = true;
    let writes = 0;
    const saver = new TimesSaver(
      {
        saveTimes: (times) => {
          writes++;
          if (refuses) throw new Error('the disk is full');
          state.roster.saveTimes(times);
        },
      },
      0,
    );
    const movedAt = new Date(1_700_000_000_000);
    entry[0]!.times.note('seeding', 0);
    entry[0]!.times.note('seeding', 59_000);
    entry[0]!.times.noteMoved(movedAt);
    saver.saveNowAndThen(entry, 59_000);
    assert.equal(writes, 0);
    saver.saveNowAndThen(entry, 60_000);
    assert.equal(writes, 1);
    refuses = false;
    saver.save(entry, 61_000);
    assert.equal(writes, 2);
    saver.save(entry, 62_000);
    assert.equal(writes, 2, 'nothing changed');
    state.close();

    const again = StateDb.claim(folder);
    const stored = again.roster.times();
    assert.deepEqual(stored.get(a!.id), { fetchingSeconds: 0, seedingSeconds: 59, movedAt });
    assert.equal(stored.get(b!.id), undefined);
    const times = new ShareTimes(stored.get(a!.id));
    times.note('seeding', 5);
    times.note('seeding', 2005);
    assert.deepEqual([times.seedingSeconds, times.movedAt], [61, movedAt]);
    again.roster.remove(a!.id);
    again.roster.saveTimes(new Map([[a!.id, { fetchingSeconds: 1, seedingSeconds: 1, movedAt }]]));
    assert.equal(again.roster.times().size, 0, 'nothing is kept of what was removed');
    again.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
