// From the JSON Schema of a section to the fields of a form.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FieldKind, fieldsOf, type PropertySchema, wordsOf } from './schema-fields.ts';

const cases: readonly (readonly [string, PropertySchema, FieldKind, boolean])[] = [
  ['a boolean', { type: 'boolean' }, { kind: 'switch' }, false],
  [
    'a whole number',
    { type: 'integer', minimum: 1 },
    { kind: 'number', isFraction: false, minimum: 1 },
    false,
  ],
  ['a number', { type: 'number' }, { kind: 'number', isFraction: true, minimum: 0 }, false],
  ['a text', { type: 'string' }, { kind: 'text' }, false],
  ['one of some words', { enum: ['a', 'b'] }, { kind: 'choice', options: { a: 'a', b: 'b' } }, false],
  [
    'one of some constants',
    { anyOf: [{ const: 'a' }, { const: 'b' }] },
    { kind: 'choice', options: { a: 'a', b: 'b' } },
    false,
  ],
  [
    'a number or none',
    { anyOf: [{ type: 'integer' }, { type: 'null' }] },
    { kind: 'number', isFraction: false, minimum: 0 },
    true,
  ],
  ['texts', { type: 'array', items: { type: 'string' } }, { kind: 'list' }, false],
  ['objects', { type: 'array', items: { type: 'object' } }, { kind: 'other' }, false],
  ['a text or a number', { anyOf: [{ type: 'string' }, { type: 'integer' }] }, { kind: 'other' }, false],
  ['nothing that is known', {}, { kind: 'other' }, false],
];
for (const [what, schema, field, isOptional] of cases)
  test(`the field of ${what}`, () => {
    const [found] = fieldsOf({ properties: { maxItems: { ...schema, description: 'How many.' } } });
    assert.deepEqual(found, { name: 'maxItems', label: 'Max items', hint: 'How many.', field, isOptional });
  });

test('the words of a system go before those of the schema, setting by setting', () => {
  const schema = {
    properties: {
      mode: { enum: ['a', 'b'], description: 'The schema says.' },
      other: { type: 'string', description: 'The schema says.' },
      constructor: { type: 'string', description: 'The schema says.' },
    },
  };
  const texts = { mode: { label: 'Modus', hint: 'Das System sagt.', options: { a: 'Eins' } } };
  assert.deepEqual(
    fieldsOf(schema, texts).map(({ label, hint, field }) => [label, hint, field]),
    [
      ['Modus', 'Das System sagt.', { kind: 'choice', options: { a: 'Eins', b: 'b' } }],
      ['Other', 'The schema says.', { kind: 'text' }],
      ['Constructor', 'The schema says.', { kind: 'text' }],
    ],
  );
});

test('names in words', () => {
  assert.equal(wordsOf('refreshHours'), 'Refresh hours');
  assert.deepEqual(fieldsOf({}), []);
});
