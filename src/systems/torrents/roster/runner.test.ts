// The driver of the scheduler with fake shares and a fake clock: what it opens, stops and tells, and in which order.
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { ShoalError } from '../../../ground/errors.ts';
import { DEFAULT_SETTINGS, type Settings } from '../settings.ts';
import { DEFAULT_PREFERENCES } from '../core/preferences.ts';
import type { Share } from '../share/share.ts';
import type { LifePhase } from '../share/core/share-life.ts';
import { phaseOf } from '../api/summary.ts';
import { type EntryHost, RosterEntry } from './entry.ts';
import { FolderProbe } from './folder-probe.ts';
import { Runner } from './runner.ts';

/** Settled by the test. */
interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** Lets everything run that waits for nothing outside. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await setImmediate();
}

class FakeShare {
  phase: LifePhase = 'checking';
  onNotice: (text: string) => void = () => {};
  onDenied: (error: ShoalError) => void = () => {};
  stops = 0;
  readonly ending: Deferred<unknown> = Promise.withResolvers();
  readonly done: Promise<unknown> = this.ending.promise;
  /** Stops wait for it. */
  stopped: Promise<void> = Promise.resolve();

  async whenKnown(): Promise<void> {}

  async stop(): Promise<void> {
    this.stops++;
    await this.stopped;
    this.phase = 'stopped';
  }

  fail(error: ShoalError): void {
    this.phase = 'failed';
    this.ending.reject(error);
  }
}

/** A runner with entries, and the peer that it opens shares of. */
class Bed {
  nowMs = 0;
  settings: Settings = DEFAULT_SETTINGS;
  readonly checks = { isReady: true, holdsAll: false, holdsDownloads: false };
  readonly entries: RosterEntry[] = [];
  /** By key: those that the peer runs. */
  readonly shares = new Map<string, FakeShare>();
  /** By id: opens wait for it. */
  readonly opening = new Map<number, Deferred<void>>();
  /** Ids of starts whose hashing was ended. */
  readonly interrupted: number[] = [];
  readonly told: string[] = [];
  readonly whole: number[] = [];
  /** Resolved when the folder of that name answers. */
  readonly sleeping = new Map<string, Promise<void>>();
  readonly runner: Runner;

  constructor() {
    this.runner = new Runner(
      {
        entries: () => this.entries,
        settings: () => this.settings,
        checks: this.checks,
        clock: { now: () => this.nowMs },
        open: (entry, signal) => this.#open(entry, signal),
        applyPreferences: () => {},
        onChanged: (entry) => this.told.push(`${entry.stored.id} ${phaseOf(entry)}`),
        onWhole: async (entry) => void this.whole.push(entry.stored.id),
      },
      new FolderProbe(async (folder) => this.sleeping.get(folder), 0),
    );
  }

  add(id: number, isPaused = false): RosterEntry {
    const key = `${id}`.padStart(40, '0');
    const host: EntryHost = {
      findByHex: (hash) => this.shares.get(hash) as unknown as Share | undefined,
      ownAddresses: () => [],
      state: {
        torrents: { read: () => undefined, pathOf: () => '/none' },
        shares: { get: () => undefined, has: () => false, names: () => new Map() },
      },
    };
    const entry = new RosterEntry(host, {
      id,
      key,
      kind: 'fetch',
      folder: `/folder-${id}`,
      link: undefined,
      addedAt: new Date(0),
      doneAt: undefined,
      preferences: { ...DEFAULT_PREFERENCES, position: id, isPaused },
    });
    this.entries.push(entry);
    this.runner.add(entry);
    return entry;
  }

  setPaused(entry: RosterEntry, isPaused: boolean): void {
    const { stored } = entry;
    entry.stored = { ...stored, preferences: { ...stored.preferences, isPaused } };
  }

  async pause(entry: RosterEntry): Promise<void> {
    this.setPaused(entry, true);
    await this.runner.pause(entry);
  }

  shareOf(entry: RosterEntry): FakeShare {
    return this.shares.get(entry.stored.key)!;
  }

  async #open(entry: RosterEntry, signal: AbortSignal): Promise<Share> {
    const { id, key } = entry.stored;
    signal.addEventListener('abort', () => this.interrupted.push(id));
    await this.opening.get(id)?.promise;
    const share = new FakeShare();
    this.shares.set(key, share);
    const stop = share.stop.bind(share);
    share.stop = async () => {
      await stop();
      if (this.shares.get(key) === share) this.shares.delete(key);
    };
    share.phase = 'fetching';
    return share as unknown as Share;
  }
}

/** A bed with one running share. */
async function running(): Promise<{ bed: Bed; entry: RosterEntry; share: FakeShare }> {
  const bed = new Bed();
  const entry = bed.add(1);
  bed.runner.balance();
  await settle();
  assert.equal(phaseOf(entry), 'fetching');
  bed.told.length = 0;
  return { bed, entry, share: bed.shareOf(entry) };
}

