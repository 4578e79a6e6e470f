// The checks of every few seconds against a fake disk and a fake clock: room, retries, goals.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ShoalError, type Shortage } from '../../../ground/errors.ts';
import { NO_FILTER } from '../../../ground/filter.ts';
import { DEFAULT_SETTINGS, type Settings } from '../settings.ts';
import { DEFAULT_PREFERENCES } from '../core/preferences.ts';
import type { RosterEntry } from './entry.ts';
import { ShareLog } from './history.ts';
import { type ChecksHost, PeriodicChecks } from './periodic-checks.ts';
import { ShareTimes } from './share-times.ts';

/** A roster with the entries of a test, and what was done to them. */
class Bed implements ChecksHost {
  nowMs = 0;
  /** By delay: what is due next. */
  readonly timers = new Map<number, () => void>();
  settings: Settings = DEFAULT_SETTINGS;
  /** Bytes, by folder; a folder that is not there has no disk. */
  readonly free = new Map<string, number>();
  readonly all: RosterEntry[] = [];
  readonly done: string[] = [];
  readonly downloadDir = '/downloads';
  readonly space = {
    look: async (folder: string) => {
      const free = this.free.get(folder);
      if (free === undefined) throw new ShoalError('not-found', `${folder} is gone`);
      return { free, total: 1000 };
    },
  };
  readonly peer = {
    filter: NO_FILTER,
    state: { roster: { seenInFeeds: () => [], rememberFeeds: () => {} } },
  };
  readonly checks = new PeriodicChecks(this, {
    now: () => this.nowMs,
    after: (ms, action) => {
      this.timers.set(ms, action);
      return { cancel: () => void this.timers.delete(ms) };
    },
  });

  add(id: number, more: Partial<Record<keyof RosterEntry, unknown>>): RosterEntry {
    const entry = {
      stored: { id, preferences: DEFAULT_PREFERENCES },
      state: { is: 'stopped' },
      movedAt: 0,
      log: new ShareLog(),
      times: new ShareTimes(),
      totals: { uploaded: 0, downloaded: 100 },
      size: () => ({ total: 100, done: 100 }),
      ...more,
    } as unknown as RosterEntry;
    this.all.push(entry);
    return entry;
  }

  addShort(id: number, shortage?: Shortage): RosterEntry {
    const failure = new ShoalError('no-space', 'the disk is full', undefined, shortage);
    return this.add(id, { state: { is: 'failed', failure, atMs: this.nowMs } });
  }

  async openWatched(): Promise<void> {}
  async addLink(): Promise<void> {}
  async pause({ stored }: RosterEntry, isFinished: boolean): Promise<void> {
    this.done.push(`pause ${stored.id} ${isFinished}`);
  }
  retry({ stored }: RosterEntry): void {
    this.done.push(`retry ${stored.id}`);
  }
  folderFor(): string {
    return this.downloadDir;
  }
  applyLimits(): void {
    this.done.push(`limits ${this.checks.mode}`);
  }
  balance(): void {
    this.done.push('balance');
  }

  /** @returns what a look did */
  async look(): Promise<string[]> {
    this.done.length = 0;
    await this.checks.look();
    return [...this.done];
  }
}

test('the first look makes it known what may run, and every look balances', async () => {
  const bed = new Bed();
  assert.equal(bed.checks.isReady, false);
  assert.deepEqual(await bed.look(), ['balance']);
  assert.equal(bed.checks.isReady, true);
});

test('it looks again every five seconds until it is stopped', async () => {
  const bed = new Bed();
  await bed.checks.start();
  for (let round = 0; round < 2; round++) {
    bed.done.length = 0;
    assert.deepEqual([...bed.timers.keys()], [5000]);
    bed.timers.get(5000)!();
    await setImmediate();
    assert.deepEqual(bed.done, ['balance']);
  }
  bed.checks.stop();
  assert.equal(bed.timers.size, 0);
});

test('the mode changes the limits once; at pause nothing may run', async () => {
  const bed = new Bed();
  bed.settings = { ...DEFAULT_SETTINGS, isSlow: true };
  assert.deepEqual(await bed.look(), ['limits slow', 'balance']);
  assert.deepEqual(await bed.look(), ['balance']);
  const always = { days: [0, 1, 2, 3, 4, 5, 6], from: '00:00', to: '24:00', mode: 'pause' } as const;
  bed.settings = { ...DEFAULT_SETTINGS, schedule: [always] };
  assert.deepEqual(await bed.look(), ['limits pause', 'balance']);
  assert.equal(bed.checks.holdsAll, true);
});

test('with less on the disk than the settings ask for nothing is fetched; a disk that is gone holds nothing up', async () => {
  const bed = new Bed();
  bed.settings = { ...DEFAULT_SETTINGS, minFreeBytes: 500 };
  const held: boolean[] = [];
  for (const free of [499, 500, undefined]) {
    if (free === undefined) bed.free.clear();
    else bed.free.set('/downloads', free);
    await bed.look();
    held.push(bed.checks.holdsDownloads);
  }
  assert.deepEqual(held, [true, false, false]);
});

test('a share without room is retried when its own disk has some, or after a minute; a paused one is not', async () => {
  const bed = new Bed();
  bed.addShort(1, { folder: '/small', freeBytes: 0, neededBytes: 50 });
  bed.addShort(2);
  const paused = bed.addShort(3);
  paused.stored = { ...paused.stored, preferences: { ...DEFAULT_PREFERENCES, isPaused: true } };
  const failure = new ShoalError('io-error', 'the disk is gone');
  bed.add(4, { state: { is: 'failed', failure, atMs: 0 } });
  bed.free.set('/small', 49);
  assert.deepEqual(await bed.look(), ['balance']);
  bed.free.set('/small', 50);
  assert.deepEqual(await bed.look(), ['retry 1', 'balance']);
  bed.free.clear();
  bed.nowMs = 60_000;
  assert.deepEqual(await bed.look(), ['retry 2', 'balance']);
});

test('a seeding share that reached a goal is paused as finished, and says which', async () => {
  const bed = new Bed();
  bed.settings = { ...DEFAULT_SETTINGS, ratioGoal: 2, idleGoal: 30 };
  const seeding = { share: { phase: 'seeding' } };
  const generous = bed.add(1, { ...seeding, totals: { uploaded: 200, downloaded: 100 } });
  bed.add(2, { share: { phase: 'fetching' }, totals: { uploaded: 500, downloaded: 100 } });
  const idle = bed.add(3, seeding);
  bed.add(4, { ...seeding, movedAt: 1 });
  assert.deepEqual(await bed.look(), ['pause 1 true', 'balance']);
  assert.match(generous.log.lines.at(-1)!.text, /paused: .*2 times/);
  bed.all.splice(0, 1);
  bed.nowMs = 30 * 60_000;
  assert.deepEqual(await bed.look(), ['pause 3 true', 'balance']);
  assert.match(idle.log.lines.at(-1)!.text, /30 minutes/);
});
