// Storage: safe names, planned paths, the state database, and folders that lead out.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import fc from 'fast-check';
import { Geometry } from '../content/geometry.ts';
import type { InfoDictionary } from '../content/model.ts';
import { FileHandles } from '../content/node/file-handles.ts';
import { ShoalError } from '../ground/errors.ts';
import { planPaths, safeName } from './safe-path.ts';
import { ShareFiles } from './node/share-files.ts';
import { StateDb } from './node/state-db.ts';

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

test('a name that is a file and a folder at once is refused', () => {
  assert.equal(planPaths(info(['a', 'A/b'])).ok, false);
  assert.equal(planPaths(info(['a/b', 'A'])).ok, false);
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
    assert.equal(
      codeOf(() => fetched(join(dir, 'out'), ['sub/x']).acquire(0, 0, 10, 'write')),
      'unsafe-path',
    );
    await symlink('/tmp/nowhere', join(dir, 'out', 'share', 'y.part'));
    assert.equal(
      codeOf(() => fetched(join(dir, 'out'), ['y']).acquire(0, 0, 10, 'write')),
      'unsafe-path',
    );
  }));

test('bytes of unwanted files go to the side file', () =>
  inTemp(async (dir) => {
    const files = fetched(dir, ['a', 'b']);
    const { slices, release } = files.acquire(0, 0, 20, 'write');
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
    files.acquire(0, 0, 10, 'write').release();
    await writeFile(join(dir, 'share', 'a'), 'mine');
    await assert.rejects(files.finish(0), { code: 'name-conflict' });
    files.handles.closeAll();
  }));

const record = {
  key: 'k',
  folder: '/f',
  kind: 'fetch' as const,
  torrent: Uint8Array.of(1),
  have: Uint8Array.of(0x80),
  fingerprints: '[]',
  isClean: true,
  uploaded: 1,
  downloaded: 2,
};

test('state: records survive, locks keep others out, dead holders do not', () =>
  inTemp(async (dir) => {
    const first = new StateDb(dir);
    first.put(record);
    first.lock('k', '/f');
    first.close();
    const second = new StateDb(dir);
    assert.deepEqual({ ...second.get('k', '/f')! }, record);
    const raw = new DatabaseSync(join(dir, 'shoal.db'));
    raw.exec(`UPDATE locks SET pid = ${process.ppid}`);
    assert.equal(
      codeOf(() => second.lock('k', '/f')),
      'directory-in-use',
    );
    raw.exec('UPDATE locks SET pid = 4194303');
    assert.equal(
      codeOf(() => second.lock('k', '/f')),
      'ok',
    );
    second.close();
    raw.close();
  }));

test('state: a newer or broken database is refused and left as it is', () =>
  inTemp(async (dir) => {
    const raw = new DatabaseSync(join(dir, 'shoal.db'));
    raw.exec('PRAGMA user_version = 999');
    raw.close();
    assert.equal(
      codeOf(() => new StateDb(dir)),
      'state-too-new',
    );
    await writeFile(
      join(dir, 'shoal.db'),
      'this is no database, but long enough to look like one '.repeat(100),
    );
    assert.equal(
      codeOf(() => new StateDb(dir)),
      'state-broken',
    );
  }));
