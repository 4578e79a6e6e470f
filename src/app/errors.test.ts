// Every code is declared once, statuses come from the declarations, and docs/errors.md lists them all.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ShoalError } from '../ground/errors.ts';
import { ErrorTable } from '../host/errors.ts';
import { CATALOG } from './catalog.ts';

const errors = new ErrorTable(CATALOG);

test('docs/errors.md lists every code with its statuses', () => {
  const path = join(import.meta.dirname, '..', '..', 'docs', 'errors.md');
  const rows = errors.all.map(([code, { httpStatus = 500, exitStatus = 1, meaning, remedy }]) =>
    `| \`${code}\` | ${httpStatus} | ${exitStatus} | ${meaning} | ${remedy} |`.replace(/ {2}\|$/, ' |'),
  );
  const listed = readFileSync(path, 'utf8')
    .split('\n## ')[1]!
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  assert.deepEqual(listed, rows);
});

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
