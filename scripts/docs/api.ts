/** The table of routes, from the OpenAPI document that the daemon serves. */
import { code, table } from './markdown.ts';

interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses?: Readonly<Record<string, { readonly description?: string }>>;
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Paths in the order of the alphabet, methods as a reader looks for them. */
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

export function apiTable({ paths }: OpenApi): string {
  const rows = Object.keys(paths)
    .sort()
    .flatMap((path) =>
      METHODS.flatMap((method) => {
        const operation = paths[path]![method];
        return operation === undefined ? [] : [rowOf(method, path, operation)];
      }),
    );
  return table(['request', 'what it does', 'takes', 'answers'], rows);
}

function rowOf(method: string, path: string, operation: Operation): string[] {
  const { summary = '', responses = {} } = operation;
  const answers = Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .map(([status, { description = '' }]) => `${status}: ${description}`);
  return [code(`${method.toUpperCase()} ${path}`), summary, takenBy(operation), answers.join(' ')];
}

/** More than so many names are no help to a reader. */
const MAX_NAMES = 30;

/** Names of the query and of the body; a question mark stands behind what may be absent. */
function takenBy({ parameters = [], requestBody }: Operation): string {
  const named = (name: string, isRequired: boolean): string => code(isRequired ? name : `${name}?`);
  const query = parameters
    .filter((parameter) => parameter.in === 'query')
    .map(({ name, required }) => named(name, required === true));
  const schema = Object.values(requestBody?.content ?? {})[0]?.schema;
  const body = Object.keys(schema?.properties ?? {}).map((name) =>
    named(name, schema?.required?.includes(name) === true),
  );
  if (body.length > MAX_NAMES) return 'body: any of [the settings](settings.md)';
  return [
    ...(query.length === 0 ? [] : [`query: ${query.join(', ')}`]),
    ...(body.length === 0 ? [] : [`body: ${body.join(', ')}`]),
    ...(schema !== undefined && body.length === 0 ? [`body: ${schema.description ?? 'any JSON'}`] : []),
  ].join('; ');
}
