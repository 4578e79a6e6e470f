// How much may wait to be written before no more is read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backlog } from './backlog.ts';

const KIB = 1024;

test('a hundredth of the share may wait, four pieces at least, 16 MiB at most; links are read again at half of that', () => {
  for (const [nominalPieceLength, dataLength, limit] of [
    [16 * KIB, 1024 * KIB, 512 * KIB],
    [1024 * KIB, 1024 * KIB, 4096 * KIB],
    [256 * KIB, 200 * 1024 * KIB, 2048 * KIB],
    [16 * KIB, 2 ** 40, 16 * 1024 * KIB],
  ] as const) {
    const backlog = new Backlog({ nominalPieceLength, dataLength });
    backlog.add(limit);
    assert.equal(backlog.isOver, false);
    backlog.add(1);
    assert.equal(backlog.isOver, true);
    assert.equal(backlog.hold(true), true);
    assert.equal(backlog.hold(true), false, 'it is held already');
    backlog.remove(limit / 2);
    assert.equal(backlog.isOver, true);
    backlog.remove(1);
    assert.equal(backlog.isOver, false);
    assert.equal(backlog.hold(false), true);
  }
});
