// Storage: safe names, planned paths, the state database, and folders that lead out.
import assert from 'node:assert/strict';
import {
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import fc from 'fast-check';
import { Geometry } from '../content/geometry.ts';
import type { InfoDictionary } from '../content/model.ts';
import { FileHandles } from '../disk/file-handles.ts';
import { ShoalError } from '../../ground/errors.ts';
import { LinkTargets, planPaths, safeName } from './safe-path.ts';
import { ShareFiles } from './node/share-files.ts';
import { exportState, importState } from '../../systems/torrents/state/state-archive.ts';
import { MIGRATIONS, StateDb } from '../../systems/torrents/state/state-db.ts';
import { DEFAULT_PREFERENCES } from '../../systems/torrents/core/settings.ts';

function info(paths: readonly string[], isSingleFile = false): InfoDictionary {
  const files = paths.map((path, i) => ({
    path: path.split('/'),
    lengthBytes: 10,
    offset: 10 * i,
    isPad: false,
    isExecutable: false,
    isHidden: false,
  }));
  return { version: 'v1', name: 'share', isSingleFile, isPrivate: false, pieceLength: 16384, files };
}

const names: readonly (readonly [string, string])[] = [
  ['plain.txt', 'plain.txt'],
  ['a\\b', 'a_b'],
  ['C:x', 'C_x'],
  ['tail. . ', 'tail____'],
  ['...', '___'],
  ['CON', '_CON'],
  ['nul.txt', '_nul.txt'],
  ['con1', 'con1'],
  ['com1.c', '_com1.c'],
  ['a\u0007\u001b[31m', 'a__[31m'],
  ['\u202egnp.exe', '_gnp.exe'],
  ['日本語', '日本語'],
];
for (const [given, expected] of names) {
  test(`safe name of ${JSON.stringify(given)}`, () => assert.equal(safeName(given), expected));
}

test('long names are cut between characters, keep their ending and stay apart', () => {
  const a = safeName(`${'é'.repeat(200)}1.tar.gz`);
  const b = safeName(`${'é'.repeat(200)}2.tar.gz`);
  assert.ok(new TextEncoder().encode(a).length <= 240 && a.endsWith('.gz') && a !== b);
});

test('any name is made safe, and once safe stays as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const safe = safeName(text);
      assert.ok(safe !== '' && safe !== '.' && safe !== '..' && !/[/\\\0]/.test(safe.replaceAll('/', '')));
      if (!text.includes('/')) assert.equal(safeName(safe), safe);
    }),
  );
});

test('names that some file system takes for one are numbered', () => {
  const planned = planPaths(info(['README', 'readme', 'caf\u00e9.txt', 'cafe\u0301.txt']));
  assert.ok(planned.ok);
  assert.deepEqual(
    planned.value.paths.map((path) => path!.join('/')),
    ['share/README', 'share/readme (2)', 'share/caf\u00e9.txt', 'share/cafe\u0301 (2).txt'],
  );
});

const planned: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['a file and a folder', ['a', 'A/b', 'a'], ['share/a (2)', 'share/A/b', 'share/a (3)']],
  ['a folder and a file', ['a/b', 'A.txt', 'A'], ['share/a/b', 'share/A.txt', 'share/A (2)']],
  ['made equal', ['_/one', '?/one', '*/one'], ['share/_/one', 'share/_/one (2)', 'share/_/one (3)']],
  ['numbered before', ['a (2)', 'a', 'a'], ['share/a (2)', 'share/a', 'share/a (3)']],
  [
    'the part of another',
    ['x', 'x.part', 'y.part', 'y'],
    ['share/x', 'share/x (2).part', 'share/y.part', 'share/y (2)'],
  ],
];
for (const [what, paths, expected] of planned) {
  test(`two files never share a path: ${what}`, () => {
    const result = planPaths(info(paths));
    assert.ok(result.ok);
    assert.deepEqual(
      result.value.paths.map((path) => path!.join('/')),
      expected,
    );
  });
}

test('links lead to the names that files and folders have', () => {
  const described = info(['a?', 'sub:/b', 'l']);
  const paths = ['share/a_', 'share/sub:/b', 'share/l'].map((path) => path.split('/'));
  for (const [target, expected] of [
    ['a?', 'share/a_'],
    ['sub:', 'share/sub:'],
    ['sub:/b', 'share/sub:/b'],
    ['no*where', 'share/no_where'],
  ] as const)
    assert.equal(new LinkTargets(described, paths).find(target.split('/')).join('/'), expected);
});

