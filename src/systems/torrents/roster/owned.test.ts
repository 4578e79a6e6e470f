// Entries that follows own: what starts when, what becomes of one that is shown, and who ends whom.
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { DEFAULT_PREFERENCES } from '../core/preferences.ts';
import { DEFAULT_SETTINGS } from '../settings.ts';
import type { Share } from '../share/share.ts';
import type { StoredEntry } from '../state/roster-table.ts';
import { EntryStore, type StoreHost } from './entry-store.ts';
import { FolderProbe } from './folder-probe.ts';
import { OwnedEntries, type OwnedHost } from './owned.ts';
import { Runner } from './runner.ts';

const [KEY, STAGING, SHOWN] = ['a'.repeat(40), '/f/.shoal-follow/1/a', '/f/app'];

/** A roster of one version that is fetched, as an earlier run left it. */
class Bed {
  row: StoredEntry = {
    ...{ id: 1, key: KEY, kind: 'fetch', folder: STAGING, link: undefined, addedAt: new Date(0) },
    ...{ doneAt: undefined, preferences: DEFAULT_PREFERENCES, follow: 7 },
  };
  /** What happens, in order. */
  readonly log: string[] = [];
  share: Partial<Share> | undefined;
  readonly entries: EntryStore;
  readonly runner: Runner;
  readonly owned: OwnedEntries;

  constructor() {
    const roster: StoreHost['state']['roster'] = {
      list: () => [this.row],
      times: () => new Map(),
      add: (fields) => ({ ...fields, id: 2, addedAt: new Date(0), doneAt: undefined }),
      update: (row) => void (this.row = row),
      remove: () => {},
    };
    this.entries = new EntryStore({
      findByHex: () => this.share as Share | undefined,
      ownAddresses: () => [],
      state: {
        roster,
        torrents: { read: () => undefined, pathOf: () => '/none' },
        shares: { get: () => undefined, has: () => false, names: () => new Map() },
      },
    });
    this.runner = new Runner(
      {
        entries: () => this.entries.all,
        settings: () => DEFAULT_SETTINGS,
        checks: { isReady: true, holdsAll: false, holdsDownloads: false },
        clock: { now: () => 0 },
        open: async ({ stored }) => this.#open(stored),
        applyPreferences: () => {},
        onChanged: () => {},
        onWhole: async () => void this.log.push('whole'),
      },
      new FolderProbe(async () => {}),
    );
    for (const entry of this.entries.all) this.runner.add(entry);
    const host: OwnedHost = {
      ...{ entries: this.entries, runner: this.runner, adder: { addLink: async () => assert.fail() } },
      onDone: ({ stored }) => void this.log.push(`done ${stored.folder}`),
      remove: async () => true,
    };
    this.owned = new OwnedEntries(host);
  }

  #open({ kind, folder }: StoredEntry): Share {
    this.log.push(`open ${kind} ${folder}`);
    const stop = async (): Promise<void> => {
      this.log.push('stop');
      this.share = undefined;
    };
    const done = kind === 'fetch' ? Promise.resolve() : Promise.withResolvers<void>().promise;
    this.share = { phase: 'fetching', done, stop } as unknown as Share;
    return this.share as Share;
  }
}

/** Lets everything run that waits for nothing outside. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await setImmediate();
}

test('a version starts when its owner lets it, and goes where its owner says', async () => {
  const { owned, entries, runner, log } = new Bed();
  const [entry] = owned.of(7);
  runner.balance();
  await settle();
  assert.deepEqual([entry!.isHeld, log], [true, []], 'an earlier run may have died within a swap');
  owned.release(entry!);
  await settle();
  assert.deepEqual(log.splice(0), [`open fetch ${STAGING}`], 'whole, but not in its last folder');
  await owned.hold(entry!);
  await owned.show(entry!, SHOWN);
  assert.deepEqual(log.splice(0), ['stop', `done ${SHOWN}`]);
  owned.release(entry!);
  await settle();
  assert.deepEqual(log.splice(0), [`open place ${SHOWN}`]);
  assert.equal(entry!.isCopy, true, 'the daemon fetched it, and may remove it');
  await owned.show(entry!, SHOWN);
  assert.deepEqual(log, [], 'shown again, nothing happens');
  await owned.stage(entry!, STAGING);
  assert.deepEqual([entry!.isStaged, entry!.stored.doneAt, entries.all.length], [true, undefined, 1]);
});

test('who removes a version ends its follow first; what nobody owns has none to end', async () => {
  const { owned } = new Bed();
  const ended: number[] = [];
  owned.onEnd = async (follow) => void ended.push(follow);
  const [entry] = owned.of(7);
  await owned.endOwner(entry!);
  owned.own(entry!, undefined);
  await owned.endOwner(entry!);
  assert.deepEqual([ended, owned.all], [[7], []]);
});