test('shares start when the first look is over, and listeners hear of it once', async () => {
  const bed = new Bed();
  bed.checks.isReady = false;
  const [one, two] = [bed.add(1), bed.add(2, true)];
  bed.runner.balance();
  await settle();
  assert.deepEqual([phaseOf(one!), bed.shares.size], ['waiting', 0]);
  bed.checks.isReady = true;
  bed.runner.balance();
  bed.runner.balance();
  await settle();
  assert.deepEqual([phaseOf(one!), phaseOf(two!)], ['fetching', 'paused']);
  assert.deepEqual(bed.told, ['1 fetching']);
  assert.deepEqual([one!.movedAt, one!.isRunning, two!.isRunning], [0, true, false]);
});

test('at rest everything stops into the queue, and goes on when the hour is over', async () => {
  const { bed, entry, share } = await running();
  bed.checks.holdsAll = true;
  bed.runner.balance();
  await settle();
  assert.deepEqual([share.stops > 0, phaseOf(entry), entry.isInQueue], [true, 'waiting', true]);
  bed.checks.holdsAll = false;
  bed.runner.balance();
  await settle();
  assert.equal(phaseOf(entry), 'fetching');
  assert.notEqual(bed.shareOf(entry), share);
});

test('one that stalls makes room for the next', async () => {
  const bed = new Bed();
  bed.settings = { ...DEFAULT_SETTINGS, maxDownloads: 1, stalledMinutes: 30 };
  const [one, two] = [bed.add(1), bed.add(2)];
  bed.runner.balance();
  await settle();
  assert.deepEqual([phaseOf(one!), phaseOf(two!)], ['fetching', 'waiting']);
  bed.nowMs = 30 * 60_000 + 1;
  bed.runner.balance();
  await settle();
  assert.deepEqual([phaseOf(one!), phaseOf(two!)], ['fetching', 'fetching']);
});

test('a pause waits for work on the files and for a start that is under way', async () => {
  const { bed, entry, share } = await running();
  const moving: Deferred<void> = Promise.withResolvers();
  const moved = bed.runner.whileRunning(entry, () => moving.promise);
  await settle();
  const pausing = bed.pause(entry);
  await settle();
  assert.equal(share.stops, 0);
  moving.resolve();
  await Promise.all([moved, pausing]);
  assert.deepEqual([share.phase, phaseOf(entry), entry.isRunning], ['stopped', 'paused', false]);

  bed.setPaused(entry, false);
  const opening: Deferred<void> = Promise.withResolvers();
  bed.opening.set(1, opening);
  bed.runner.balance();
  await settle();
  const again = bed.pause(entry);
  opening.resolve();
  await again;
  assert.equal(bed.shares.size, 0, 'what the start made was stopped as well');
});

test('paused and resumed at once, it stops and starts again', async () => {
  const { bed, entry, share } = await running();
  const pausing = bed.pause(entry);
  bed.setPaused(entry, false);
  bed.runner.balance();
  await pausing;
  await settle();
  assert.deepEqual([share.phase, phaseOf(entry)], ['stopped', 'fetching']);
});

test('a failed share says why and is left alone until it is resumed; what is paused has not failed', async () => {
  const { bed, entry, share } = await running();
  share.fail(new ShoalError('io-error', 'the disk is gone'));
  await settle();
  assert.deepEqual([phaseOf(entry), entry.failure?.message], ['failed', 'the disk is gone']);
  assert.match(entry.log.lines.at(-1)!.text, /it failed: the disk is gone/);
  bed.runner.balance();
  await settle();
  assert.equal(bed.shares.size, 0);
  bed.runner.retry(entry);
  await settle();
  assert.deepEqual([phaseOf(entry), entry.failure], ['fetching', undefined]);
  bed.setPaused(entry, true);
  bed.shareOf(entry).fail(new ShoalError('io-error', 'the disk is gone'));
  await settle();
  assert.equal(phaseOf(entry), 'paused');
});

test('without room it rests, and says that it goes on by itself', async () => {
  const { entry, share } = await running();
  const shortage = { folder: '/files', freeBytes: 1, neededBytes: 2 };
  share.fail(new ShoalError('no-space', 'the disk is full', undefined, shortage));
  await settle();
  assert.deepEqual([phaseOf(entry), entry.isShortOfRoom], ['resting', true]);
  assert.equal(entry.failure!.message, 'the disk is full: it goes on by itself when there is room');
});

test('a share that the disk refuses rests; one that somebody paused is paused', async () => {
  const { bed, entry, share } = await running();
  share.phase = 'resting';
  assert.deepEqual([phaseOf(entry), share.phase], ['resting', 'resting']);
  await bed.pause(entry);
  assert.equal(phaseOf(entry), 'paused');
});

test('a queued share that is paused is in the queue no longer', async () => {
  const bed = new Bed();
  bed.checks.holdsAll = true;
  const entry = bed.add(1);
  bed.runner.balance();
  await settle();
  assert.deepEqual([entry.isInQueue, bed.told], [true, ['1 waiting']]);
  await bed.pause(entry);
  assert.deepEqual([entry.isInQueue, phaseOf(entry)], [false, 'paused']);
  assert.equal(bed.told.at(-1), '1 paused');
});

