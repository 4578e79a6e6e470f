// Our builders beside the library's, and what becomes of a section of settings.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as TypeBox from 'typebox';
import { changeOf, defaultsOf, list, orNull, recordOf, setting, type Shape, Type } from './schema.ts';

/** What a validator sees. */
const seen = (schema: unknown): unknown => JSON.parse(JSON.stringify(schema));

/** The same schema made with either. */
function everyKind(T: typeof Type): object {
  const inner = T.Object({ text: T.String({ minLength: 1 }), maybe: T.Optional(T.Number()) });
  return T.Object(
    {
      choice: T.Enum(['a', 'b'], { description: 'one of two' }),
      count: T.Integer({ minimum: 1, maximum: 9 }),
      empty: T.Object({}),
      fixed: T.Immutable(T.Array(T.String())),
      inner: T.Optional(inner),
      isOn: T.Boolean(),
      list: T.Array(inner, { maxItems: 3 }),
      nothing: T.Null(),
      own: T.Unsafe<number | null>({ type: ['integer', 'null'] }),
      rate: T.Number({ description: 'bytes a second' }),
      rest: T.Unknown(),
    },
    { additionalProperties: false },
  );
}

test('each builder makes what the library makes', () => {
  assert.deepEqual(seen(everyKind(Type)), seen(everyKind(TypeBox)));
});

const SECTION = Type.Object({
  limit: setting(orNull(Type.Integer({ minimum: 5 })), null, 'The limit.'),
  names: setting(list(Type.String(), { maxItems: 2 }), ['a'], 'The names.'),
  isOn: setting(Type.Boolean(), true, 'Whether it is on.'),
});

test('a section has its defaults, and a change of it has none', () => {
  const defaults: Shape<typeof SECTION> = defaultsOf(SECTION);
  assert.deepEqual(defaults, { limit: null, names: ['a'], isOn: true });
  const change: Shape<ReturnType<typeof changeOf<typeof SECTION>>> = { isOn: false };
  assert.deepEqual(change, { isOn: false });
  assert.deepEqual(seen(changeOf(SECTION)), {
    type: 'object',
    additionalProperties: false,
    properties: {
      limit: { type: ['integer', 'null'], minimum: 5, description: 'The limit.' },
      names: { type: 'array', items: { type: 'string' }, maxItems: 2, description: 'The names.' },
      isOn: { type: 'boolean', description: 'Whether it is on.' },
    },
  });
});

test('an object whose names are not fixed checks its values', () => {
  assert.deepEqual(seen(recordOf(Type.String(), { maxProperties: 2 })), {
    type: 'object',
    additionalProperties: { type: 'string' },
    maxProperties: 2,
  });
});
