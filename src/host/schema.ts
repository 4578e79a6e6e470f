/**
 * JSON Schemas of settings and of the HTTP API, from which TypeScript's types follow (`Shape`). A schema is written once:
 * requests are checked against it, answers are written with it, the documents list it.
 *
 * `Type` has the names and the signatures of TypeBox. The library is needed for its types alone and is no dependency of the
 * published package: loading its 700 modules costs a daemon 11 MiB and 100 ms, to make objects that have three fields each.
 * `schema.test.ts` compares every function with the library's.
 */
import type * as TypeBox from 'typebox';

export type { Static, TObject, TPartial, TSchema } from 'typebox';

type Json = Readonly<Record<string, unknown>>;

/** As TypeBox marks a property: unseen by `JSON.stringify` and by validators. */
const OPTIONAL = '~optional';

/** Names of the properties that have to be there. */
function requiredIn(properties: Readonly<Record<string, Json>>): { readonly required?: string[] } {
  const required = Object.keys(properties).filter((name) => !Object.hasOwn(properties[name]!, OPTIONAL));
  return required.length === 0 ? {} : { required };
}

const optional = (schema: Json): Json =>
  Object.defineProperty({ ...schema }, OPTIONAL, { value: true, enumerable: false });

const object = (properties: Readonly<Record<string, Json>>, options?: Json): Json => ({
  type: 'object',
  ...requiredIn(properties),
  properties,
  ...options,
});

type Builder =
  | 'Array'
  | 'Boolean'
  | 'Enum'
  | 'Immutable'
  | 'Integer'
  | 'Null'
  | 'Number'
  | 'Object'
  | 'Optional'
  | 'String'
  | 'Unknown'
  | 'Unsafe';

const BUILDERS: Readonly<Record<Builder, unknown>> = {
  Array: (items: Json, options?: Json): Json => ({ type: 'array', items, ...options }),
  Boolean: (options?: Json): Json => ({ type: 'boolean', ...options }),
  Enum: (values: readonly string[], options?: Json): Json => ({ enum: values, ...options }),
  Immutable: (schema: Json): Json => schema,
  Integer: (options?: Json): Json => ({ type: 'integer', ...options }),
  Null: (options?: Json): Json => ({ type: 'null', ...options }),
  Number: (options?: Json): Json => ({ type: 'number', ...options }),
  Object: object,
  Optional: optional,
  String: (options?: Json): Json => ({ type: 'string', ...options }),
  Unknown: (options?: Json): Json => ({ ...options }),
  Unsafe: (schema: Json): Json => schema,
};

/** TypeBox's functions, as many as are used. The kinds that their types name are marks for the compiler. */
export const Type: Pick<typeof TypeBox, Builder> = BUILDERS as Pick<typeof TypeBox, Builder>;

/** What a value of this schema is, read only. */
export type Shape<S extends TypeBox.TSchema> = Frozen<TypeBox.Static<S>>;

type Frozen<Value> = Value extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : Value extends object
    ? { readonly [Name in keyof Value]: Frozen<Value[Name]> }
    : Value;

/** A list that nobody changes. */
export function list<Item extends TypeBox.TSchema>(
  items: Item,
  options?: TypeBox.TArrayOptions,
): TypeBox.TImmutable<TypeBox.TArray<Item>> {
  return Type.Immutable(Type.Array(items, options)) as TypeBox.TImmutable<TypeBox.TArray<Item>>;
}

/**
 * The same or null, as `type: [..., 'null']`: a union of two schemas would let a validator that coerces read null as 0.
 * @param schema with one `type`
 */
export function orNull<S extends TypeBox.TSchema>(
  schema: S,
  options?: TypeBox.TSchemaOptions,
): TypeBox.TUnsafe<TypeBox.Static<S> | null> {
  const { type, ...rest } = schema as Json;
  return Type.Unsafe({ ...rest, type: [type, 'null'], ...options });
}

/** An object whose names are not fixed, such as labels. */
export function recordOf<S extends TypeBox.TSchema>(
  values: S,
  options?: TypeBox.TObjectOptions,
): TypeBox.TUnsafe<Record<string, TypeBox.Static<S>>> {
  return Type.Unsafe({ type: 'object', additionalProperties: values, ...options });
}

/** Any object of JSON. */
export function anyObject(options?: TypeBox.TObjectOptions): TypeBox.TUnsafe<Record<string, unknown>> {
  return Type.Unsafe({ type: 'object', additionalProperties: true, ...options });
}

/** A parameter that has a default: a request may leave it out, and the handler always gets it. */
export function given<S extends TypeBox.TSchema>(schema: S): S {
  return optional(schema as Json) as S;
}

/**
 * One setting of a section.
 * @param value that holds until somebody sets another
 * @param description one sentence for people, which the documents show
 */
export function setting<S extends TypeBox.TSchema>(schema: S, value: Shape<S>, description: string): S {
  return { ...schema, default: value, description };
}

/** The settings of a section that nobody has changed. */
export function defaultsOf<Section extends TypeBox.TObject>({ properties }: Section): Shape<Section> {
  const entries = Object.entries(properties as Readonly<Record<string, Json>>);
  return Object.fromEntries(entries.map(([name, schema]) => [name, schema.default])) as Shape<Section>;
}

/**
 * What changes settings: any of a section's, and nothing else. A setting that is absent stays as it is, so that there are no
 * defaults here: a validator would fill them in.
 */
export function changeOf<Section extends TypeBox.TObject>({
  properties,
}: Section): TypeBox.TPartial<Section> {
  const entries = Object.entries(properties as Readonly<Record<string, Json>>).map(
    ([name, { default: _, ...schema }]) => [name, optional(schema)] as const,
  );
  const changed: unknown = object(Object.fromEntries(entries), { additionalProperties: false });
  return changed as TypeBox.TPartial<Section>;
}
