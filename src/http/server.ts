/** The HTTP server of the daemon: one port for the interfaces of all systems, on loopback by default. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifySchemaValidationError,
} from 'fastify';
import { fromDatabaseError, fromSystemError, ShoalError } from '../ground/errors.ts';
import { VERSION } from '../ground/version.ts';
import { ErrorTable } from '../host/errors.ts';
import { findRoot, type Rooted } from '../host/roots.ts';
import { Type } from '../host/schema.ts';
import { describeSchemaError } from '../host/schema-words.ts';
import { Access, addAccess } from './access.ts';
import { refusalOf } from './guard.ts';
import { takeKey } from './keys.ts';
import { LazySchemas } from './lazy-schemas.ts';
import { isLoopback } from './loopback.ts';
import { addMetrics } from './metrics.ts';
import type { Mount } from './mount.ts';
import { addPage } from './page.ts';
import { describeRoutes } from './openapi.ts';

export const DEFAULT_API_PORT = 9091;
const LOOPBACK = '127.0.0.1';
/** A torrent of half a million pieces, in base64. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** Names of files appear in addresses in full. Node.js bounds the whole request line at 16 KiB. */
const MAX_PARAMETER_LENGTH = 16 * 1024;

const HEALTH = {
  summary: 'Says that the daemon lives. Needs no token.',
  response: {
    200: Type.Object({ status: Type.String(), version: Type.String() }, { description: 'The daemon lives.' }),
  },
};

export interface ServerOptions {
  /** Served besides the page. */
  readonly mounts: readonly Mount[];
  /** The HTTP status of each error code, also of those that systems declare. */
  readonly errors?: ErrorTable;
  /** The address to listen on: loopback by default. */
  readonly host?: string | undefined;
  /** 0 for any. */
  readonly port?: number | undefined;
  /** Grants access to all interfaces. */
  readonly token: string;
  /** Plain programs of the daemon's account need no token on loopback, where the system tells accounts apart. */
  readonly trustsAccount: boolean;
  /** The secret of the keys in addresses. */
  readonly keySecret: { readonly value: string };
  /** All systems, on or off, with the roots that each one owns. */
  readonly systems?: readonly Rooted[];
  /** A request for a system that is not among these is told that the system is off. */
  readonly isOpen?: (name: string) => boolean;
  /** Keeps sessions; in memory only when absent. */
  readonly sessionFile?: string | undefined;
}

interface Route {
  readonly method: string;
  readonly url: string;
}

export class ApiServer {
  readonly url: string;
  readonly port: number;
  /** Called for requests that were refused, and for those that failed by our own fault. */
  onRefused: (facts: {
    readonly method: string;
    readonly url: string;
    readonly status: number;
    readonly from: string;
  }) => void = () => {};
  /** All routes, for a test that requests each one without credentials. */
  readonly routes: readonly Route[];
  readonly #server: FastifyInstance;
  readonly #schemas: LazySchemas;

  private constructor(
    server: FastifyInstance,
    host: string,
    port: number,
    routes: readonly Route[],
    schemas: LazySchemas,
  ) {
    this.routes = routes;
    this.#schemas = schemas;
    this.#server = server;
    this.port = port;
    // A server on every address is reached on loopback as well.
    const name = host === '0.0.0.0' || host === '::' ? LOOPBACK : host;
    this.url = `http://${name.includes(':') ? `[${name}]` : name}:${port}/`;
  }

