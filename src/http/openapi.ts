/**
 * The OpenAPI 3.1 description of the HTTP API, made from the schemas that requests are checked with: what is described and
 * what is done cannot differ. 3.1 takes JSON Schema as it is.
 */
import type { FastifyInstance, RouteOptions } from 'fastify';
import { VERSION } from '../ground/version.ts';

declare module 'fastify' {
  interface FastifySchema {
    /** What the route does, for people. */
    summary?: string;
  }
}

type Schema = Readonly<Record<string, unknown>>;

const PREFIX = '/api/v1/';

/** Notes every route that is added after this. @returns the document, whenever it is asked for */
export function describeRoutes(server: FastifyInstance): () => object {
  const paths: Record<string, Record<string, object>> = {};
  server.addHook('onRoute', (route) => {
    if (!route.url.startsWith(PREFIX)) return;
    const path = route.url.replace(/:(\w+)/g, '{$1}').replace('*', '{path}');
    paths[path] ??= {};
    for (const method of [route.method].flat())
      if (method !== 'HEAD') paths[path]![method.toLowerCase()] = describe(route);
  });
  return () => ({
    openapi: '3.1.0',
    info: {
      title: 'Shoal',
      version: VERSION,
      description:
        'The daemon. Send the token as Authorization: Bearer; on Linux, plain programs of its account need none.',
    },
    servers: [{ url: '/' }],
    paths,
  });
}

function describe({ schema = {}, method, url }: RouteOptions): object {
  const { body, params, querystring, response, summary } = schema as {
    body?: Schema;
    params?: Schema;
    querystring?: Schema;
    response?: Readonly<Record<string, Schema>>;
    summary?: string;
  };
  const answers = Object.entries(response ?? {}).map(
    ([status, answer]) =>
      [status.toUpperCase(), { description: nameOf(status), content: json(answer) }] as const,
  );
  return {
    operationId: `${String(method).toLowerCase()}${url.replace(/[^a-z0-9]+(.)?/gi, (_, next?: string) => (next ?? '').toUpperCase())}`,
    ...(summary === undefined ? {} : { summary }),
    ...(params === undefined && querystring === undefined
      ? {}
      : { parameters: [...parametersOf(params, 'path'), ...parametersOf(querystring, 'query')] }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: json(body) } }),
    responses: answers.length === 0 ? { default: { description: 'done' } } : Object.fromEntries(answers),
  };
}

const json = (schema: Schema): object => ({ 'application/json': { schema } });

const nameOf = (status: string): string => (status.startsWith('2') ? 'done' : 'refused, and why');

function parametersOf(schema: Schema | undefined, where: 'path' | 'query'): object[] {
  const properties = (schema?.properties ?? {}) as Readonly<Record<string, Schema>>;
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: where,
    required: where === 'path',
    schema: property,
  }));
}
