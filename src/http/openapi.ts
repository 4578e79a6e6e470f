/**
 * The OpenAPI 3.1 description of the HTTP API, which @fastify/swagger makes from the schemas that requests are checked
 * with: the document cannot differ from what the daemon does. A route is described when its schema has a `summary`; the
 * interfaces of other clients have specifications of their own.
 *
 * The library is loaded when somebody asks for the document, so that a daemon starts without it.
 */
import fastify, { type FastifySchema, type RouteOptions } from 'fastify';
import { VERSION } from '../ground/version.ts';
import { Type } from '../host/schema.ts';
import { ERROR } from './schemas.ts';
import type { Server } from './typed-server.ts';

const INFO = {
  title: 'Shoal',
  version: VERSION,
  description:
    'The HTTP API of the daemon. Send the token as `Authorization: Bearer TOKEN`; on Linux, plain programs of the account of the daemon need none.',
};
const DOCUMENT = Type.Unsafe<object>({
  type: 'object',
  additionalProperties: true,
  description: 'The OpenAPI document.',
});

/** Of every route: who may ask is decided before it runs, and a disk may fail under each. */
const FAILURES: Readonly<Record<string, typeof ERROR>> = { '4xx': ERROR, '5xx': ERROR };

type Json = Readonly<Record<string, unknown>>;

type Route = Pick<RouteOptions, 'method' | 'url'> & { readonly schema: FastifySchema };

/** Describes every route that is added after this, at `/api/v1/openapi.json`. */
export function describeRoutes(server: Server): void {
  const routes: Route[] = [];
  server.addHook('onRoute', ({ method, url, schema }) => {
    if (schema?.summary !== undefined && method !== 'HEAD') routes.push({ method, url, schema });
  });
  let document: Promise<object> | undefined;
  server.get(
    '/api/v1/openapi.json',
    { schema: { summary: 'Reads the OpenAPI document of this API.', response: { 200: DOCUMENT } } },
    async () => {
      document ??= makeDocument(routes);
      return document;
    },
  );
}

async function makeDocument(routes: readonly Route[]): Promise<object> {
  const { default: swagger } = await import('@fastify/swagger');
  // A server that answers nothing: it only shows the routes to the library.
  const shown = fastify({ exposeHeadRoutes: false });
  shown.setValidatorCompiler(() => () => true);
  shown.setSerializerCompiler(() => () => '');
  await shown.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: INFO,
      servers: [{ url: '/' }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }, {}],
    },
  });
  for (const route of routes) shown.route({ ...describe(route), handler: () => undefined });
  await shown.ready();
  const document = shown.swagger();
  await shown.close();
  return document;
}

/** OpenAPI names what a star stands for, and an error is JSON whatever else a route answers. */
function describe({ method, url, schema }: Route): Route {
  const { params, response, ...rest } = schema;
  const camelCase = url.replace(/[^a-z0-9]+(.)?/gi, (_, next?: string) => (next ?? '').toUpperCase());
  const described: FastifySchema = { ...rest, operationId: `${String(method).toLowerCase()}${camelCase}` };
  if (params !== undefined) described.params = withoutStar(params as Json);
  const answers = Object.entries({ ...FAILURES, ...(response as Json | undefined) }).map(
    ([status, answer]) => [status, answerOf(status, answer as Json)] as const,
  );
  described.response = Object.fromEntries(answers);
  return { method, url: url.replace('*', ':path'), schema: described };
}

function withoutStar(params: Json): Json {
  const { '*': star, ...others } = params.properties as Json;
  if (star === undefined) return params;
  return { ...params, required: undefined, properties: { ...others, path: star } };
}

function answerOf(status: string, schema: Json): object {
  if (!/^[45]/.test(status)) return { description: 'Done.', ...schema };
  const { description = 'The request failed.' } = schema;
  return { description, content: { 'application/json': { schema } } };
}
