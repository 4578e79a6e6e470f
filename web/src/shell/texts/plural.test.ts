// Numbers in the forms that a language has for them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plural } from './plural.ts';

const cases: readonly (readonly [string, number, Record<string, string>, string])[] = [
  ['en', 1, { one: '# share', other: '# shares' }, '1 share'],
  ['en', 0, { one: '# share', other: '# shares' }, '0 shares'],
  ['en', 1234, { one: '# share', other: '# shares' }, '1,234 shares'],
  ['de', 1234, { one: '# Datei', other: '# Dateien' }, '1.234 Dateien'],
  ['zh', 1, { other: '# 个' }, '1 个'],
  // Spanish has a form for millions; what a text lacks is the usual one.
  ['es', 1_000_000, { one: '# par', other: '# pares' }, '1.000.000 pares'],
];
for (const [language, n, forms, expected] of cases)
  test(`${n} in ${language}`, () => assert.equal(plural(language, n, forms), expected));
