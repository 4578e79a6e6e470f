/** The HTTP server of an always-on peer: loopback only, one port for all its interfaces. */
import fastify, { type FastifyInstance } from 'fastify';
import { fromSystemError } from '../ground/errors.ts';
import { VERSION } from '../peer/version.ts';
import { refusalOf } from './guard.ts';
import type { ApiOptions } from './options.ts';
import { addTransmission } from './transmission/rpc.ts';

export const DEFAULT_API_PORT = 9091;
/** A torrent of half a million pieces, in base64. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

export class ApiServer {
  readonly url: string;
  readonly port: number;
  readonly #server: FastifyInstance;

  private constructor(server: FastifyInstance, port: number) {
    this.#server = server;
    this.port = port;
    this.url = `http://127.0.0.1:${port}/`;
  }

  /** @throws ShoalError port-in-use */
  static async open(options: ApiOptions): Promise<ApiServer> {
    const server = fastify({
      bodyLimit: MAX_BODY_BYTES,
      forceCloseConnections: true,
      routerOptions: { ignoreTrailingSlash: true },
    });
    server.addHook('onRequest', async (request, reply) => {
      const refusal = refusalOf(request.headers);
      if (refusal !== undefined) return reply.code(403).send({ error: refusal });
      return undefined;
    });
    server.addHook('onSend', async (_, reply) => {
      reply.header('x-content-type-options', 'nosniff');
      reply.header('cache-control', 'no-store');
    });
    server.get('/health', async () => ({
      status: 'ok',
      version: VERSION,
      shares: options.session.all.length,
    }));
    addTransmission(server, options);
    const port = options.port ?? DEFAULT_API_PORT;
    try {
      await server.listen({ host: '127.0.0.1', port });
    } catch (error) {
      await server.close();
      throw fromSystemError(
        `cannot offer the interfaces on port ${port} (choose another with --api-port)`,
        error,
      );
    }
    const address = server.server.address();
    return new ApiServer(server, typeof address === 'object' && address !== null ? address.port : port);
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}
