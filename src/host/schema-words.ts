/** What a value breaks of its JSON Schema, in plain words: people read it, and programs find the field in it. */

/** As Ajv and Fastify report it. */
export interface SchemaError {
  readonly keyword: string;
  /** A JSON pointer. */
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string | undefined;
  /** The name itself is what is wrong. */
  readonly propertyName?: string | undefined;
}

/** A field by its path; an entry of a list by its place, from 1. '' is the value as a whole. */
function nameOf(path: readonly string[], whole: string): string {
  const last = path.at(-1);
  if (last === undefined) return whole;
  const isEntry = path.length > 1 && /^\d+$/.test(last);
  return isEntry ? `entry ${Number(last) + 1} of "${path.slice(0, -1).join('.')}"` : `"${path.join('.')}"`;
}

const pathOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
};

function describeTypes(types: unknown): string {
  const names = [types].flat().flatMap((type) => String(type).split(','));
  return names.map((name) => TYPES[name] ?? name).join(' or ');
}

/** @param whole the name of the value itself, such as `the body` */
export function describeSchemaError(error: SchemaError, whole: string): string {
  const { keyword, instancePath, params, propertyName } = error;
  const path = pathOf(instancePath);
  const name =
    propertyName === undefined ? nameOf(path, whole) : `the name "${propertyName}" in ${nameOf(path, whole)}`;
  const limit = Number(params.limit);
  switch (keyword) {
    case 'minLength':
    case 'minItems':
      if (limit === 1) return `${name} is empty`;
      return `${name} has to have at least ${limit} ${keyword === 'minLength' ? 'characters' : 'entries'}`;
    case 'maxLength':
      return `${name} has to have at most ${limit} characters`;
    case 'maxItems':
    case 'maxProperties':
      return `${name} has to have at most ${limit} entries`;
    case 'minimum':
      return `${name} has to be at least ${limit}`;
    case 'maximum':
      return `${name} has to be at most ${limit}`;
    case 'type':
      return `${name} has to be ${describeTypes(params.type)}`;
    case 'enum':
      return `${name} has to be one of: ${(params.allowedValues as readonly unknown[]).map(String).join(', ')}`;
    case 'pattern':
      return `${name} does not fit the pattern ${String(params.pattern)}`;
    case 'required':
      return `${nameOf([...path, String(params.missingProperty)], whole)} is missing`;
    case 'additionalProperties':
      return `${name} has no field "${String(params.additionalProperty)}"`;
    default:
      return `${name} ${error.message ?? 'is not allowed'}`;
  }
}
