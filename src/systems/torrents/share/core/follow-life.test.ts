// Which version is fetched, given up and put again, and when it is looked for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FollowLife, type Version } from './follow-life.ts';

const EVERY = 60_000;
const version = (sequence: number, content = `content ${sequence}`): Version => ({ sequence, content });

/** A machine, and what it asked for since the last look at that. */
class Bed {
  readonly life: FollowLife;
  #calls: string[] = [];

  constructor(shown?: Version) {
    const say =
      (name: string) =>
      (about?: Version): void =>
        void this.#calls.push(about === undefined ? name : `${name} ${about.sequence}`);
    const sink = {
      look: say('look'),
      fetch: say('fetch'),
      abandon: say('abandon'),
      show: say('show'),
      renumber: say('renumber'),
      put: say('put'),
      tellNothingFound: say('nothing'),
      tellUpToDate: say('up to date'),
    };
    this.life = new FollowLife(sink, EVERY, shown);
  }

  get calls(): string[] {
    const calls = this.#calls;
    this.#calls = [];
    return calls;
  }

  /** Looks at its time. */
  look(nowMs: number, newest?: Version, isPresent = true): string[] {
    this.life.handleTimeout(nowMs);
    this.life.handleLook(nowMs, { newest, isPresent });
    return this.calls;
  }
}

test('nothing yet, then a version: it is fetched, shown and put', () => {
  const bed = new Bed();
  assert.deepEqual(bed.look(0, undefined, false), ['look', 'nothing']);
  assert.equal(bed.life.nextTimeout(), 5000, 'soon again');
  const first = version(1);
  assert.deepEqual(bed.look(5000, first, false), ['look', 'fetch 1']);
  bed.life.handleFetched(first);
  assert.deepEqual(bed.calls, ['show 1']);
  assert.equal(bed.life.nextTimeout(), undefined, 'folders are swapped without a look');
  bed.life.handleShown(9000);
  assert.deepEqual(bed.calls, ['put']);
  assert.equal(bed.life.nextTimeout(), 9000 + EVERY);
});

test('an older version never replaces a newer one', () => {
  const bed = new Bed(version(7));
  assert.deepEqual(bed.look(0, version(6)), ['look', 'up to date 7', 'put']);
  assert.deepEqual(bed.look(EVERY, version(7)), ['look', 'up to date 7']);
});

test('the same content under a new number is not fetched, unless it is gone', () => {
  const bed = new Bed(version(1, 'same'));
  assert.deepEqual(bed.look(0, version(2, 'same')), ['look', 'renumber 2', 'put']);
  assert.deepEqual(bed.look(EVERY, version(2, 'same'), false), ['look', 'fetch 2']);
});

test('files that a person removed are fetched again', () => {
  assert.deepEqual(new Bed(version(3)).look(0, version(3), false), ['look', 'fetch 3']);
});

test('a fetch is given up for a newer version alone, and that is looked for at once', () => {
  const bed = new Bed();
  const first = version(1);
  bed.look(0, first, false);
  assert.deepEqual(bed.look(EVERY, first, false), ['look'], 'nothing newer');
  assert.deepEqual(bed.look(2 * EVERY, undefined, false), ['look'], 'nor when no node answers');
  assert.deepEqual(bed.look(3 * EVERY, version(2), false), ['look', 'abandon']);
  assert.equal(bed.life.nextTimeout(), 3 * EVERY);
  bed.life.handleFetched(first);
  assert.deepEqual(bed.calls, [], 'it came too late');
  assert.deepEqual(bed.look(3 * EVERY, version(2), false), ['look', 'fetch 2']);
});

test('the item is put again before nodes forget it, and at the next look when none took it', () => {
  const bed = new Bed(version(1));
  assert.deepEqual(bed.look(0, version(1)).at(-1), 'put');
  assert.deepEqual(bed.look(EVERY, version(1)).at(-1), 'up to date 1', 'one at a time');
  bed.life.handlePut(EVERY, false);
  assert.deepEqual(bed.look(2 * EVERY, version(1)).at(-1), 'put');
  bed.life.handlePut(2 * EVERY, true);
  assert.deepEqual(bed.look(3 * EVERY, version(1)).at(-1), 'up to date 1');
  assert.deepEqual(bed.look(2 * EVERY + 46 * 60_000, version(1)).at(-1), 'put');
});

test('who wants to know makes it look at once', () => {
  const bed = new Bed(version(1));
  bed.look(0, version(1));
  bed.life.handleWanted(10);
  assert.deepEqual(bed.look(10, version(2)), ['look', 'fetch 2']);
  bed.life.handleWanted(20);
  assert.equal(bed.life.nextTimeout(), 20);
});

test('a timer that is early, and what answers after the end, change nothing', () => {
  const bed = new Bed(version(1));
  bed.look(0, version(1));
  bed.life.handleTimeout(EVERY - 1);
  assert.deepEqual(bed.calls, []);
  bed.life.handleTimeout(EVERY);
  bed.life.handleStop();
  bed.life.handleLook(EVERY, { newest: version(2), isPresent: true });
  bed.life.handleShown(EVERY);
  assert.deepEqual(
    [bed.calls, bed.life.state, bed.life.nextTimeout()],
    [['look'], { is: 'stopped' }, undefined],
  );
});

test('a fetch goes on when its content gets a new number, and is renumbered after it', () => {
  const bed = new Bed();
  const first = version(1, 'same');
  bed.look(0, first, false);
  assert.deepEqual(bed.look(EVERY, version(2, 'same'), false), ['look']);
  bed.life.handleFetched(first);
  bed.life.handleShown(EVERY);
  assert.deepEqual(bed.calls, ['show 1', 'put']);
  assert.deepEqual(bed.look(2 * EVERY, version(2, 'same')), ['look', 'renumber 2']);
});
