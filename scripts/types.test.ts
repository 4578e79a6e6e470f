// Which complaints of the compiler count.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failuresIn } from './types.ts';

const UNTYPED = 'error TS9010: Variable must have an explicit type annotation with --isolatedDeclarations.';

test('an export without a type counts, unless it is a schema', () => {
  const counted = [
    `src/http/server.ts(9,14): ${UNTYPED}`,
    `src/systems/torrents/api/schemas-of-others.ts(9,14): ${UNTYPED}`,
  ];
  const excused = [
    `src/systems/torrents/api/schemas/share.ts(9,14): ${UNTYPED}`,
    `src/systems/torrents/settings.ts(9,14): ${UNTYPED}`,
    '  and a line that belongs to it',
  ];
  assert.deepEqual(failuresIn([...excused, ...counted, ''].join('\n')), counted);
});

test('any other fault of a schema counts', () => {
  const fault = "src/systems/torrents/settings.ts(9,14): error TS2322: Type 'string' is not assignable.";
  assert.deepEqual(failuresIn(`${fault}\n  more of it\n`), [fault, '  more of it']);
});
