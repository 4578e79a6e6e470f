/**
 * Under which names other interfaces have a setting: each setting is changed in turn, and what an interface shows differently
 * then shows that setting.
 */
import type { PropertySchema } from './settings.ts';

type Values = Readonly<Record<string, unknown>>;

interface ValueSchema extends PropertySchema {
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, ValueSchema>>;
  readonly additionalProperties?: ValueSchema | boolean;
  readonly items?: ValueSchema;
}

/** Texts, of which some fits the pattern of each setting. */
const TEXTS = ['10:30', '192.0.2.7', 'https://example.org/a', '/a/folder'];

/** A value that the schema allows and that is not the default. */
export function otherValueOf(schema: ValueSchema): unknown {
  const { enum: choices, default: normal, pattern, minimum = 0, items, properties } = schema;
  if (choices !== undefined) return choices.find((choice) => choice !== normal);
  switch ([schema.type].flat()[0]) {
    case 'boolean':
      return normal !== true;
    case 'integer':
    case 'number':
      return [minimum + 1, minimum + 2].find((value) => value !== normal);
    case 'string':
      return TEXTS.find((text) => pattern === undefined || new RegExp(pattern).test(text));
    case 'array':
      return [otherValueOf(items ?? {})];
    case 'object': {
      if (typeof schema.additionalProperties === 'object')
        return { a: otherValueOf(schema.additionalProperties) };
      const entries = Object.entries(properties ?? {});
      return Object.fromEntries(entries.map(([name, property]) => [name, otherValueOf(property)]));
    }
    default:
      return undefined;
  }
}

/**
 * @param shown what an interface shows for settings
 * @returns by setting, the fields that show it
 */
export function fieldsBySetting(
  properties: Readonly<Record<string, ValueSchema>>,
  shown: (settings: Values) => Values,
): ReadonlyMap<string, readonly string[]> {
  const defaults: Values = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, schema.default]),
  );
  const usual = textsOf(shown(defaults));
  return new Map(
    Object.entries(properties).map(([name, schema]) => {
      const changed = textsOf(shown({ ...defaults, [name]: otherValueOf(schema) }));
      return [name, Object.keys(changed).filter((field) => changed[field] !== usual[field])] as const;
    }),
  );
}

const textsOf = (values: Values): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value) ?? '']));
