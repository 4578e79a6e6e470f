// The scheduler as a machine: every state, and every answer of the driver, without a share.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ShoalError, type Shortage } from '../../../../ground/errors.ts';
import type { ActivityLimits, Candidate } from './activity.ts';
import {
  hasRoomAgain,
  isInQueue,
  isShortOfRoom,
  MAX_STARTING,
  Scheduler,
  type ShareFailed,
  type ShareState,
} from './scheduler.ts';

const NO_LIMITS: ActivityLimits = {
  maxDownloads: null,
  maxSeeds: null,
  maxOfLabel: new Map(),
  holdsAll: false,
  holdsDownloads: false,
};
const HELD: ActivityLimits = { ...NO_LIMITS, holdsAll: true };
const BROKEN = new ShoalError('io-error', 'the disk is gone');

const candidate = (id: number): Omit<Candidate, 'isRunning'> => ({
  id,
  priority: 'normal',
  position: id,
  isForced: false,
  isWhole: false,
  isStalled: false,
  labels: [],
});

/** A scheduler with shares 1 to `count`, and what it told its driver. */
class Bed {
  readonly told: string[] = [];
  readonly transitions: string[] = [];
  readonly paused = new Set<number>();
  readonly scheduler: Scheduler;
  readonly ids: readonly number[];

  constructor(count: number) {
    this.scheduler = new Scheduler({
      onState: (id, state, before) => this.transitions.push(`${id} ${before.is} ${state.is}`),
      start: (id) => this.told.push(`start ${id}`),
      stop: (id) => this.told.push(`stop ${id}`),
    });
    this.ids = Array.from({ length: count }, (_, index) => index + 1);
    for (const id of this.ids) this.scheduler.add(id);
  }

  balance(limits: Partial<ActivityLimits> = {}): void {
    const wanted = this.ids.filter((id) => !this.paused.has(id));
    this.scheduler.balance(wanted.map(candidate), { ...NO_LIMITS, ...limits });
  }

  /** Takes what was told since the call before. */
  take(): string[] {
    return this.told.splice(0);
  }

  states(): string[] {
    return this.ids.map((id) => this.scheduler.stateOf(id).is);
  }

  /** Runs it, from any state that the queue may start. */
  run(id: number): void {
    this.balance();
    this.scheduler.handleStarted(id);
    assert.equal(this.scheduler.stateOf(id).is, 'running');
    this.take();
  }
}

test('a few start at once; each that has started makes room for the next', () => {
  const bed = new Bed(MAX_STARTING + 2);
  bed.balance();
  assert.deepEqual(bed.take(), ['start 1', 'start 2', 'start 3', 'start 4']);
  assert.deepEqual(bed.states().slice(MAX_STARTING), ['waiting', 'waiting']);
  bed.scheduler.handleStarted(2);
  assert.deepEqual(bed.take(), ['start 5']);
  bed.scheduler.handleStartFailed(1, BROKEN, 0);
  assert.deepEqual(bed.take(), ['start 6']);
  assert.deepEqual(bed.states(), ['failed', 'running', 'starting', 'starting', 'starting', 'starting']);
  bed.balance();
  assert.deepEqual(bed.take(), [], 'what runs or has failed is left alone');
});

test('a share that others go before is queued, and one that loses its turn stops into the queue', () => {
  const bed = new Bed(2);
  bed.balance({ maxDownloads: 1 });
  bed.scheduler.handleStarted(1);
  assert.deepEqual([bed.take(), bed.states()], [['start 1'], ['running', 'queued']]);
  bed.balance(HELD);
  assert.deepEqual([bed.take(), bed.states()], [['stop 1'], ['stopping', 'queued']]);
  assert.ok(isInQueue(bed.scheduler.stateOf(1)), 'it starts by itself later');
  bed.balance();
  assert.deepEqual(bed.take(), ['start 2'], 'it starts again only when it has stopped');
  bed.scheduler.handleStopped(1);
  assert.equal(bed.scheduler.stateOf(1).is, 'queued');
  bed.balance();
  assert.deepEqual(bed.take(), ['start 1']);
});

test('a waiting share that loses its turn never starts', () => {
  const bed = new Bed(MAX_STARTING + 1);
  bed.balance();
  bed.take();
  bed.balance({ maxDownloads: MAX_STARTING });
  assert.equal(bed.states().at(-1), 'queued');
  for (const id of [1, 2, 3, 4]) bed.scheduler.handleStarted(id);
  assert.deepEqual(bed.take(), []);
});