  /** @throws ShoalError port-in-use */
  static async open(options: ServerOptions): Promise<ApiServer> {
    const { token, trustsAccount, keySecret } = options;
    const schemas = new LazySchemas();
    const server = fastify({
      rewriteUrl: takeKey,
      // Upgraded connections would bypass the hooks below, and no route needs one.
      http: { shouldUpgradeCallback: () => false },
      bodyLimit: MAX_BODY_BYTES,
      forceCloseConnections: true,
      routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_PARAMETER_LENGTH },
      // A field that nobody knows is refused: left out in silence, it would seem to be done.
      ajv: { customOptions: { allowUnionTypes: true, removeAdditional: false } },
      schemaErrorFormatter: describeMismatch,
      schemaController: { compilersFactory: schemas.compilers },
    }).withTypeProvider<TypeBoxTypeProvider>();
    let api: ApiServer | undefined;
    server.addHook('onResponse', async ({ method, url, ip }, { statusCode: status }) => {
      const isRefused = status === 401 || status === 403 || status === 429 || status >= 500;
      if (isRefused) api?.onRefused({ method, url: url.split('?')[0]!, status, from: ip });
    });
    const { sessionFile } = options;
    const { systems = [] } = options;
    const access = new Access({
      ...{ token, trustsAccount, sessionFile, systems },
      keySecret: () => keySecret.value,
    });
    const routes: Route[] = [];
    server.addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) routes.push({ method: each, url });
    });
    server.addHook('onRequest', async (request, reply) => {
      const { headers, method, url } = request;
      const refusal = refusalOf({ headers, method, url });
      if (refusal !== undefined) return reply.code(403).send({ code: 'refused', message: refusal });
      return undefined;
    });
    server.addHook('onSend', async (_, reply) => {
      reply.header('x-content-type-options', 'nosniff');
      if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
      reply.header('cross-origin-resource-policy', 'same-origin');
      reply.header('referrer-policy', 'no-referrer');
    });
    server.setErrorHandler(answerErrors(options.errors ?? new ErrorTable()));
    server.setNotFoundHandler(({ method, url }, reply) => {
      const message = `there is no ${method} ${url}${whyMissing(options, url)}`;
      return reply.code(404).send({ code: 'not-found', message });
    });
    describeRoutes(server);
    // Open to every account: it tells nothing of the shares.
    server.get('/health', { schema: HEALTH }, async () => ({ status: 'ok', version: VERSION }));
    addAccess(server, access, systems);
    for (const mount of options.mounts) mount.addRoutes(server, access);
    addMetrics(server, options.mounts);
    addPage(server);
    const port = options.port ?? DEFAULT_API_PORT;
    const host = options.host ?? LOOPBACK;
    if (!isLoopback(host) && trustsAccount)
      throw new ShoalError(
        'bad-argument',
        `on ${host} other machines reach the interfaces, so every program needs the token`,
      );
    try {
      await server.listen({ host, port });
    } catch (error) {
      await server.close();
      const hint = `cannot offer the interfaces on ${host} port ${port} (choose another with --api-port)`;
      throw fromSystemError(hint, error);
    }
    const address = server.server.address();
    api = new ApiServer(
      server,
      host,
      typeof address === 'object' && address !== null ? address.port : port,
      routes,
      schemas,
    );
    return api;
  }

  /** @throws Error when the schema of a route is none: for a test, which finds it before a request does */
  compileSchemas(): void {
    this.#schemas.compileAll();
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}

/** The system that owns the address, when it is off. */
function whyMissing({ systems = [], isOpen = () => true }: ServerOptions, url: string): string {
  const owner = findRoot(systems, url);
  if (owner === undefined || isOpen(owner.system.name)) return '';
  const { name } = owner.system;
  return `: ${owner.root.path} belongs to ${name}, which is off; switch it on with: shoal systems on ${name}`;
}

type ErrorHandler = (error: FastifyError | ShoalError, _: unknown, reply: FastifyReply) => FastifyReply;

/** Parts of a request, as Fastify calls them. */
const PARTS: Readonly<Record<string, string>> = {
  body: 'the body',
  querystring: 'the query',
  params: 'the address',
};

function describeMismatch(errors: readonly FastifySchemaValidationError[], where: string): Error {
  return new Error(describeSchemaError(errors[0]!, PARTS[where] ?? where));
}

function answerErrors(errors: ErrorTable): ErrorHandler {
  return (error, _, reply) => {
    const { message } = error;
    const failure = fromDatabaseError(error) ?? error;
    if (failure instanceof ShoalError)
      return reply.code(errors.httpStatusOf(failure)).send({ code: failure.code, message: failure.message });
    const status = failure.statusCode ?? 500;
    if (status < 500) return reply.code(status).send({ code: 'bad-argument', message });
    return reply
      .code(500)
      .send({ code: 'bug', message: `this is a bug in Shoal, please report it: ${message}` });
  };
}
