/**
 * Transmission's RPC (its `docs/rpc-spec.md`, version 17), so that `transmission-remote` and the programs that are made
 * for it drive the daemon: `POST /transmission/rpc` with `{method, arguments, tag}`.
 *
 * A request must carry the session id of the first answer (409). A page of another site can send a request but not read
 * the answer, so it never learns the id.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ShoalError } from '../../../ground/errors.ts';
import type { ApiOptions } from '../api/options.ts';
import { type RpcContext, RemovedShares } from './context.ts';
import { METHODS } from './methods.ts';

const SESSION_HEADER = 'x-transmission-session-id';

export function addTransmission(server: FastifyInstance, options: ApiOptions): void {
  const sessionId = randomBytes(24).toString('hex');
  // transmission-remote declares its body as a form.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_, body, done) => done(null, body));
  const context = { ...options, sessionId, removed: new RemovedShares(options.roster) };
  // Programs request the id with various methods; Sonarr uses GET.
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    reply.header(SESSION_HEADER, sessionId);
    if (!isSame(request.headers[SESSION_HEADER], sessionId))
      return reply
        .code(409)
        .type('text/html')
        .send(
          `<h1>409: Conflict</h1><p>Send this header: <code>X-Transmission-Session-Id: ${sessionId}</code></p>`,
        );
    if (request.method === 'POST')
      return answer(String(request.body ?? ''), { ...context, port: request.socket.localPort });
    return reply.code(405).header('allow', 'POST').send({ error: 'requests are sent by POST' });
  };
  server.route({
    method: ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'],
    url: '/transmission/rpc',
    handler,
  });
}

function isSame(given: string | string[] | undefined, wanted: string): boolean {
  const bytes = Buffer.from(String(given ?? ''));
  return bytes.length === wanted.length && timingSafeEqual(bytes, Buffer.from(wanted));
}

type Answer = { readonly result: string; readonly arguments: object; readonly tag?: unknown };

async function answer(body: string, context: RpcContext): Promise<Answer> {
  let request: { method?: unknown; arguments?: unknown; tag?: unknown };
  try {
    request = JSON.parse(body) as typeof request;
  } catch {
    return { result: 'the request is no JSON', arguments: {} };
  }
  const tag = typeof request?.tag === 'number' ? { tag: request.tag } : {};
  const { method } = request ?? {};
  const run = typeof method === 'string' && Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  if (run === undefined) return { result: 'method name not recognized', arguments: {}, ...tag };
  const args = request.arguments ?? {};
  // Without arguments, a method acts on all shares.
  if (typeof args !== 'object' || Array.isArray(args))
    return { result: '"arguments" has to be an object', arguments: {}, ...tag };
  try {
    return { result: 'success', arguments: await run(context, args as Record<string, unknown>), ...tag };
  } catch (error) {
    if (!(error instanceof ShoalError)) throw error;
    return { result: error.message, arguments: {}, ...tag };
  }
}
