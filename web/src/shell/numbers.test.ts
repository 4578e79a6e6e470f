// What people type where a number is wanted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readNeeded, readNumber } from './numbers.ts';

const cases: readonly (readonly [string, boolean, number | null | undefined])[] = [
  ['', false, null],
  ['  ', true, null],
  ['0', false, null],
  ['300', false, 300],
  [' 300 ', false, 300],
  ['1.5', false, undefined],
  ['1.5', true, 1.5],
  ['1,5', true, 1.5],
  ['0,0', true, null],
  ['-5', true, undefined],
  ['5 MB/s', false, undefined],
  ['1e3', true, undefined],
  ['1'.repeat(13), false, undefined],
];
for (const [words, isFraction, expected] of cases)
  test(`"${words}" as ${isFraction ? 'a number' : 'a whole number'}`, () =>
    assert.equal(readNumber(words, isFraction), expected));

test('where a number is needed, zero is one and nothing is none', () => {
  assert.deepEqual(
    ['', '0', '1,5', 'x'].map((words) => readNeeded(words, true)),
    [undefined, 0, 1.5, undefined],
  );
});
