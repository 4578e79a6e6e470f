// Memory for lists of peers: blocks never overlap, are used again, and go back when they are empty.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPrng } from '../../../ground/prng.ts';
import { capacityFor, MAX_SMALL_CAPACITY, PeerBlocks } from './peer-blocks.ts';

const WORDS = 5;

test('capacities are a third to a half apart', () => {
  const found = Array.from({ length: 25 }, (_, count) => capacityFor(count));
  assert.deepEqual([...new Set(found)], [1, 2, 3, 4, 6, 8, 12, 16, 24]);
  assert.deepEqual([capacityFor(256), capacityFor(257), capacityFor(20_000)], [256, 384, 24_576]);
  for (let count = 1; count < 2000; count++) assert.ok(capacityFor(count) >= count);
});

test('blocks do not overlap, whatever is allocated and released in between, and all goes back', () => {
  const prng = createPrng(1);
  const blocks = new PeerBlocks(WORDS);
  const held: { handle: number; mark: number; words: number }[] = [];
  const check = ({ handle, mark, words }: (typeof held)[number]): void => {
    const from = blocks.offsetOf(handle);
    const { words: all } = blocks.slabOf(handle);
    for (let at = from; at < from + words; at++) assert.equal(all[at], mark);
  };
  const release = (): void => {
    const [taken] = held.splice(prng.below(held.length), 1);
    check(taken!);
    blocks.release(taken!.handle);
  };
  let most = 0;
  for (let i = 0; i < 30_000; i++) {
    // It grows, and then shrinks.
    if (held.length > 0 && prng.below(10) >= (i < 15_000 ? 6 : 4)) release();
    else {
      const count = 1 + prng.below(prng.below(8) === 0 ? 2 * MAX_SMALL_CAPACITY : 12);
      const handle = blocks.allocate(count);
      const { capacity, words, index } = blocks.slabOf(handle);
      assert.ok(capacity >= count);
      assert.equal(index !== undefined, count > MAX_SMALL_CAPACITY);
      const mark = 1 + (i % 60_000);
      words.fill(mark, blocks.offsetOf(handle), blocks.offsetOf(handle) + capacity * WORDS);
      held.push({ handle, mark, words: capacity * WORDS });
    }
    most = Math.max(most, blocks.slabCount);
  }
  assert.ok(most > 100, 'it had something to give back');
  while (held.length > 0) release();
  const sizes = new Set(Array.from({ length: MAX_SMALL_CAPACITY }, (_, count) => capacityFor(count)));
  assert.ok(blocks.slabCount <= sizes.size, `${blocks.slabCount} slabs are left`);
  blocks.release(0);
});

test('a block that was released is the next one to be used', () => {
  const blocks = new PeerBlocks(WORDS);
  const [first, second] = [blocks.allocate(3), blocks.allocate(3)];
  assert.notEqual(first, second);
  blocks.release(first);
  assert.equal(blocks.allocate(3), first);
  assert.equal(blocks.slabCount, 1);
});
