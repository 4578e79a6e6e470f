// What is followed, changed and removed at the same time, and whose shares the versions are, without a network.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShoalError } from '../../../ground/errors.ts';
import { DEFAULT_PREFERENCES, type SharePreferences } from '../core/preferences.ts';
import type { StoredFollow } from '../state/held-table.ts';
import { Follows, type FollowsHost } from './follows.ts';

const FOLLOW = { link: `magnet:?xs=urn:btpk:${'a'.repeat(64)}`, folder: '/followed' };

/** A share of the roster, as far as its owner knows it. */
interface FakeEntry {
  readonly isStaged: boolean;
  readonly stored: {
    readonly id: number;
    follow: number | undefined;
    readonly kind: string;
    readonly preferences: SharePreferences;
  };
}

const fakeEntry = (id: number, follow: number, isStaged: boolean): FakeEntry => ({
  isStaged,
  stored: { id, follow, kind: isStaged ? 'fetch' : 'place', preferences: DEFAULT_PREFERENCES },
});

/** @param done what happens to the entries */
function openFollows(
  rows: Map<number, StoredFollow>,
  entries: FakeEntry[] = [],
  done: string[] = [],
  hasDht = true,
): Follows {
  const owned = {
    onEnd: async () => {},
    get all() {
      return entries.filter(({ stored }) => stored.follow !== undefined);
    },
    of: (id: number) => entries.filter(({ stored }) => stored.follow === id),
    own: (entry: FakeEntry, follow: number | undefined) => void (entry.stored.follow = follow),
    release: ({ stored }: FakeEntry) => void done.push(`release ${stored.id} of ${stored.follow}`),
    remove: async (entry: FakeEntry, withData: boolean) => {
      entries.splice(entries.indexOf(entry), 1);
      done.push(`remove ${entry.stored.id}${withData ? ' and its data' : ''}`);
    },
  };
  const change = ({ stored }: FakeEntry, what: object): void =>
    void done.push(`change ${stored.id} ${JSON.stringify(what)}`);
  // Each run fails at once, and waits to try again.
  const lock = (): void => {
    throw new ShoalError('io-error', 'not here');
  };
  const table: FollowsHost['table'] = {
    follows: () => [...rows.values()],
    saveFollow: (row) => {
      rows.set(1, { ...row, id: 1 });
      return { ...row, id: 1 };
    },
    removeFollow: (id) => void rows.delete(id),
  };
  const roster = { peer: { dht: hasDht ? {} : undefined, state: { lock } }, owned, change };
  return new Follows({ roster, table } as unknown as FollowsHost);
}

test('one that is removed while it takes a new interval does not come back', async () => {
  const rows = new Map<number, StoredFollow>();
  const follows = openFollows(rows);
  const { held } = await follows.follow(FOLLOW);
  const changed = follows.follow({ ...FOLLOW, everySeconds: 7 });
  const removed = follows.remove(held.stored.id);
  await assert.rejects(changed, { code: 'aborted' });
  await removed;
  assert.deepEqual([follows.all, rows.size], [[], 0]);
  await follows.close();
});

test('two changes at once both count, and one run is left', async () => {
  const follows = openFollows(new Map());
  await follows.follow(FOLLOW);
  const [, last] = await Promise.all([
    follows.follow({ ...FOLLOW, everySeconds: 7 }),
    follows.follow({ ...FOLLOW, uploadLimit: 9 }),
  ]);
  const { everySeconds, uploadLimit } = last.held.stored.preferences;
  assert.deepEqual([everySeconds, uploadLimit, follows.all], [7, 9, [last.held]]);
  await follows.close();
});

test('what is closed starts nothing any more', async () => {
  const follows = openFollows(new Map());
  await follows.follow(FOLLOW);
  const changed = follows.follow({ ...FOLLOW, everySeconds: 7 });
  const closed = follows.close();
  await assert.rejects(changed, { code: 'aborted' });
  await closed;
});

const STORED: StoredFollow = {
  ...FOLLOW,
  id: 1,
  target: 'b'.repeat(40),
  preferences: { everySeconds: 300, peers: [] },
};

test('the end of a follow leaves the share of what is shown, and takes that of half a version', async () => {
  const done: string[] = [];
  const entries = [fakeEntry(4, 1, false), fakeEntry(5, 1, true), fakeEntry(6, 2, false)];
  const follows = openFollows(new Map([[1, STORED]]), entries, done);
  await follows.remove(1);
  assert.deepEqual(
    entries.map(({ stored }) => [stored.id, stored.follow]),
    [
      [4, undefined],
      [6, 2],
    ],
  );
  assert.deepEqual(done, ['release 4 of undefined', 'remove 5 and its data']);
  await follows.close();
});

test('who follows again changes limits of the share', async () => {
  const done: string[] = [];
  const follows = openFollows(new Map(), [fakeEntry(4, 1, true)], done);
  await follows.follow(FOLLOW);
  await follows.follow({ ...FOLLOW, downloadLimit: 9 });
  assert.deepEqual(done, ['change 4 {"downloadLimit":9}']);
  await follows.close();
});

test('a start lets go of shares whose follow is gone; without a DHT what is shown is seeded all the same', async () => {
  const done: string[] = [];
  const entries = [
    fakeEntry(4, 1, false),
    fakeEntry(5, 1, true),
    fakeEntry(6, 9, false),
    fakeEntry(7, 9, true),
  ];
  await openFollows(new Map([[1, STORED]]), entries, done, false).start();
  assert.deepEqual(done, ['release 4 of 1', 'release 6 of undefined', 'remove 7 and its data']);
});

test('a link in the table that cannot be read ends the start with the reason', () => {
  const broken = { ...STORED, link: 'magnet:?xt=none' };
  assert.throws(() => openFollows(new Map([[1, broken]])).start(), { code: 'bad-link' });
});

test('who removes a follow that is ending waits for the same end', async () => {
  const done: string[] = [];
  const follows = openFollows(new Map([[1, STORED]]), [fakeEntry(4, 1, false)], done);
  const first = follows.remove(1);
  assert.equal(follows.remove(1), first);
  await first;
  assert.deepEqual(done, ['release 4 of undefined'], 'once');
});

test('the row of a follow goes last: killed before, the next start knows its folders', async () => {
  const rows = new Map([[1, STORED]]);
  const seen: number[] = [];
  const entries = [fakeEntry(4, 1, true)];
  const done: string[] = [];
  done.push = (...lines) => seen.push(...lines.map(() => rows.size));
  await openFollows(rows, entries, done).remove(1);
  assert.deepEqual([seen, rows.size], [[1], 0]);
});

test('what is followed again while it ends begins anew', async () => {
  const rows = new Map<number, StoredFollow>();
  const follows = openFollows(rows);
  const { held } = await follows.follow(FOLLOW);
  const removed = follows.remove(held.stored.id);
  const again = await follows.follow(FOLLOW);
  await removed;
  assert.deepEqual([again.isNew, rows.size, follows.all], [true, 1, [again.held]]);
  await follows.close();
});
