// Wanted bytes that are here, and the moment at which a file is complete.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBencode } from '../../../../ground/bencode.ts';
import { Bitfield } from '../../../../ground/bitfield.ts';
import { nodeHasher } from '../../../../ground/node/hasher.ts';
import { Geometry } from '../../../../data/content/geometry.ts';
import { metainfoFromInfo } from '../../../../data/content/metainfo.ts';
import { piecesOf } from '../../../../data/storage/selection.ts';
import { ProgressCounter } from './progress.ts';

const PIECE = 16 * 1024;
/** Files end in the middle of pieces: 0 in piece 1, 1 in piece 1 as well, 3 at the end; 2 is empty. */
const LENGTHS = [PIECE + 100, 200, 0, 2 * PIECE];
const decoded = metainfoFromInfo(
  encodeBencode({
    files: LENGTHS.map((length, at) => ({ length, path: [`${at}`] })),
    name: 'set',
    'piece length': PIECE,
    pieces: new Uint8Array(4 * 20),
  }),
  nodeHasher,
);
assert.ok(decoded.ok);
const geometry = new Geometry(decoded.value.info);
const TOTAL = LENGTHS.reduce((sum, length) => sum + length, 0);

function count(wanted: readonly number[], here: readonly number[] = []): ProgressCounter {
  const files = new Set(wanted);
  const had = new Bitfield(geometry.pieceCount);
  for (const piece of here) had.add(piece);
  return new ProgressCounter(geometry, files, piecesOf(geometry, files), had);
}

test('a piece completes every file that ends in it, and no file twice', () => {
  const counter = count([0, 1, 2, 3]);
  assert.deepEqual([counter.totalBytes, counter.doneBytes, counter.wholeFiles()], [TOTAL, 0, [2]]);
  assert.deepEqual(counter.handlePiece(0), []);
  assert.deepEqual(counter.handlePiece(1), [0, 1]);
  assert.deepEqual(counter.handlePiece(3), []);
  assert.deepEqual(counter.handlePiece(2), [3]);
  assert.deepEqual([counter.doneBytes, counter.wholeFiles()], [TOTAL, [0, 1, 2, 3]]);
});

test('what is here at the start counts', () => {
  const counter = count([0, 1, 2, 3], [0, 1]);
  assert.deepEqual([counter.doneBytes, counter.wholeFiles()], [2 * PIECE, [0, 1, 2]]);
});

test('of files that are not wanted nothing counts, but whole pieces do', () => {
  const counter = count([1]);
  assert.equal(counter.totalBytes, PIECE);
  assert.deepEqual(counter.handlePiece(0), []);
  assert.equal(counter.doneBytes, 0);
  assert.deepEqual(counter.handlePiece(1), [1]);
  assert.equal(counter.doneBytes, PIECE);
});

test('a piece that is lost makes its files incomplete again', () => {
  const counter = count([0, 1, 2, 3], [0, 1, 2, 3]);
  counter.handleLost(1);
  assert.deepEqual([counter.doneBytes, counter.wholeFiles()], [TOTAL - PIECE, [2]]);
  assert.deepEqual(counter.handlePiece(1), [0, 1, 3]);
  assert.equal(counter.doneBytes, TOTAL);
});
