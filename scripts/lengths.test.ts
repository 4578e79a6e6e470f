// Lengths of files: each rule is fed what breaks it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkLengths } from './lengths.ts';

const REASON = 'one table that is read as a whole';
const cases: readonly (readonly [string, number | undefined, string, RegExp | undefined])[] = [
  ['of 400 lines, without a reason', 400, '', undefined],
  ['of 401 lines, without a reason', 401, '', /401 lines; carve it, or say/],
  ['of 600 lines, with a reason', 600, `src/x.ts: ${REASON}\n`, undefined],
  ['of 601 lines, with a reason', 601, `src/x.ts: ${REASON}\n`, /600 at most/],
  ['that needs no reason', 400, `src/x.ts: ${REASON}\n`, /needs no reason/],
  ['that is gone', undefined, `src/x.ts: ${REASON}\n`, /needs no reason/],
  ['with a reason that says nothing', 500, 'src/x.ts: long\n', /a path, a colon, a reason/],
  ['with two reasons', 500, `src/x.ts: ${REASON}\n`.repeat(2), /twice/],
];
for (const [what, lines, list, expected] of cases) {
  test(`a file ${what}`, () => {
    const counted = new Map(lines === undefined ? [] : [['src/x.ts', lines] as const]);
    const messages = checkLengths(counted, list).map(({ message }) => message);
    assert.equal(messages.length, expected === undefined ? 0 : 1, messages.join());
    if (expected !== undefined) assert.match(messages[0]!, expected);
  });
}
