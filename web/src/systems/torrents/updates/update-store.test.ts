// What the page knows of publications and follows: told by events, right again after the daemon was gone.
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { EventFeed } from '../event-feed.ts';
import { FakeSource, installFakeSource } from '../fake-source.ts';
import { UpdateStore } from './update-store.ts';

mock.timers.enable({ apis: ['setTimeout'] });
mock.method(globalThis, 'fetch', async () => Response.json({ systems: [] }));
installFakeSource();

let store: UpdateStore;
beforeEach(() => {
  FakeSource.all = [];
  const feed = new EventFeed();
  store = new UpdateStore(feed);
  feed.start();
  FakeSource.last.open();
});
const ids = (): readonly number[][] => {
  const { publications, follows } = store.read();
  return [publications.map(({ id }) => id), follows.map(({ id }) => id)];
};
const tell = (type: string, id: number): void => FakeSource.last.tell(type, { id });

test('it is loaded when all was told; later changes show, in the order of their numbers', () => {
  tell('publication', 2);
  tell('follow', 1);
  assert.equal(store.read().isLoaded, false);
  tell('ready', 0);
  assert.deepEqual([store.read().isLoaded, ids()], [true, [[2], [1]]]);
  tell('publication', 1);
  tell('follow-removed', 1);
  assert.deepEqual(ids(), [[1, 2], []]);
  tell('publication-removed', 2);
  assert.deepEqual(ids(), [[1], []]);
});

test('what ended while nobody listened goes when all is told again, and not before', () => {
  for (const id of [1, 2]) {
    tell('publication', id);
    tell('follow', id);
  }
  tell('ready', 0);
  FakeSource.last.fail(FakeSource.CONNECTING);
  FakeSource.last.open();
  tell('publication', 2);
  assert.deepEqual(ids(), [
    [1, 2],
    [1, 2],
  ]);
  tell('ready', 0);
  assert.deepEqual(ids(), [[2], []]);
});
