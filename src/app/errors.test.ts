// Every code is declared once, and statuses come from the declarations.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShoalError } from '../ground/errors.ts';
import { ErrorTable } from '../host/errors.ts';
import { CATALOG } from './catalog.ts';

const errors = new ErrorTable(CATALOG);

test('statuses are those of the declaration, 500 and 1 where it names none', () => {
  for (const [code, http, exit] of [
    ['bad-argument', 400, 2],
    ['bad-torrent', 400, 1],
    ['nothing-found', 500, 3],
    ['aborted', 500, 130],
    ['no-space', 507, 1],
    ['port-in-use', 500, 1],
  ] as const) {
    const error = new ShoalError(code, 'x');
    assert.deepEqual([errors.httpStatusOf(error), errors.exitStatusOf(error)], [http, exit], code);
  }
  assert.equal(errors.exitStatusOf(new Error('a bug')), 1);
});

test('a code that two declare is a bug', () => {
  const declaration = { meaning: '', remedy: '' };
  const twice = [{ name: 'one', errors: { 'bad-link': declaration } }];
  assert.throws(() => new ErrorTable(twice), /one declares bad-link, which is declared already/);
});
