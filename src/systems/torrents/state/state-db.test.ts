// The state database: what survives, who may open it, what happens to an old or broken one.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { ShoalError } from '../../../ground/errors.ts';
import { DEFAULT_PREFERENCES } from '../core/preferences.ts';
import { StateDb } from './state-db.ts';
import { MIGRATIONS } from './tables.ts';

async function inTemp(work: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'shoal-storage-'));
  try {
    await work(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

const codeOf = (action: () => unknown): string => {
  try {
    action();
    return 'ok';
  } catch (error) {
    return error instanceof ShoalError ? error.code : String(error);
  }
};

const torrent = Uint8Array.of(1);
const record = {
  key: 'a'.repeat(40),
  folder: '/f',
  kind: 'fetch' as const,
  have: Uint8Array.of(0x80),
  trust: 'journal' as const,
  epoch: 3,
  uploaded: 1,
  downloaded: 2,
  prints: new Map([[0, { size: 10, modifiedMs: 1.5 }]]),
};

test('state: records survive; saving changes what changed', () =>
  inTemp(async (dir) => {
    const first = StateDb.claim(dir);
    first.shares.put(record);
    first.lock('k', '/f');
    first.close();
    const second = StateDb.claim(dir);
    assert.deepEqual({ ...second.shares.get(record.key, '/f')! }, record);
    const prints = new Map([[1, { size: 5, modifiedMs: 2 }]]);
    second.shares.update({ ...record, have: Uint8Array.of(0xc0), epoch: 4, prints });
    const now = second.shares.get(record.key, '/f')!;
    assert.deepEqual([now.epoch, now.have[0], now.prints.size], [4, 0xc0, 2]);
    // A lock of a process that died is no lock.
    assert.equal(
      codeOf(() => second.lock('k', '/f')),
      'ok',
    );
    assert.equal(
      codeOf(() => second.lock('k', '/f')),
      'directory-in-use',
    );
    second.close();
  }));

test('state: two peers never share a folder; commands that look may', () =>
  inTemp(async (dir) => {
    const first = StateDb.claim(dir);
    assert.throws(() => StateDb.claim(dir), {
      code: 'state-in-use',
      message: new RegExp(`process ${process.pid}`),
    });
    StateDb.open(dir).close();
    first.close();
    StateDb.claim(dir).close();
  }));

test('state: every earlier version is brought up to date, after a backup', () =>
  inTemp(async (dir) => {
    for (let version = 0; version < MIGRATIONS.length; version++) {
      const folder = join(dir, `v${version}`);
      await mkdir(folder, { mode: 0o700 });
      const raw = new DatabaseSync(join(folder, 'shoal.db'));
      for (const migration of MIGRATIONS.slice(0, version)) raw.exec(migration);
      raw.exec(`PRAGMA user_version = ${version}`);
      if (version > 0) {
        const prints = JSON.stringify([{ file: 0, path: '/f/a', size: 10, modifiedMs: 1234.5 }]);
        // Version 3 moved the prints to a table of their own.
        const insert = raw.prepare(
          version < 3
            ? `INSERT INTO shares VALUES (?, '/f', 'fetch', x'01', x'80', ?, ?, 1, 2, 3)`
            : `INSERT INTO shares (key, folder, kind, torrent, have, trust, uploaded, downloaded, changed_at)
               VALUES (?, '/f', 'fetch', x'01', x'80', ?, 1, 2, 3)`,
        );
        insert.run('clean', ...(version < 3 ? [prints, 1] : ['all']));
        insert.run('killed', ...(version < 3 ? [prints, 0] : ['none']));
        if (version >= 3) raw.exec(`INSERT INTO share_files VALUES ('clean', '/f', 0, 10, 1234.5)`);
      }
      raw.close();
      const state = StateDb.claim(folder);
      if (version > 0) {
        const clean = state.shares.get('clean', '/f')!;
        assert.deepEqual([clean.trust, clean.prints.get(0)], ['all', { size: 10, modifiedMs: 1234.5 }]);
        assert.equal(state.shares.get('killed', '/f')!.trust, 'none');
        const backup = new DatabaseSync(join(folder, `shoal.db.backup-${version}`));
        assert.equal(backup.prepare('PRAGMA user_version').get()!.user_version, version);
        backup.close();
      }
      assert.equal(state.notices.length, version > 0 ? 1 : 0);
      state.close();
    }
  }));

test('state: a newer database is refused and left as it is', () =>
  inTemp(async (dir) => {
    const raw = new DatabaseSync(join(dir, 'shoal.db'));
    raw.exec('PRAGMA user_version = 999');
    raw.close();
    assert.equal(
      codeOf(() => StateDb.claim(dir)),
      'state-too-new',
    );
    assert.deepEqual(
      (await readdir(dir)).filter((name) => name.includes('broken')),
      [],
    );
  }));

const damages: readonly (readonly [string, (path: string) => Promise<void>])[] = [
  [
    'no database at all',
    (path) => writeFile(path, 'this is no database, but long enough to look like one '.repeat(100)),
  ],
  ['cut short', (path) => truncate(path, 5000)],
  [
    'a page in the middle is overwritten',
    async (path) => {
      const file = await open(path, 'r+');
      await file.write(Buffer.alloc(2000, 0xa5), 0, 2000, 4096);
      await file.close();
    },
  ],
];
for (const [what, damage] of damages) {
  test(`state: a broken database is set aside, and shares are found again: ${what}`, () =>
    inTemp(async (dir) => {
      const first = StateDb.claim(dir);
      first.shares.put(record);
      first.torrents.save(record.key, record, torrent);
      first.close();
      const path = join(dir, 'shoal.db');
      await damage(path);
      const before = await readFile(path);
      assert.equal(
        codeOf(() => StateDb.open(dir)),
        'state-broken',
      );
      const second = StateDb.claim(dir);
      const aside = (await readdir(dir)).find((name) => /broken-\d+$/.test(name))!;
      assert.deepEqual(await readFile(join(dir, aside)), before);
      assert.match(second.notices.join(), /set aside as .*1 share was found again/s);
      const found = second.shares.get(record.key, '/f')!;
      assert.deepEqual(
        [found.trust, found.kind, second.torrentOf(record.key, '/f')],
        ['none', 'fetch', torrent],
      );
      second.close();
    }));
}

test('state: a share that is on the list and was never started is not found again; its place moves', () =>
  inTemp(async (dir) => {
    const { key } = record;
    const first = StateDb.claim(dir);
    first.torrents.save(key, { folder: '/a', kind: 'fetch' }, torrent);
    first.torrents.movePlace(key, '/a', '/b');
    first.torrents.movePlace(key, '/nowhere', '/c');
    assert.deepEqual([...first.torrents.places()], [{ key, folder: '/b', kind: 'fetch' }]);
    assert.deepEqual(first.torrents.read(key), torrent);
    first.roster.add({ key, kind: 'fetch', folder: '/b', link: undefined, preferences: DEFAULT_PREFERENCES });
    first.close();
    const second = StateDb.claim(dir);
    assert.deepEqual([second.notices, second.shares.list()], [[], []]);
    second.torrents.save(key, { folder: '/d', kind: 'fetch' }, torrent);
    second.torrents.save(key, { folder: '/e', kind: 'fetch' }, torrent);
    second.close();
    const third = StateDb.claim(dir);
    assert.match(third.notices.join(), /^2 shares were found again/);
    third.close();
  }));

test('state: a lock that cannot be deleted, as on a full disk, is the next one of this process', () =>
  inTemp(async (dir) => {
    StateDb.claim(dir).close();
    const database = new DatabaseSync(join(dir, 'shoal.db'));
    const state = StateDb.of({ folder: dir, database });
    state.lock('k', '/f');
    database.exec('PRAGMA query_only = ON');
    state.unlock('k', '/f');
    database.exec('PRAGMA query_only = OFF');
    assert.equal(state.tryLock('k', '/f'), true, 'it was given back');
    assert.equal(state.tryLock('k', '/f'), false, 'once');
    state.close();
    database.close();
  }));
