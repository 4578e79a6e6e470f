// When a server that refuses for now wants to be asked again (RFC 9110 section 10.2.3).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AskLater, MAX_RETRY_AFTER_MS, parseRetryAfter, refusalOf } from './retry-after.ts';

const NOW = Date.UTC(1999, 11, 31, 23, 59, 0);

for (const [value, expected] of [
  ['120', 120_000],
  [' 7 ', 7000],
  ['0', 0],
  // The three forms of section 5.6.7.
  ['Fri, 31 Dec 1999 23:59:59 GMT', 59_000],
  ['Friday, 31-Dec-99 23:59:59 GMT', 59_000],
  ['Fri Dec 31 23:59:59 1999', 59_000],
  // It has passed.
  ['Fri, 31 Dec 1999 23:00:00 GMT', 0],
  // Bounded.
  ['99999999999999999999', MAX_RETRY_AFTER_MS],
  ['Fri, 31 Dec 2999 23:59:59 GMT', MAX_RETRY_AFTER_MS],
  [undefined, undefined],
  ['', undefined],
  ['-5', undefined],
  ['1.5', undefined],
  ['1999', 1_999_000],
  ['soon', undefined],
  ['Monday', undefined],
] as const)
  test(`${JSON.stringify(value)}: ${expected} ms`, () => {
    assert.equal(parseRetryAfter(value, NOW), expected);
  });

test('an answer that names a time says so to people, one that names none is as before', () => {
  const later = refusalOf('http://mirror.example/a', 503, '90');
  assert.ok(later instanceof AskLater);
  assert.equal(later.afterMs, 90_000);
  assert.equal(
    later.message,
    'mirror.example answered with HTTP status 503: it is overloaded or being maintained; it asks to come back in 90 s',
  );
  const plain = refusalOf('http://mirror.example/a', 404, undefined);
  assert.ok(!(plain instanceof AskLater));
});
