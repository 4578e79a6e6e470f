// The rule for messages of commits can fail: each case breaks it in one way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOf } from './commits.ts';

const WHY = '\n\nReaders ask for the reason.\n';

for (const [what, message] of [
  ['a long subject', `Add ${'x'.repeat(70)}${WHY}`],
  ['a small letter', `add a rule${WHY}`],
  ['a full stop', `Add a rule.${WHY}`],
  ['the past', `Added a rule${WHY}`],
  ['a noun', `The rule for messages${WHY}`],
  ['no body', 'Add a rule\n'],
  ['no empty line', 'Add a rule\nReaders ask for the reason.\n'],
] as const)
  test(`${what} is found`, () => assert.notEqual(faultOf(message), undefined));

test('a good message has no fault', () => assert.equal(faultOf(`Add a rule for messages${WHY}`), undefined));
