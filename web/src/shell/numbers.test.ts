// What people type where a number is wanted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readNumber } from './numbers.ts';

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
