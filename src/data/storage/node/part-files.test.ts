// Parts of a fetched share: where they are made, under which names they end, and who writes to them.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Geometry } from '../../content/geometry.ts';
import type { InfoDictionary } from '../../content/model.ts';
import { createMetainfo } from '../../content/node/create.ts';
import { FileHandles } from '../../disk/file-handles.ts';
import { planPaths } from '../safe-path.ts';
import { ShareFiles } from './share-files.ts';

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

async function inTemp(work: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'shoal-storage-'));
  try {
    await work(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

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

test('a part has one writer, until it is whole or its share lets go', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'shoal-files-'));
  const handles = new FileHandles();
  try {
    const original = join(dir, 'name');
    writeFileSync(original, 'some bytes');
    const { metainfo } = await createMetainfo(original);
    const outputDir = join(dir, 'out');
    const [first, second] = ['one', 'two'].map((edges) =>
      ShareFiles.fetched(
        new Geometry(metainfo.info),
        { outputDir, paths: [['name']], wanted: new Set([0]), edgesPath: join(dir, edges) },
        handles,
      ),
    ) as [ShareFiles, ShareFiles];
    const conflict = { code: 'name-conflict', message: /another share fetches .*name\.part: pause/ };
    await first.prepare(0);
    writeFileSync(join(outputDir, 'name.part'), 'some bytes');
    await assert.rejects(second.prepare(0), conflict);
    first.closeAll();
    await second.prepare(0);
    await assert.rejects(first.prepare(0), conflict);
    await second.finish(0);
    assert.equal(readFileSync(join(outputDir, 'name'), 'utf8'), 'some bytes');
    await first.prepare(0);
    assert.deepEqual(readdirSync(outputDir).sort(), ['name', 'name.part']);
  } finally {
    handles.closeAll();
    rmSync(dir, { recursive: true });
  }
});
