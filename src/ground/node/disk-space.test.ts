/** A disk that answers, one that refuses, and those that hang. */
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { DiskSpace, type Room } from './disk-space.ts';

test('the room of a folder that is there, and none of one that is not', async () => {
  const space = new DiskSpace();
  const room = (await space.look(tmpdir()))!;
  assert.ok(room.free >= 0 && room.total >= room.free);
  await assert.rejects(space.look('/no/such/folder'), { code: 'ENOENT' });
});

test('a disk that hangs is asked once, and not more than two at a time', async () => {
  const asked: string[] = [];
  const answers = new Map<string, (room: Room) => void>();
  const ask = (folder: string): Promise<Room> => {
    asked.push(folder);
    return new Promise((resolve) => answers.set(folder, resolve));
  };
  const space = new DiskSpace(ask, 1);
  for (const folder of ['/a', '/a', '/b', '/c', '/b']) assert.equal(await space.look(folder), undefined);
  assert.deepEqual(asked, ['/a', '/b']);
  const answer = { free: 1, total: 2 };
  answers.get('/a')!(answer);
  await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  const patient = new DiskSpace(async () => answer, 600_000);
  assert.deepEqual(await patient.look('/c'), answer);
  assert.equal(await space.look('/c'), undefined);
  assert.deepEqual(asked, ['/a', '/b', '/c']);
});