test('a pause ends in stopped whatever the share was doing, and a stop is asked for once', () => {
  const bed = new Bed(6);
  bed.balance({ maxDownloads: 5 });
  bed.scheduler.handleStarted(1);
  bed.scheduler.handleStartFailed(2, BROKEN, 0);
  // Running, failed, starting, starting, starting, queued.
  bed.take();
  for (const id of bed.ids) bed.scheduler.pause(id);
  assert.deepEqual(bed.take(), ['stop 1', 'stop 3', 'stop 4', 'stop 5']);
  assert.deepEqual(bed.states(), ['stopping', 'stopped', 'stopping', 'stopping', 'stopping', 'stopped']);
  for (const id of bed.ids) bed.scheduler.pause(id);
  assert.deepEqual(bed.take(), []);
  bed.scheduler.handleStarted(3);
  assert.equal(bed.scheduler.stateOf(3).is, 'stopping', 'a start that ends meanwhile changes nothing');
  bed.scheduler.handleStartFailed(4, BROKEN, 0);
  assert.equal(bed.scheduler.stateOf(4).is, 'stopping', 'nor does one that fails');
  for (const id of [1, 3, 4, 5]) bed.scheduler.handleStopped(id);
  assert.deepEqual(new Set(bed.states()), new Set(['stopped']));
});

test('paused and resumed while it stops, a share starts again when it has stopped', () => {
  const bed = new Bed(1);
  bed.run(1);
  bed.scheduler.pause(1);
  bed.balance();
  assert.deepEqual(bed.take(), ['stop 1']);
  bed.scheduler.handleStopped(1);
  bed.balance();
  assert.deepEqual(bed.take(), ['start 1']);
});

test('a pause beats the queue: what stops for its turn stays stopped', () => {
  const bed = new Bed(1);
  bed.run(1);
  bed.balance(HELD);
  bed.scheduler.pause(1);
  assert.equal(isInQueue(bed.scheduler.stateOf(1)), false);
  bed.scheduler.handleStopped(1);
  assert.equal(bed.scheduler.stateOf(1).is, 'stopped');
});

test('a failed share stays so until it is retried; a late failure of what stops counts for nothing', () => {
  const bed = new Bed(1);
  bed.run(1);
  bed.scheduler.handleRunFailed(1, BROKEN, 7);
  assert.deepEqual(bed.scheduler.stateOf(1), { is: 'failed', failure: BROKEN, atMs: 7 });
  bed.balance();
  assert.deepEqual(bed.take(), []);
  bed.scheduler.retry(1);
  bed.balance();
  assert.deepEqual(bed.take(), ['start 1']);
  bed.scheduler.handleStartFailed(1, undefined, 0);
  assert.equal(bed.scheduler.stateOf(1).is, 'stopped', 'an interrupted start is no failure');
  bed.run(1);
  bed.scheduler.pause(1);
  bed.scheduler.handleRunFailed(1, BROKEN, 0);
  bed.scheduler.handleStopped(1);
  assert.equal(bed.scheduler.stateOf(1).is, 'stopped');
});

test('a file operation has the share to itself: the queue neither starts nor stops it', () => {
  const bed = new Bed(1);
  bed.run(1);
  bed.scheduler.reserve(1);
  assert.deepEqual(bed.take(), ['stop 1']);
  bed.balance(HELD);
  bed.scheduler.pause(1);
  bed.scheduler.handleStopped(1);
  assert.equal(bed.scheduler.stateOf(1).is, 'reserved');
  bed.balance();
  bed.scheduler.pause(1);
  assert.deepEqual([bed.take(), bed.states()], [[], ['reserved']]);
  bed.scheduler.release(1);
  bed.balance();
  assert.deepEqual(bed.take(), ['start 1']);
});

test('a file operation starts a share that may not run, beside the queue, and stops it afterwards', () => {
  const bed = new Bed(1);
  bed.balance(HELD);
  assert.equal(bed.scheduler.startFileWork(1), true);
  assert.equal(bed.scheduler.startFileWork(1), false, 'it starts already');
  bed.scheduler.handleStarted(1);
  bed.balance(HELD);
  assert.deepEqual([bed.take(), bed.states()], [['start 1'], ['running']]);
  bed.scheduler.endFileWork(1);
  bed.scheduler.handleStopped(1);
  assert.deepEqual([bed.take(), bed.states()], [['stop 1'], ['stopped']]);
  bed.run(1);
  assert.equal(bed.scheduler.startFileWork(1), false);
  bed.scheduler.endFileWork(1);
  assert.deepEqual(bed.states(), ['running'], 'what runs by its turn goes on');
});

