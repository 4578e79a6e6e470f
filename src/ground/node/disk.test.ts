/** Pipes and sockets under the name of a file: opening one never blocks. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fromSystemError } from '../errors.ts';
import { nodeDisk } from './disk.ts';

const base = mkdtempSync(join(tmpdir(), 'shoal-disk-'));
after(() => rmSync(base, { recursive: true }));

const isWindows = process.platform === 'win32';

test('a pipe opens, and cannot be read or written like a file', { skip: isWindows }, async () => {
  const pipe = join(base, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const views = [new Uint8Array(4)];
  for (const how of ['read', 'write', 'create'] as const) {
    const fd = await nodeDisk.open(pipe, how);
    await assert.rejects(nodeDisk.read(fd, views, 0), (error) => {
      assert.match(fromSystemError('cannot read it', error).message, /it is a pipe or a device, and no file/);
      return true;
    });
    if (how !== 'read') await assert.rejects(nodeDisk.write(fd, new Uint8Array(4), 0), { code: 'ESPIPE' });
    nodeDisk.close(fd);
  }
  assert.equal((await nodeDisk.lstat(pipe))?.kind, 'other');
});

test('a socket does not open', { skip: isWindows }, async () => {
  const path = join(base, 'socket');
  const server = createServer().listen(path);
  await new Promise((done) => server.once('listening', done));
  for (const how of ['read', 'write'] as const)
    await assert.rejects(nodeDisk.open(path, how), { code: 'ENXIO' });
  server.close();
});

test('a folder that takes files, and one that is not there', async () => {
  await nodeDisk.requireWritable(base);
  await assert.rejects(nodeDisk.requireWritable(join(base, 'none')), { code: 'ENOENT' });
});
