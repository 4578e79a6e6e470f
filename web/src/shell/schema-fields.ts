/**
 * The settings of a system as fields of a form, from the JSON Schema of its section (`GET /api/v1/systems/NAME/settings`), with
 * the texts that the system brings; what it lacks is said as the schema says it, in English.
 */
import type { SettingTexts } from './texts/settings.ts';

export interface SettingsSection {
  /** All of them, with the defaults of those that nobody set. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly schema: { readonly properties?: Readonly<Record<string, PropertySchema>> };
}

/** What this form reads of a schema. */
export interface PropertySchema {
  readonly type?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly PropertySchema[];
  readonly minimum?: number;
  readonly items?: PropertySchema;
}

export type FieldKind =
  | { readonly kind: 'switch' }
  | { readonly kind: 'number'; readonly isFraction: boolean; readonly minimum: number }
  | { readonly kind: 'text' }
  /** What each value is called. */
  | { readonly kind: 'choice'; readonly options: Readonly<Record<string, string>> }
  /** Texts, separated by commas. */
  | { readonly kind: 'list' }
  /** No field can show it: the API and the command line can. */
  | { readonly kind: 'other' };

export interface Field {
  readonly name: string;
  /** A few words. */
  readonly label: string;
  /** A sentence. */
  readonly hint: string;
  readonly field: FieldKind;
  /** It may be left empty: null. */
  readonly isOptional: boolean;
}

export function fieldsOf({ properties = {} }: SettingsSection['schema'], texts: SettingTexts = {}): Field[] {
  return Object.entries(properties).map(([name, schema]) => {
    const choices = schema.anyOf ?? [schema];
    const values = choices.filter(({ type }) => type !== 'null');
    const text = Object.hasOwn(texts, name) ? texts[name] : undefined;
    return {
      name,
      label: text?.label ?? wordsOf(name),
      hint: text?.hint ?? schema.description ?? '',
      field: kindOf(values, text?.options),
      isOptional: values.length < choices.length,
    };
  });
}

/** `refreshHours` is `Refresh hours`. */
export function wordsOf(name: string): string {
  const words = name.replace(
    /([a-z0-9])([A-Z])/g,
    (_, end: string, start: string) => `${end} ${start.toLowerCase()}`,
  );
  return capitalize(words);
}

export const capitalize = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

function kindOf(
  schemas: readonly PropertySchema[],
  optionNames: Readonly<Record<string, string>> = {},
): FieldKind {
  const [schema] = schemas;
  if (schema === undefined) return { kind: 'other' };
  const options = schemas.flatMap((one) => one.enum ?? (one.const === undefined ? [] : [one.const]));
  if (options.length > 0 && options.every((option) => typeof option === 'string'))
    return {
      kind: 'choice',
      options: Object.fromEntries(options.map((one) => [one, optionNames[one] ?? one])),
    };
  if (schemas.length > 1) return { kind: 'other' };
  const { type, minimum = 0 } = schema;
  if (type === 'boolean') return { kind: 'switch' };
  if (type === 'integer' || type === 'number')
    return { kind: 'number', isFraction: type === 'number', minimum };
  if (type === 'string') return { kind: 'text' };
  return type === 'array' && schema.items?.type === 'string' ? { kind: 'list' } : { kind: 'other' };
}
