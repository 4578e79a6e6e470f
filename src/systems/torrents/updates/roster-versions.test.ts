// What becomes of the entries of a follow when its folder changes, and when that fails.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Metainfo } from '../../../data/content/metainfo.ts';
import { RosterVersions, type RosterVersionsOptions } from './roster-versions.ts';

const KEY = 'c'.repeat(40);

function openVersions(log: string[]): RosterVersions {
  const entry = { stored: { id: 4, follow: 1, kind: 'fetch' } };
  const entries = [entry];
  const owned = {
    of: () => entries,
    hold: async () => void log.push('hold'),
    release: () => void log.push('release'),
    show: async () => {},
    addShown: ({ preferences }: { readonly preferences: { readonly isCopy?: boolean } }) => {
      log.push(`shown ${preferences.isCopy === true ? 'as a copy' : 'as what a person has'}`);
      return entry;
    },
  };
  const roster = {
    ...{ owned, find: () => entry, findByHash: () => undefined },
    peer: { state: { torrents: { has: () => true } } },
  };
  const stored = { id: 1, folder: '/f', preferences: { everySeconds: 300, peers: [] } };
  const options = { roster, stored, peers: [], signal: new AbortController().signal };
  return new RosterVersions(options as unknown as RosterVersionsOptions);
}

test('entries go on when the folder has changed, and stay held when that has failed', async () => {
  const log: string[] = [];
  const versions = openVersions(log);
  assert.equal(await versions.whileStopped(async () => log.push('work')), 2);
  assert.deepEqual(log.splice(0), ['hold', 'work', 'release']);
  const failed = versions.whileStopped(() => Promise.reject(new Error('no room')));
  await assert.rejects(failed, /no room/);
  assert.deepEqual(log, ['hold'], 'it would fetch anew what lies in its last folder already');
});

test('a version that a person has put there, or changed, is no copy that the daemon may remove', async () => {
  const log: string[] = [];
  const versions = openVersions(log);
  const metainfo = { infoHashV1: Buffer.from(KEY, 'hex') } as unknown as Metainfo;
  for (const isUntouched of [true, false]) await versions.show({ path: '/f/app', metainfo, isUntouched });
  assert.deepEqual(
    log.filter((line) => line.startsWith('shown')),
    ['shown as a copy', 'shown as what a person has'],
  );
});
