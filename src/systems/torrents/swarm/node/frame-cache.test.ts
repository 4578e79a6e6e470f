// The cache of outgoing blocks: read once, bounded, never holding on to what failed or was lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK_LENGTH } from '../../../../ground/units.ts';
import { PIECE_HEADER_LENGTH } from '../wire/messages.ts';
import { type Block, FrameCache, segmentsOf, ShareFrames, type Spot } from './frame-cache.ts';

const blocks = (piece: number, count: number): Block[] =>
  Array.from({ length: count }, (_, i) => ({ piece, begin: i * BLOCK_LENGTH, length: BLOCK_LENGTH }));

/** Fills each place with its piece number. */
const fill =
  (piece: number) =>
  async (spots: readonly Spot[]): Promise<void> => {
    for (const { frame, at, length } of spots) frame.place(at, length).fill(piece);
  };

function release(frames: ShareFrames, spots: readonly (Spot | undefined)[]): void {
  for (const spot of spots) if (spot !== undefined) frames.cache.unpin(spot.frame);
}

test('a frame is found again, while it is read and afterwards, and goes out in one piece', async () => {
  const frames = new ShareFrames(new FrameCache());
  const first = frames.load(blocks(7, 3), fill(7));
  const second = blocks(7, 3).map((block) => frames.find(block)!);
  assert.deepEqual(second, first);
  assert.ok(second[0]!.frame.loading !== undefined, 'it is on its way');
  await first[0]!.frame.loading;
  assert.equal(second[0]!.frame.loading, undefined);
  const segments = segmentsOf(second);
  assert.equal(segments.length, 1);
  assert.equal(segments[0]!.length, 3 * (PIECE_HEADER_LENGTH + BLOCK_LENGTH));
  assert.deepEqual([...segments[0]!.subarray(0, 14)], [0, 0, 0x40, 9, 7, 0, 0, 0, 7, 0, 0, 0, 0, 7]);
  assert.equal(segmentsOf([second[0]!, second[2]!]).length, 2);
  assert.equal(
    frames.find({ piece: 7, begin: 0, length: 100 }),
    undefined,
    'another length is another block',
  );
});

test('the cache is bounded: the least recently used goes, frames that are being written stay', async () => {
  const frameBytes = 64 * (PIECE_HEADER_LENGTH + BLOCK_LENGTH);
  const frames = new ShareFrames(new FrameCache(2 * frameBytes));
  const held = frames.load(blocks(0, 64), fill(0));
  for (let piece = 1; piece <= 3; piece++) {
    const spots = frames.load(blocks(piece, 64), fill(piece));
    await spots[0]!.frame.loading;
    release(frames, spots);
  }
  const isHere = (piece: number): boolean => {
    const spot = frames.find(blocks(piece, 1)[0]!);
    release(frames, [spot]);
    return spot !== undefined;
  };
  assert.deepEqual([0, 1, 2, 3].map(isHere), [true, false, false, true]);
  release(frames, held);
});

test('a failed read fails for all that wait for it, and leaves no frame', async () => {
  const frames = new ShareFrames(new FrameCache());
  const spots = frames.load(blocks(1, 2), () => Promise.reject(new Error('EIO')));
  const waiting = frames.find(blocks(1, 1)[0]!)!.frame.loading;
  await assert.rejects(waiting!, /EIO/);
  assert.equal(frames.find(blocks(1, 1)[0]!), undefined);
  release(frames, [...spots, spots[0]]);
});

test('after a loss nothing that was read before is sent', async () => {
  const frames = new ShareFrames(new FrameCache());
  const spots = frames.load(blocks(1, 2), fill(1));
  await spots[0]!.frame.loading;
  release(frames, spots);
  frames.forget();
  assert.equal(frames.find(blocks(1, 1)[0]!), undefined);
});
