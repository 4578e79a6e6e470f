// What a session remembers, and what removing data leaves alone.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createMetainfo } from '../content/node/create.ts';
import { NO_WISHES } from '../storage/wishes.ts';
import { StateDb } from '../storage/node/state-db.ts';
import { removeData } from './remove-data.ts';

test('the roster: ids are never used again, wishes and settings stay', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-roster-'));
  try {
    const state = StateDb.claim(folder);
    const share = { kind: 'fetch', folder: '/files', link: undefined, wishes: NO_WISHES } as const;
    const first = state.roster.add({ ...share, key: 'a'.repeat(40) });
    state.roster.remove(first.id);
    const second = state.roster.add({ ...share, key: 'b'.repeat(40), link: 'magnet:?x' });
    assert.notEqual(second.id, first.id);
    assert.throws(() => state.roster.add({ ...share, key: 'b'.repeat(40) }), /UNIQUE/);
    const doneAt = new Date(1_700_000_000_000);
    const wishes = { ...NO_WISHES, isPaused: true, uploadLimit: 5000, unwanted: [1, 3] };
    state.roster.update({ ...second, doneAt, wishes });
    const record = { have: new Uint8Array(0), trust: 'none', epoch: 0, uploaded: 0, downloaded: 0 } as const;
    const { key, kind } = second;
    state.shares.put({
      ...record,
      key,
      kind,
      folder: '/files',
      torrent: new Uint8Array(0),
      prints: new Map(),
    });
    state.shares.beginMove(key, '/files', '/elsewhere');
    state.shares.finishMove(key, { from: '/files', to: '/elsewhere' });
    state.roster.set('startsAdded', false);
    state.roster.set('downloadLimit', null);
    state.close();

    const again = StateDb.claim(folder);
    // A move takes the roster with it, at one stroke: a crash in between would have it looked for where it lay.
    assert.deepEqual(again.roster.list(), [{ ...second, folder: '/elsewhere', doneAt, wishes }]);
    assert.deepEqual(again.roster.settings(), { startsAdded: false, downloadLimit: null });
    again.close();
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

test('removing data takes what the share names, whole or not, and no more', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-remove-'));
  try {
    const root = join(folder, 'film');
    mkdirSync(join(root, 'sub', 'empty'), { recursive: true });
    for (const name of ['a', 'sub/b']) writeFileSync(join(root, name), name);
    const { metainfo } = await createMetainfo(root);
    writeFileSync(join(root, 'mine'), 'mine');
    rmSync(join(root, 'sub', 'b'));
    writeFileSync(join(root, 'sub', 'b.part'), '');
    rmSync(join(root, 'sub', 'empty'), { recursive: true });
    writeFileSync(join(root, 'named'), 'a');
    const names = new Map([[0, { path: ['film', 'named'], previous: undefined }]]);
    await removeData(metainfo, folder, names);
    assert.ok(!existsSync(join(root, 'named')) && existsSync(join(root, 'a')));
    await removeData(metainfo, folder, new Map());
    assert.ok(existsSync(join(root, 'mine')));
    for (const gone of ['a', 'sub']) assert.equal(existsSync(join(root, gone)), false, gone);
    await removeData(metainfo, folder, new Map());
  } finally {
    rmSync(folder, { recursive: true });
  }
});
