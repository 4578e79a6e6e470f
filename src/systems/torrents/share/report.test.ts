// The map of pieces in a report, and the words of phases.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bitfield } from '../../../ground/bitfield.ts';
import { decodeHave, encodeHave, wordOf } from './report.ts';

test('a map of pieces comes back as it was; one that is too large, or broken, is none', () => {
  const have = new Bitfield(11);
  have.add(0);
  have.add(10);
  const text = encodeHave(have)!;
  assert.deepEqual(decodeHave({ have: text, pieceCount: 11 }), have);
  assert.equal(decodeHave({ have: text, pieceCount: 4 }), undefined);
  assert.equal(decodeHave({ have: undefined, pieceCount: 11 }), undefined);
  assert.equal(encodeHave(new Bitfield((1 << 20) + 1)), undefined);
});

test('a share that the disk refuses is called as it always was', () => {
  assert.deepEqual(
    ['resting', 'paused', 'waiting', 'seeding'].map((phase) => wordOf(phase as 'resting')),
    ['paused', 'paused', 'waiting', 'seeding'],
  );
});
