// What breaks a schema is said in plain words, by Ajv's own errors.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { describeSchemaError } from './schema-words.ts';

const schema = {
  type: 'object',
  required: ['link'],
  additionalProperties: false,
  properties: {
    link: { type: 'string', minLength: 1, maxLength: 5 },
    code: { type: 'string', minLength: 3 },
    ratio: { type: ['number', 'null'], minimum: 0, maximum: 10 },
    count: { type: 'integer' },
    isOn: { type: 'boolean' },
    mode: { enum: ['slow', 'pause', null] },
    select: { type: 'array', minItems: 1, maxItems: 2, items: { type: 'string', minLength: 1 } },
    codes: { type: 'array', minItems: 2 },
    url: { type: 'string', pattern: '^https?://' },
    labels: {
      type: 'object',
      maxProperties: 1,
      propertyNames: { minLength: 1, maxLength: 3 },
      additionalProperties: { type: 'object', properties: { limit: { type: 'number', minimum: 1 } } },
    },
    even: { type: 'number', multipleOf: 2 },
  },
};
const check = new Ajv({ strict: false, allowUnionTypes: true }).compile(schema);

const CASES: readonly (readonly [unknown, string])[] = [
  [{}, '"link" is missing'],
  [5, 'the body has to be an object'],
  [{ link: '' }, '"link" is empty'],
  [{ link: 'abcdef' }, '"link" has to have at most 5 characters'],
  [{ link: 'a', other: 1 }, 'the body has no field "other"'],
  [{ link: 'a', code: 'b' }, '"code" has to have at least 3 characters'],
  [{ link: 'a', ratio: 11 }, '"ratio" has to be at most 10'],
  [{ link: 'a', ratio: -1 }, '"ratio" has to be at least 0'],
  [{ link: 'a', ratio: 'x' }, '"ratio" has to be a number or null'],
  [{ link: 'a', count: 1.5 }, '"count" has to be a whole number'],
  [{ link: 'a', isOn: 1 }, '"isOn" has to be true or false'],
  [{ link: 'a', mode: 'x' }, '"mode" has to be one of: slow, pause, null'],
  [{ link: 'a', select: [] }, '"select" is empty'],
  [{ link: 'a', select: ['x', ''] }, 'entry 2 of "select" is empty'],
  [{ link: 'a', select: ['x', 'y', 'z'] }, '"select" has to have at most 2 entries'],
  [{ link: 'a', select: 'x' }, '"select" has to be a list'],
  [{ link: 'a', codes: [1] }, '"codes" has to have at least 2 entries'],
  [{ link: 'a', url: 'ftp://x' }, '"url" does not fit the pattern ^https?://'],
  [{ link: 'a', labels: { a: {}, b: {} } }, '"labels" has to have at most 1 entries'],
  [{ link: 'a', labels: { long: {} } }, 'the name "long" in "labels" has to have at most 3 characters'],
  [{ link: 'a', labels: { a: { limit: 0 } } }, '"labels.a.limit" has to be at least 1'],
  [{ link: 'a', labels: { 'a/~': { limit: 0 } } }, '"labels.a/~.limit" has to be at least 1'],
  [{ link: 'a', even: 3 }, '"even" must be multiple of 2'],
];

for (const [value, words] of CASES)
  test(`${JSON.stringify(value)}: ${words}`, () => {
    assert.equal(check(value), false);
    assert.equal(describeSchemaError(check.errors![0]!, 'the body'), words);
  });
