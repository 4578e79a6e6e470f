// Creation: the same input gives the same torrent, attributes and links are kept, and the hashes are right.
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ShoalError } from '../../../ground/errors.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { decodeMetainfo, encodeMetainfo } from '../metainfo.ts';
import { createMetainfo } from './create.ts';
import { PiecePool } from '../../disk/piece-pool.ts';

let dir: string;
const pool = new PiecePool(2);
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shoal-create-'));
  await mkdir(join(dir, 'share', 'sub'), { recursive: true });
  await writeFile(join(dir, 'share', 'b.bin'), Buffer.alloc(100_000, 7));
  await writeFile(join(dir, 'share', 'sub', 'run.sh'), '#!/bin/sh\n');
  await chmod(join(dir, 'share', 'sub', 'run.sh'), 0o755);
  await writeFile(join(dir, 'share', 'empty'), '');
  await symlink('../b.bin', join(dir, 'share', 'sub', 'link'));
});
after(async () => {
  await pool.close();
  await rm(dir, { recursive: true });
});

for (const version of ['v1', 'v2', 'hybrid'] as const) {
  test(`${version}: read back whole, twice the same`, async () => {
    const options = { version, pool, trackers: [['http://t/announce']], pieceLength: 32768 };
    const { metainfo } = await createMetainfo(join(dir, 'share'), options);
    const again = await createMetainfo(join(dir, 'share'), options);
    assert.deepEqual(again.metainfo.infoBytes, metainfo.infoBytes);
    const read = decodeMetainfo(encodeMetainfo(metainfo), nodeHasher);
    assert.ok(read.ok);
    assert.deepEqual(read.value.infoBytes, metainfo.infoBytes);
    const byPath = new Map(read.value.info.files.map((file) => [file.path.join('/'), file]));
    assert.ok(byPath.get('sub/run.sh')!.isExecutable);
    assert.deepEqual(byPath.get('sub/link')!.symlinkTarget, ['b.bin']);
    assert.equal(byPath.get('empty')!.lengthBytes, 0);
    assert.equal(read.value.info.version, version);
  });
}

test('v1 hashes are SHA-1 of the pieces', async () => {
  const { metainfo } = await createMetainfo(join(dir, 'share', 'b.bin'), {
    version: 'v1',
    pieceLength: 65536,
    pool,
  });
  const data = Buffer.alloc(100_000, 7);
  assert.deepEqual(
    metainfo.info.v1Hashes!.slice(0, 20),
    new Uint8Array(nodeHasher.sha1(data.subarray(0, 65536))),
  );
  assert.deepEqual(metainfo.info.v1Hashes!.slice(20), new Uint8Array(nodeHasher.sha1(data.subarray(65536))));
});

test('refused: nothing there, an empty folder, links that point out, a wrong piece length', async () => {
  const code = async (path: string, options = {}): Promise<string> =>
    createMetainfo(path, { pool, ...options }).then(
      () => 'ok',
      (error: ShoalError) => error.code,
    );
  await mkdir(join(dir, 'void'));
  await mkdir(join(dir, 'out'));
  await symlink('../share', join(dir, 'out', 'link'));
  assert.equal(await code(join(dir, 'missing')), 'not-found');
  assert.equal(await code(join(dir, 'void')), 'bad-argument');
  assert.equal(await code(join(dir, 'out')), 'unsafe-path');
  assert.equal(await code(join(dir, 'share'), { pieceLength: 1000 }), 'bad-argument');
  assert.equal(await code(join(dir, 'share'), { signal: AbortSignal.abort() }), 'aborted');
});

test('a name that is not UTF-8 is named, of a file as of a folder', async () => {
  for (const make of [(path: Buffer) => writeFile(path, 'x'), (path: Buffer) => mkdir(path)]) {
    const root = await mkdtemp(join(dir, 'odd-'));
    await make(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x61, 0xff])]));
    await assert.rejects(createMetainfo(root, { version: 'v1', pool }), {
      code: 'unsafe-path',
      message: /the name of .*a\uFFFD is not UTF-8/,
    });
  }
});
