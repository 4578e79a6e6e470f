// The table of the roster, in a real database: what it keeps over a restart.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DatabaseSync } from '../../../host/state/sqlite.ts';
import { DEFAULT_PREFERENCES } from '../core/preferences.ts';
import { StateDb } from './state-db.ts';

test('the roster: ids are never used again, preferences and settings stay', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-roster-'));
  try {
    const state = StateDb.claim(folder);
    const share = {
      kind: 'fetch',
      folder: '/files',
      link: undefined,
      preferences: DEFAULT_PREFERENCES,
    } as const;
    const first = state.roster.add({ ...share, key: 'a'.repeat(40) });
    state.roster.remove(first.id);
    const second = state.roster.add({ ...share, key: 'b'.repeat(40), link: 'magnet:?x' });
    assert.notEqual(second.id, first.id);
    assert.throws(() => state.roster.add({ ...share, key: 'b'.repeat(40) }), /UNIQUE/);
    const doneAt = new Date(1_700_000_000_000);
    const preferences = { ...DEFAULT_PREFERENCES, isPaused: true, uploadLimit: 5000, unwanted: [1, 3] };
    state.roster.update({ ...second, doneAt, preferences, follow: 7 });
    const record = { have: new Uint8Array(0), trust: 'none', epoch: 0, uploaded: 0, downloaded: 0 } as const;
    const { key, kind } = second;
    state.shares.put({
      ...record,
      key,
      kind,
      folder: '/files',
      prints: new Map(),
    });
    state.shares.beginMove(key, '/files', '/elsewhere');
    state.shares.finishMove(key, { from: '/files', to: '/elsewhere' });
    state.roster.rememberFeeds(['item']);
    state.close();

    const again = StateDb.claim(folder);
    // A move takes the roster with it, at one stroke: a crash in between would have it looked for where it lay.
    assert.deepEqual(again.roster.list(), [
      { ...second, folder: '/elsewhere', doneAt, preferences, follow: 7 },
    ]);
    assert.deepEqual(again.roster.seenInFeeds(), ['item']);
    again.close();
    // As a Shoal without the host's store left it.
    const db = new DatabaseSync(join(folder, 'shoal.db'));
    db.exec("INSERT INTO settings VALUES ('startsAdded', 'false'), ('downloadLimit', 'null')");
    db.close();
    const old = StateDb.claim(folder);
    assert.deepEqual(old.roster.oldSettings(), { startsAdded: false, downloadLimit: null });
    old.roster.forgetOldSettings();
    assert.deepEqual(old.roster.oldSettings(), {});
    assert.deepEqual(old.roster.seenInFeeds(), ['item']);
    old.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a database that cannot be opened is not taken for a broken one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-state-'));
  try {
    mkdirSync(join(folder, 'shoal.db'));
    for (const open of [StateDb.open, StateDb.claim])
      assert.throws(() => open(folder), { code: 'name-conflict', message: /cannot open .*shoal\.db/ });
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('shoal.db')),
      ['shoal.db'],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
