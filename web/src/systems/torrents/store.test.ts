// The shares that the page knows: told by events, drawn together, right again after the daemon was gone.
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { fakeShare } from './fake-share.ts';
import { FakeSource, installFakeSource } from './fake-source.ts';
import { ShareStore } from './store.ts';

mock.timers.enable({ apis: ['setTimeout'] });
mock.method(globalThis, 'fetch', async () => Response.json({ systems: [] }));

installFakeSource();
const last = (): FakeSource => FakeSource.last;

let store: ShareStore;
beforeEach(() => {
  FakeSource.all = [];
  store = new ShareStore();
  store.start();
});
const ids = (): number[] => [...store.read().shares.keys()];

test('nothing is shown before all was told', () => {
  last().open();
  for (const id of [1, 2]) last().tell('share', fakeShare({ id }));
  mock.timers.tick(1000);
  assert.deepEqual([store.read().isLoaded, ids()], [false, []]);
  last().tell('ready');
  assert.deepEqual([store.read().isLoaded, ids()], [true, [1, 2]]);
});

test('a thousand changes are drawn once', () => {
  last().open();
  last().tell('ready');
  let drawn = 0;
  store.subscribe(() => drawn++);
  for (let id = 1; id <= 1000; id++) last().tell('share', fakeShare({ id }));
  last().tell('removed', { id: 7 });
  mock.timers.tick(199);
  assert.equal(drawn, 0);
  mock.timers.tick(1);
  assert.deepEqual([drawn, ids().length], [1, 999]);
});

test('what this page changed is shown at once', () => {
  last().open();
  last().tell('ready');
  store.put(fakeShare({ id: 3, name: 'renamed' }));
  assert.equal(store.read().shares.get(3)!.name, 'renamed');
  store.drop(3);
  assert.deepEqual(ids(), []);
});

test('a share that is complete is told as well', () => {
  const done: string[] = [];
  const stop = store.onDone(({ name }) => done.push(name));
  last().open();
  last().tell('done', fakeShare({ name: 'film' }));
  stop();
  last().tell('done', fakeShare({ name: 'song' }));
  assert.deepEqual(done, ['film']);
});

test('what was removed while nobody listened goes when all is told again; until then all stays', () => {
  last().open();
  for (const id of [1, 2]) last().tell('share', fakeShare({ id }));
  last().tell('ready');
  last().fail(FakeSource.CONNECTING);
  last().open();
  last().tell('share', fakeShare({ id: 2 }));
  assert.deepEqual(ids(), [1, 2]);
  last().tell('ready');
  assert.deepEqual(ids(), [2]);
});

test('a stream that the daemon refused is opened again; one that is open is left alone', () => {
  last().fail(FakeSource.CLOSED);
  assert.equal(FakeSource.all.length, 1);
  mock.timers.tick(2000);
  assert.equal(FakeSource.all.length, 2);
  last().open();
  store.start();
  assert.equal(FakeSource.all.length, 2);
});
