// Open files are bounded in number, shared by their users, and never closed under them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Disk } from '../../ground/node/disk.ts';
import { FileHandles } from './file-handles.ts';

/** Opens anything but `/missing`, and counts. */
function countingDisk(): { disk: Disk; open: Set<number>; opened: string[] } {
  const open = new Set<number>();
  const opened: string[] = [];
  const disk = {
    open: async (path: string, how: string): Promise<number> => {
      await Promise.resolve();
      if (path === '/missing') throw Object.assign(new Error('none'), { code: 'ENOENT' });
      opened.push(`${how} ${path}`);
      open.add(opened.length);
      return opened.length;
    },
    close: (fd: number) => assert.ok(open.delete(fd), `${fd} is closed once`),
  } as unknown as Disk;
  return { disk, open, opened };
}

test('a file is opened once for all readers, and apart for the writer', async () => {
  const { disk, opened } = countingDisk();
  const handles = new FileHandles(disk);
  const [one, two] = await Promise.all([handles.acquire('/a', 'read'), handles.acquire('/a', 'read')]);
  assert.equal(one, two);
  assert.equal(handles.tryAcquire('/a', 'read'), one);
  assert.equal(handles.tryAcquire('/a', 'write'), undefined);
  await handles.acquire('/a', 'write');
  assert.deepEqual(opened, ['read /a', 'write /a']);
});

test('the idle one that was used least recently is closed for a new one; one in use never', async () => {
  const { disk, open } = countingDisk();
  const handles = new FileHandles(disk, 2);
  const a = await handles.acquire('/a', 'read');
  handles.release(await handles.acquire('/b', 'read'));
  handles.release(await handles.acquire('/c', 'read'));
  assert.equal(handles.tryAcquire('/b', 'read'), undefined);
  assert.deepEqual([open.size, open.has(a.fd)], [2, true]);
});

test('a forgotten file is opened afresh, and the old one closed with its last user', async () => {
  const { disk, open } = countingDisk();
  const handles = new FileHandles(disk);
  const before = await handles.acquire('/a', 'read');
  handles.forget('/a');
  assert.ok(before.isForgotten && open.has(before.fd));
  const now = await handles.acquire('/a', 'read');
  assert.notEqual(now.fd, before.fd);
  handles.release(before);
  assert.deepEqual([...open], [now.fd]);
  handles.closeAll();
  assert.equal(open.size, 1);
  handles.release(now);
  assert.equal(open.size, 0);
});

test('a reservation waits until there is room, and one that is larger than all comes alone', async () => {
  const handles = new FileHandles(countingDisk().disk, 4);
  await handles.reserve(3);
  assert.equal(handles.tryReserve(2), false);
  let isReserved = false;
  const waiting = handles.reserve(2).then(() => (isReserved = true));
  await Promise.resolve();
  assert.equal(isReserved, false);
  handles.unreserve(3);
  await waiting;
  handles.unreserve(2);
  assert.equal(handles.tryReserve(100), true);
  assert.equal(handles.tryReserve(1), false);
});

test('a file has one writer until he lets go', () => {
  const handles = new FileHandles(countingDisk().disk);
  const [one, two] = [{}, {}];
  assert.deepEqual(
    [handles.claim('/a', one), handles.claim('/a', one), handles.claim('/a', two)],
    [true, true, false],
  );
  handles.unclaim('/a', two);
  assert.equal(handles.claim('/a', two), false);
  handles.unclaim('/a', one);
  assert.equal(handles.claim('/a', two), true);
});

test('a file that cannot be opened fails with its path, and is tried again the next time', async () => {
  const handles = new FileHandles(countingDisk().disk);
  for (let i = 0; i < 2; i++)
    await assert.rejects(handles.acquire('/missing', 'read'), { code: 'not-found', message: /\/missing/ });
});