test('a removed share is stopped and forgotten; its start still holds a place until it ends', () => {
  const bed = new Bed(MAX_STARTING + 1);
  bed.balance();
  bed.take();
  bed.scheduler.remove(1);
  assert.deepEqual(bed.take(), ['stop 1']);
  bed.scheduler.handleStartFailed(1, BROKEN, 0);
  assert.deepEqual(bed.take(), ['start 5']);
  bed.scheduler.handleStopped(1);
  assert.equal(bed.transitions.filter((line) => line.startsWith('1 ')).at(-1), '1 waiting starting');
});

test('a share that runs already is taken over; after the end nothing starts', () => {
  const bed = new Bed(2);
  bed.scheduler.adopt(1);
  bed.balance();
  assert.deepEqual([bed.take(), bed.states()], [['start 2'], ['running', 'starting']]);
  bed.scheduler.close();
  bed.scheduler.handleStartFailed(2, undefined, 0);
  bed.balance();
  assert.equal(bed.scheduler.startFileWork(2), false);
  assert.deepEqual(bed.take(), []);
});

test('a share without room tries again when its disk has some, or, where that is not known, after a minute', () => {
  const without = (shortage?: Shortage): ShareFailed => ({
    is: 'failed',
    failure: new ShoalError('no-space', 'the disk is full', undefined, shortage),
    atMs: 1000,
  });
  const known = without({ folder: '/files', freeBytes: 0, neededBytes: 500 });
  assert.deepEqual(
    [undefined, 499, 500].map((free) => hasRoomAgain(known, 1_000_000, free)),
    [false, false, true],
  );
  assert.deepEqual(
    [60_999, 61_000].map((now) => hasRoomAgain(without(), now, undefined)),
    [false, true],
  );
  assert.equal(isShortOfRoom(known), true);
  assert.equal(isShortOfRoom({ is: 'failed', failure: BROKEN, atMs: 0 }), false);
});

test('whatever comes in whatever order, starts and stops of a share never overlap', () => {
  const COUNT = 6;
  const step = fc.record({
    what: fc.constantFrom(
      'balance',
      'hold',
      'one',
      'pause',
      'reserve',
      'release',
      'work',
      'end',
      'retry',
      'answer',
    ),
    id: fc.integer({ min: 1, max: COUNT }),
    fails: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const bed = new Bed(COUNT);
      const { scheduler } = bed;
      /** What the driver is doing. */
      const starts = new Set<number>();
      const stops = new Set<number>();
      const watch = (): void => {
        for (const line of bed.take()) {
          const [what, id] = [line.split(' ')[0], Number(line.split(' ')[1])];
          assert.ok(!stops.has(id), `${line} while it stops`);
          if (what === 'start') assert.ok(!starts.has(id), `${line} while it starts`);
          (what === 'start' ? starts : stops).add(id);
        }
      };
      const answer = (id: number, fails: boolean): void => {
        if (starts.delete(id)) {
          if (fails) scheduler.handleStartFailed(id, BROKEN, 0);
          else scheduler.handleStarted(id);
        } else if (stops.delete(id)) scheduler.handleStopped(id);
        else if (fails) scheduler.handleRunFailed(id, BROKEN, 0);
      };
      const calls: Record<string, (id: number, fails: boolean) => void> = {
        balance: () => bed.balance(),
        hold: () => bed.balance(HELD),
        one: () => bed.balance({ maxDownloads: 1 }),
        pause: (id) => scheduler.pause(id),
        reserve: (id) => scheduler.reserve(id),
        release: (id) => scheduler.release(id),
        work: (id) => scheduler.startFileWork(id),
        end: (id) => scheduler.endFileWork(id),
        retry: (id) => scheduler.retry(id),
        answer,
      };
      for (const { what, id, fails } of steps) {
        calls[what]!(id, fails);
        watch();
      }
      // Then everything is answered and given back: all of it runs in the end.
      const end = (state: ShareState, id: number): void => {
        if (state.is === 'reserved') scheduler.release(id);
        if (state.is === 'failed') scheduler.retry(id);
        scheduler.endFileWork(id);
      };
      for (let round = 0; round < 5; round++) {
        for (const id of bed.ids) end(scheduler.stateOf(id), id);
        bed.balance();
        watch();
        for (let i = 0; i < COUNT; i++)
          for (const id of bed.ids) {
            if (starts.has(id) || stops.has(id)) answer(id, false);
            watch();
          }
      }
      assert.deepEqual(new Set(bed.states()), new Set(['running']));
    }),
  );
});
