// The requests that a peer owes us: in order, found wherever they are, the latest moved first.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestQueue } from './request-queue.ts';

const contents = (queue: RequestQueue): string[] => {
  const all: string[] = [];
  queue.drain((piece, block) => all.push(`${piece}/${block}`));
  return all;
};

test('requests are removed in any order, and the time of each is told', () => {
  const queue = new RequestQueue();
  for (let block = 0; block < 5; block++) queue.add(1, block, 100 + block);
  assert.equal(queue.remove(1, 0), 100);
  assert.equal(queue.remove(1, 3), 103);
  assert.equal(queue.remove(1, 3), undefined);
  assert.equal(queue.oldestSentAt(), 101);
  assert.ok(queue.has(1, 4) && !queue.has(1, 0));
  assert.deepEqual(contents(queue), ['1/1', '1/2', '1/4']);
  assert.equal(queue.length, 0);
});

test('a long queue that is answered in order stays short in memory and right', () => {
  const queue = new RequestQueue();
  for (let i = 0; i < 5000; i++) {
    queue.add(i, 0, i);
    if (i >= 10) assert.equal(queue.remove(i - 10, 0), i - 10);
  }
  assert.equal(queue.length, 10);
  assert.equal(queue.oldestSentAt(), 4990);
});

test('the latest that fit are taken', () => {
  const queue = new RequestQueue();
  for (let piece = 0; piece < 6; piece++) queue.add(piece, 0, piece);
  queue.remove(0, 0);
  const taken: number[] = [];
  queue.takeLatest(
    2,
    (piece) => piece % 2 === 1,
    (piece) => taken.push(piece),
  );
  assert.deepEqual(taken, [5, 3]);
  assert.deepEqual(contents(queue), ['1/0', '2/0', '4/0']);
});