test('a link for each of a hundred thousand files: their targets are found in linear time', () => {
  const count = 100_000;
  const described = info([...Array(count).keys()].map((i) => `d${i % 100}/f${i}`));
  const paths = described.files.map(({ path }) => ['share', ...path]);
  let looks = 0;
  const counted = new Proxy(paths, {
    get: (target, key) => {
      looks++;
      return Reflect.get(target, key) as unknown;
    },
  });
  const targets = new LinkTargets(described, counted);
  for (const { path } of described.files) assert.deepEqual(targets.find(path), ['share', ...path]);
  assert.ok(looks <= 3 * count, `${looks} looks`);
});

test('a hundred thousand files of one name are planned in linear time', () => {
  const result = planPaths(info(Array<string>(100_000).fill('same.txt')));
  assert.ok(result.ok);
  assert.equal(new Set(result.value.paths.map((path) => path!.join('/'))).size, 100_000);
});

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

function fetched(dir: string, paths: readonly string[]): ShareFiles {
  const dictionary = info(paths);
  const planned = planPaths(dictionary);
  assert.ok(planned.ok);
  const options = {
    outputDir: dir,
    paths: planned.value.paths,
    wanted: new Set([0]),
    edgesPath: join(dir, 'state', 'edges'),
  };
  return ShareFiles.fetched(new Geometry(dictionary), options, new FileHandles());
}

test('nothing is written through a link that leads out, nor through a link in place of a file', () =>
  inTemp(async (dir) => {
    await mkdir(join(dir, 'out', 'share'), { recursive: true });
    await mkdir(join(dir, 'elsewhere'));
    await symlink('../../elsewhere', join(dir, 'out', 'share', 'sub'));
    await assert.rejects(fetched(join(dir, 'out'), ['sub/x']).acquire(0, 0, 10, 'write'), {
      code: 'unsafe-path',
    });
    await symlink('/tmp/nowhere', join(dir, 'out', 'share', 'y.part'));
    await assert.rejects(fetched(join(dir, 'out'), ['y']).acquire(0, 0, 10, 'write'), {
      code: 'unsafe-path',
    });
  }));

test('bytes of unwanted files go to the side file', () =>
  inTemp(async (dir) => {
    const files = fetched(dir, ['a', 'b']);
    const { slices, release } = await files.acquire(0, 0, 20, 'write');
    assert.equal(slices.length, 2);
    assert.deepEqual(
      [files.currentPath(0), files.currentPath(1)],
      [join(dir, 'share', 'a.part'), join(dir, 'state', 'edges')],
    );
    assert.equal(slices[1]!.fileOffset, 10);
    release();
    files.handles.closeAll();
  }));

test('a file that appears meanwhile is not overwritten', () =>
  inTemp(async (dir) => {
    const files = fetched(dir, ['a']);
    (await files.acquire(0, 0, 10, 'write')).release();
    await writeFile(join(dir, 'share', 'a'), 'mine');
    await assert.rejects(files.finish(0), { code: 'name-conflict' });
    files.handles.closeAll();
  }));

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

test('state: exported while it is in use, imported into an empty folder, keys and torrents with it', () =>
  inTemp(async (dir) => {
    const folder = join(dir, 'state');
    const peer = StateDb.claim(folder);
    peer.shares.put(record);
    peer.torrents.save(record.key, record, torrent);
    await mkdir(join(folder, 'keys'));
    await writeFile(join(folder, 'keys', 'me.pem'), 'secret');
    const path = join(dir, 'archive');
    assert.deepEqual(exportState(folder, path), { shares: 1, files: 3 });
    peer.close();
    assert.equal((await stat(path)).mode & 0o077, 0);
    assert.equal(
      codeOf(() => exportState(folder, path)),
      'name-conflict',
    );
    const copy = join(dir, 'copy');
    assert.deepEqual(importState(path, copy), { shares: 1, files: 3 });
    assert.equal((await stat(join(copy, 'keys', 'me.pem'))).mode & 0o077, 0);
    const state = StateDb.claim(copy);
    assert.deepEqual({ ...state.shares.get(record.key, record.folder)! }, record);
    assert.deepEqual(state.torrentOf(record.key, record.folder), torrent);
    state.close();
    assert.equal(
      codeOf(() => importState(path, copy)),
      'name-conflict',
    );
    await writeFile(join(dir, 'other'), 'no archive');
    assert.equal(
      codeOf(() => importState(join(dir, 'other'), join(dir, 'third'))),
      'state-broken',
    );
    // A file that somebody prepared may not write where it likes.
    const raw = new DatabaseSync(path);
    raw.exec(`INSERT INTO archived_files VALUES ('keys/../../evil', x'00')`);
    raw.close();
    assert.equal(
      codeOf(() => importState(path, join(dir, 'third'))),
      'state-broken',
    );
  }));
