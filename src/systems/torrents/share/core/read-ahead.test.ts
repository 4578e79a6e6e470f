// What is fetched for readers, and in which order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planReading, type ReadPlan, type ReaderPosition } from './read-ahead.ts';

const KIB = 1024;
const SMALL = { nominalPieceLength: 64 * KIB };
const LARGE = { nominalPieceLength: 16 * 1024 * KIB };
const readerAt = (at: number, end: number, isWaiting: boolean): ReaderPosition => ({ at, end, isWaiting });
const none = (): boolean => false;

/** By pieces of 64 KiB. */
function plan(readers: readonly ReaderPosition[], isHere: (piece: number) => boolean = none): ReadPlan {
  const scaled = readers.map(({ at, end, isWaiting }) => readerAt(at * 64 * KIB, end * 64 * KIB, isWaiting));
  return planReading(scaled, SMALL, isHere);
}

const cases: readonly (readonly [
  name: string,
  readers: readonly ReaderPosition[],
  isHere: (piece: number) => boolean,
  pieces: readonly number[],
  awaited: number,
])[] = [
  ['nobody reads', [], none, [], 0],
  ['one waits: 128 KiB first', [readerAt(3, 6, true)], none, [3, 4, 5], 2],
  ['one goes on: nothing is waited for', [readerAt(3, 6, false)], none, [3, 4, 5], 0],
  ['what is here is left out', [readerAt(0, 4, true)], (piece) => piece % 2 === 0, [1, 3], 1],
  ['two take turns', [readerAt(0, 3, false), readerAt(10, 12, false)], none, [0, 10, 1, 11, 2], 0],
  [
    'who waits comes before who goes on',
    [readerAt(0, 2, false), readerAt(10, 12, true)],
    none,
    [10, 11, 0, 1],
    2,
  ],
  ['two read the same', [readerAt(5, 7, true), readerAt(5, 7, true)], none, [5, 6], 2],
  ['in the middle of a piece', [readerAt(2.5, 3.5, true)], none, [2, 3], 2],
];
for (const [name, readers, isHere, pieces, awaited] of cases)
  test(name, () => assert.deepEqual(plan(readers, isHere), { pieces, awaited }));

test('16 MiB ahead, at least two pieces, and never more than 512 for all readers', () => {
  const far = readerAt(0, 1e9, false);
  assert.equal(planReading([far], SMALL, none).pieces.length, 256);
  assert.equal(planReading([far], LARGE, none).pieces.length, 2);
  const many = Array.from({ length: 100 }, (_, at) => readerAt(at * 1e9, (at + 1) * 1e9, false));
  const { length } = planReading(many, SMALL, none).pieces;
  assert.ok(length >= 512 && length < 512 + many.length, `${length}`);
});
