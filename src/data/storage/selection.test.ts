// Which pieces come first.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGeometry } from '../../../testkit/geometry.ts';
import { piecePriorities } from './selection.ts';

const PIECE = 16_384;

test('the ends of files come first where that is wanted: a hundredth of each, one piece at least', () => {
  const geometry = createGeometry([300 * PIECE, 5 * PIECE, 0, PIECE], { pieceLength: PIECE });
  const all = new Set([0, 1, 2, 3]);
  const levels = (isEndsFirst: boolean, wanted = all): number[] => {
    const priorityOf = piecePriorities(geometry, wanted, new Map([[0, 6]]), isEndsFirst);
    return Array.from({ length: geometry.pieceCount }, (_, piece) => priorityOf(piece));
  };
  const plain = levels(false);
  assert.deepEqual(plain, [...Array<number>(300).fill(6), ...Array<number>(6).fill(4)]);
  const ends = levels(true).flatMap((level, piece) => (level === 7 ? [piece] : []));
  assert.deepEqual(ends, [0, 1, 2, 297, 298, 299, 300, 304, 305]);
  assert.ok(levels(true).every((level, piece) => level === 7 || level === plain[piece]));
  assert.deepEqual(
    levels(true, new Set([1])).flatMap((level, piece) => (level > 0 ? [`${piece}:${level}`] : [])),
    ['300:7', '301:4', '302:4', '303:4', '304:7'],
    'files that are not wanted have no ends',
  );
});
