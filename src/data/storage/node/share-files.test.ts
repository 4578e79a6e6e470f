// Two shares that have a file of the same name in the same folder.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Geometry } from '../../content/geometry.ts';
import { createMetainfo } from '../../content/node/create.ts';
import { FileHandles } from '../../disk/file-handles.ts';
import { ShareFiles } from './share-files.ts';

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