test('a folder that does not answer fails its share for now; when it answers, the share goes on', async () => {
  const bed = new Bed();
  const entry = bed.add(1);
  const asleep: Deferred<void> = Promise.withResolvers();
  bed.sleeping.set('/folder-1', asleep.promise);
  bed.runner.balance();
  while (phaseOf(entry) !== 'failed') await setImmediate();
  assert.match(entry.failure!.message, /folder-1/);
  asleep.resolve();
  await settle();
  assert.equal(phaseOf(entry), 'fetching');
});

test('work that needs it stopped comes after its stop and before its next start', async () => {
  const { bed, entry, share } = await running();
  const order: string[] = [];
  const stopped: Deferred<void> = Promise.withResolvers();
  share.stopped = stopped.promise;
  const working = bed.runner.whileStopped(entry, () => {
    order.push(`${bed.shares.size} run`);
  });
  bed.runner.balance();
  await settle();
  assert.deepEqual([order, bed.shareOf(entry)], [[], share]);
  stopped.resolve();
  await working;
  await settle();
  assert.deepEqual([order, phaseOf(entry)], [['0 run'], 'fetching']);
});

test('work that needs it running starts a paused share for itself, and reports why it does not start', async () => {
  const bed = new Bed();
  const entry = bed.add(1, true);
  const phases: string[] = [];
  await bed.runner.whileRunning(entry, async (share) => void phases.push(share.phase, phaseOf(entry)));
  assert.deepEqual([phases, phaseOf(entry), bed.shares.size], [['fetching', 'paused'], 'paused', 0]);
  bed.opening.set(1, { ...Promise.withResolvers<void>(), promise: Promise.reject(new Error('no disk')) });
  await assert.rejects(
    bed.runner.whileRunning(entry, async () => assert.fail('it does not run')),
    { code: 'unsupported' },
  );
  bed.setPaused(entry, false);
  await assert.rejects(
    bed.runner.whileRunning(entry, async () => assert.fail('it does not run')),
    { code: 'io-error', message: /no disk/ },
  );
});

test('a removed share is stopped, also while it starts; a whole one is reported once', async () => {
  const { bed, entry, share } = await running();
  share.ending.resolve({});
  await settle();
  assert.deepEqual(bed.whole, [1]);
  bed.entries.length = 0;
  await bed.runner.remove(entry);
  assert.deepEqual([share.phase, bed.shares.size], ['stopped', 0]);

  const other = bed.add(2);
  const opening: Deferred<void> = Promise.withResolvers();
  bed.opening.set(2, opening);
  bed.runner.balance();
  await settle();
  bed.entries.length = 0;
  const removing = bed.runner.remove(other);
  opening.resolve();
  await removing;
  assert.equal(bed.shares.size, 0);
});

test('after the end nothing starts, and starts under way are waited for', async () => {
  const bed = new Bed();
  const entry = bed.add(1);
  const opening: Deferred<void> = Promise.withResolvers();
  bed.opening.set(1, opening);
  bed.runner.balance();
  await settle();
  bed.runner.close();
  bed.add(2);
  bed.runner.balance();
  const settled = bed.runner.settled();
  opening.reject(new ShoalError('aborted', 'the daemon ends'));
  await settled;
  assert.deepEqual([phaseOf(entry), bed.shares.size], ['waiting', 0]);
});

test('a share that becomes denied fails with the reason, and goes on when the rule is gone', async () => {
  const { bed, entry, share } = await running();
  share.phase = 'seeding';
  // Whole since long: nobody waits for its end.
  share.ending.resolve({});
  await settle();
  share.onDenied(new ShoalError('denied', 'the rules deny this share'));
  await settle();
  assert.deepEqual([phaseOf(entry), entry.failure?.code, bed.shares.size], ['failed', 'denied', 0]);
  bed.runner.retryDenied(() => true);
  await settle();
  assert.equal(phaseOf(entry), 'failed', 'the rule is still there');
  bed.runner.retryDenied(() => false);
  await settle();
  assert.deepEqual([entry.failure, bed.shares.size], [undefined, 1]);
});

test('a share that is paused, or a runner that closes, ends the hashing of a start', async () => {
  const bed = new Bed();
  const [one, two, three] = [bed.add(1), bed.add(2), bed.add(3)];
  for (const { stored } of [one, two]) bed.opening.set(stored.id, Promise.withResolvers());
  bed.runner.balance();
  await settle();
  const aborted = new ShoalError('aborted', '');
  const paused = bed.pause(one);
  await settle();
  assert.deepEqual(bed.interrupted, [1]);
  bed.opening.get(1)!.reject(aborted);
  await paused;
  assert.deepEqual([phaseOf(one), one.failure], ['paused', undefined]);
  bed.runner.close();
  bed.opening.get(2)!.reject(aborted);
  await bed.runner.settled();
  assert.deepEqual([bed.interrupted, three.isRunning], [[1, 2], true], 'not one that runs');
});
