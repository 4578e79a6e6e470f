/**
 * Adds routes of qBittorrent's API. As in qBittorrent, a route that changes nothing takes GET and POST; a route that
 * changes something takes POST only.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Form, readForm } from './form.ts';

export const ROOT = '/api/v2/';

/** Paths are below the root; an object is answered as JSON. */
export interface Endpoints {
  /** For a route that changes nothing. */
  readonly read: (path: string, tell: (form: Form) => unknown) => void;
  /** For a route that changes something. */
  readonly act: (path: string, change: (form: Form) => unknown) => void;
  /** For a route that changes nothing and writes its answer itself. */
  readonly respond: (path: string, answer: (form: Form, reply: FastifyReply) => unknown) => void;
}

export function endpointsOf(server: FastifyInstance): Endpoints {
  const send = (reply: FastifyReply, answer: unknown): FastifyReply =>
    typeof answer === 'object' ? reply.send(answer) : reply.type('text/plain').send(answer ?? '');
  return {
    read: (path, tell) =>
      void server.route({
        method: ['GET', 'POST'],
        url: `${ROOT}${path}`,
        handler: async (request, reply) => send(reply, await tell(readForm(request))),
      }),
    act: (path, change) => {
      server.post(`${ROOT}${path}`, async (request, reply) => send(reply, await change(readForm(request))));
      server.get(`${ROOT}${path}`, (_, reply) =>
        reply.code(405).header('allow', 'POST').type('text/plain').send(`${path} is sent by POST`),
      );
    },
    respond: (path, answer) =>
      void server.route({
        method: ['GET', 'POST'],
        url: `${ROOT}${path}`,
        handler: async (request, reply) => answer(readForm(request), reply),
      }),
  };
}
