/** The table of a settings section, from its schema. */
import { code, table } from './markdown.ts';

export interface PropertySchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: PropertySchema;
  readonly default?: unknown;
  readonly description?: string;
}

/** Where else a setting can be seen and changed: names by interface. */
export type Elsewhere = (name: string) => readonly string[];

/**
 * @param properties by name, as a section declares them
 * @param headings of the columns that `elsewhere` fills
 */
export function settingsTable(
  properties: Readonly<Record<string, PropertySchema>>,
  headings: readonly string[],
  elsewhere: Elsewhere,
): string {
  const rows = Object.entries(properties).map(([name, schema]) => [
    code(name),
    typeOf(schema),
    code(JSON.stringify(schema.default)),
    schema.description ?? '',
    ...elsewhere(name),
  ]);
  return table(['setting', 'type', 'default', 'what it does', ...headings], rows);
}

/** A type in words: `whole number from 1 to 5, or null`. */
export function typeOf({ type, enum: choices, minimum, maximum, items }: PropertySchema): string {
  if (choices !== undefined) return choices.map((choice) => code(choice)).join(' or ');
  const [first, ...others] = [type ?? 'anything'].flat();
  const range =
    maximum !== undefined
      ? ` from ${minimum ?? 0} to ${maximum}`
      : minimum === undefined
        ? ''
        : ` of at least ${minimum}`;
  const words = `${wordsOf(first!, items)}${range}`;
  return others.includes('null') ? `${words}, or null` : words;
}

function wordsOf(type: string, items: PropertySchema | undefined): string {
  switch (type) {
    case 'integer':
      return 'whole number';
    case 'boolean':
      return '`true` or `false`';
    case 'string':
      return 'text';
    case 'array':
      return `list of ${items?.type === 'object' ? 'objects' : items?.type === 'string' ? 'texts' : 'values'}`;
    case 'object':
      return 'object by name';
    default:
      return type;
  }
}
