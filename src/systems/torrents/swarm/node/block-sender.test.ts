// What a sender does when reading fails in the middle of a batch.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK_LENGTH } from '../../../../ground/units.ts';
import type { ReadGuard } from '../../../../data/storage/node/read-guard.ts';
import { BlockSender } from './block-sender.ts';
import { FrameCache, ShareFrames } from './frame-cache.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a batch that fails is given up when all its reads have ended: none writes into a frame that is used again', async () => {
  let answer: (bytes: number) => void = () => {};
  let released = 0;
  const guard = {
    // Each piece lies in a file of its own.
    tryAcquire: (piece: number, _begin: number, length: number) => ({
      slices: [{ file: piece, fd: piece + 10, fileOffset: 0, length }],
      release: () => released++,
    }),
    read: (piece: number) =>
      piece === 0
        ? Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }))
        : new Promise<number>((resolve) => (answer = resolve)),
    requireUnchanged: () => Promise.resolve(),
  } as unknown as ReadGuard;
  const failed: number[] = [];
  const sender = new BlockSender(
    { write: () => assert.fail('nothing may leave') },
    guard,
    new ShareFrames(new FrameCache()),
    {
      onSent: () => {},
      hasPiece: () => true,
      onLost: () => {},
      onReadFailed: (_, piece) => failed.push(piece),
    },
  );
  sender.add(0, 0, BLOCK_LENGTH);
  sender.add(1, 0, BLOCK_LENGTH);
  sender.kick();
  await turn();
  assert.deepEqual([failed, released], [[], 0], 'the other read is still under way');
  answer(BLOCK_LENGTH);
  await turn();
  assert.deepEqual([failed, released], [[0], 2]);
});

test('blocks that a broken connection loses do not count as sent', async () => {
  const guard = {
    tryAcquire: (piece: number, _begin: number, length: number) => ({
      slices: [{ file: piece, fd: 10, fileOffset: 0, length }],
      release: () => {},
    }),
    read: (_: number, __: number, views: readonly Uint8Array[]) =>
      Promise.resolve(views.reduce((sum, view) => sum + view.length, 0)),
    requireUnchanged: () => Promise.resolve(),
  } as unknown as ReadGuard;
  const sent: number[] = [];
  const answers: ((isSent: boolean) => void)[] = [];
  const sender = new BlockSender(
    { write: (_, taken) => void (taken !== undefined && answers.push(taken)) },
    guard,
    new ShareFrames(new FrameCache()),
    { onSent: (bytes) => sent.push(bytes), hasPiece: () => true, onLost: () => {}, onReadFailed: () => {} },
  );
  for (const isSent of [true, false]) {
    sender.add(0, 0, BLOCK_LENGTH);
    sender.kick();
    await turn();
    answers.pop()!(isSent);
  }
  assert.deepEqual(sent, [BLOCK_LENGTH]);
});

test('a piece that is lost and comes again while it is read is read again; one that stays lost is not sent', async () => {
  const reads: ((byte: number) => void)[] = [];
  const guard = {
    tryAcquire: (piece: number, _begin: number, length: number) => ({
      slices: [{ file: piece, fd: 10, fileOffset: 0, length }],
      release: () => {},
    }),
    read: (_: number, __: number, views: readonly Uint8Array[]) =>
      new Promise<number>((resolve) =>
        reads.push((byte) => {
          for (const view of views) view.fill(byte);
          resolve(views.reduce((sum, view) => sum + view.length, 0));
        }),
      ),
    requireUnchanged: () => Promise.resolve(),
  } as unknown as ReadGuard;
  const frames = new ShareFrames(new FrameCache());
  const had = new Set([0, 1]);
  const written: number[] = [];
  const lost: number[] = [];
  const sender = new BlockSender({ write: (bytes) => void written.push(bytes.at(-1)!) }, guard, frames, {
    onSent: () => {},
    hasPiece: (piece) => had.has(piece),
    onLost: (blocks) => lost.push(...blocks.map(({ piece }) => piece)),
    onReadFailed: () => assert.fail('nothing fails'),
  });
  sender.add(0, 0, BLOCK_LENGTH);
  sender.kick();
  sender.add(1, 0, BLOCK_LENGTH);
  // The file was removed, an empty one took its place, and the first piece came again before the read was answered.
  frames.forget();
  had.delete(1);
  reads.shift()!(0);
  await turn();
  assert.deepEqual([written, lost], [[], [1]]);
  reads.shift()!(7);
  await turn();
  assert.deepEqual([written, lost], [[7], [1]]);
});
