// The contract of disks: one suite for the file system of this machine and the simulated one.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Disk, nodeDisk } from '../../src/ground/node/disk.ts';
import { createPrng } from '../../src/ground/prng.ts';
import { SimDisk } from './disk.ts';
import { World } from './world.ts';

interface DiskPlace {
  readonly disk: Disk;
  /** An empty folder. */
  readonly dir: string;
  /** Lets time pass until the promise is kept or broken. */
  settle<T>(promise: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

async function realDisk(): Promise<DiskPlace> {
  const dir = await mkdtemp(join(tmpdir(), 'shoal-disk-'));
  return {
    disk: nodeDisk,
    dir: await nodeDisk.realPath(dir),
    settle: (promise) => promise,
    close: () => rm(dir, { recursive: true }),
  };
}

async function simulatedDisk(): Promise<DiskPlace> {
  const world = new World(1);
  const disk = new SimDisk(world, createPrng(2));
  const settle = async <T>(promise: Promise<T>): Promise<T> => {
    let isSettled = false;
    const end = (): void => void (isSettled = true);
    promise.then(end, end);
    await world.runAsync(world.now + 60_000, () => isSettled);
    return promise;
  };
  await settle(disk.makeFolder('/dir'));
  return { disk, dir: '/dir', settle, close: async () => {} };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A file of that text. */
async function write({ disk, settle }: DiskPlace, path: string, text: string): Promise<void> {
  const fd = await settle(disk.open(path, 'create'));
  await settle(disk.write(fd, bytes(text), 0));
  disk.close(fd);
}

async function read({ disk, settle }: DiskPlace, path: string): Promise<string> {
  const fd = await settle(disk.open(path, 'read'));
  const view = new Uint8Array(100);
  const length = await settle(disk.read(fd, [view], 0));
  disk.close(fd);
  return new TextDecoder().decode(view.subarray(0, length));
}

type Check = (place: DiskPlace) => Promise<void>;
const suite: Readonly<Record<string, Check>> = {
  'what is written is read, into several views, and less where the file ends': async (place) => {
    const { disk, dir, settle } = place;
    const fd = await settle(disk.open(join(dir, 'file'), 'create'));
    await settle(disk.write(fd, bytes('hello'), 0));
    disk.writeNow(fd, bytes('world'), 8);
    const views = [new Uint8Array(6), new Uint8Array(4), new Uint8Array(9)];
    assert.equal(await settle(disk.read(fd, views, 1)), 12);
    assert.equal(new TextDecoder().decode(Buffer.concat(views)), 'ello\0\0\0world'.padEnd(19, '\0'));
    assert.equal(await settle(disk.read(fd, [new Uint8Array(4)], 13)), 0);
    assert.equal((await settle(disk.fstat(fd))).size, 13);
    await settle(disk.truncate(fd, 5));
    await settle(disk.sync(fd));
    disk.close(fd);
    assert.equal(await read(place, join(dir, 'file')), 'hello');
  },
  'create keeps what is there; write makes nothing; read may not write': async (place) => {
    const { disk, dir, settle } = place;
    const path = join(dir, 'file');
    for (const how of ['read', 'write'] as const)
      await assert.rejects(settle(disk.open(path, how)), { code: 'ENOENT' });
    await assert.rejects(settle(disk.open(join(dir, 'no', 'file'), 'create')), { code: 'ENOENT' });
    await write(place, path, 'kept');
    disk.close(await settle(disk.open(path, 'create')));
    assert.equal(await read(place, path), 'kept');
    const fd = await settle(disk.open(path, 'read'));
    await assert.rejects(settle(disk.write(fd, bytes('x'), 0)), { code: 'EBADF' });
    disk.close(fd);
    await assert.rejects(settle(disk.open(dir, 'write')), { code: 'EISDIR' });
  },
  'a link is never written through, is told as a link, and leads somewhere': async (place) => {
    const { disk, dir, settle } = place;
    await write(place, join(dir, 'file'), 'target');
    const link = join(dir, 'link');
    await settle(disk.symlink('file', link));
    await assert.rejects(settle(disk.symlink('file', link)), { code: 'EEXIST' });
    for (const how of ['write', 'create'] as const)
      await assert.rejects(settle(disk.open(link, how)), { code: 'ELOOP' });
    assert.equal((await settle(disk.lstat(link)))?.kind, 'link');
    const told = await settle(disk.stat(link));
    assert.deepEqual([told?.kind, told?.size], ['file', 6]);
    assert.equal(await settle(disk.readLink(link)), 'file');
    assert.equal(await settle(disk.realPath(link)), join(dir, 'file'));
    assert.equal(await read(place, link), 'target');
  },
  'a file replaces what has its new name; an open file stays what it was': async (place) => {
    const { disk, dir, settle } = place;
    await write(place, join(dir, 'a'), 'new');
    await write(place, join(dir, 'b'), 'old');
    const fd = await settle(disk.open(join(dir, 'b'), 'read'));
    await settle(disk.rename(join(dir, 'a'), join(dir, 'b')));
    await settle(disk.syncFolder(dir));
    assert.equal(await read(place, join(dir, 'b')), 'new');
    assert.equal(await settle(disk.lstat(join(dir, 'a'))), undefined);
    const view = new Uint8Array(3);
    await settle(disk.read(fd, [view], 0));
    assert.deepEqual(view, bytes('old'));
    disk.close(fd);
    await assert.rejects(settle(disk.rename(join(dir, 'a'), join(dir, 'c'))), { code: 'ENOENT' });
    await assert.rejects(settle(disk.rename(join(dir, 'b'), join(dir, 'no', 'c'))), { code: 'ENOENT' });
  },
  'folders are made with all above them, and go when they are empty': async (place) => {
    const { disk, dir, settle } = place;
    const deep = join(dir, 'one', 'two');
    assert.equal(await settle(disk.makeFolder(deep)), join(dir, 'one'));
    assert.equal(await settle(disk.makeFolder(deep)), undefined);
    await write(place, join(deep, 'file'), 'x');
    await settle(disk.removeEmptyFolder(deep));
    assert.equal((await settle(disk.stat(deep)))?.kind, 'folder');
    await settle(disk.remove(join(deep, 'file')));
    await settle(disk.remove(join(deep, 'file')));
    await settle(disk.removeEmptyFolder(deep));
    await settle(disk.removeEmptyFolder(deep));
    assert.equal(await settle(disk.lstat(deep)), undefined);
    await settle(disk.requireWritable(dir));
    await assert.rejects(settle(disk.requireWritable(deep)), { code: 'ENOENT' });
    await assert.rejects(settle(disk.remove(join(dir, 'one'))));
    assert.equal(
      (await settle(disk.stat(join(dir, 'one'))))?.kind,
      'folder',
      'a folder is no file to remove',
    );
  },
  'a write changes the time of a file, and a time may be set': async (place) => {
    const { disk, dir, settle } = place;
    const path = join(dir, 'file');
    await write(place, path, 'x');
    await settle(disk.setTime(path, 1_000_000_000_000));
    const before = await settle(disk.stat(path));
    assert.equal(before?.modifiedMs, 1_000_000_000_000);
    await write(place, path, 'y');
    const after = await settle(disk.stat(path));
    assert.ok(after!.modifiedMs > before!.modifiedMs);
    assert.equal(after!.inode, before!.inode);
    await settle(disk.chmod(path, 0o755));
    assert.equal((await settle(disk.stat(path)))!.mode & 0o777, 0o755);
    assert.ok((await settle(disk.freeSpace(dir))) > 0);
  },
};

for (const [name, open] of [
  ['the file system', realDisk],
  ['the simulated disk', simulatedDisk],
] as const) {
  for (const [what, check] of Object.entries(suite)) {
    test(`${name}: ${what}`, async () => {
      const place = await open();
      try {
        await check(place);
      } finally {
        await place.close();
      }
    });
  }
}
