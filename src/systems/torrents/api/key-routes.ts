/** Addresses with keys (`../../../http/keys.ts`): which there are, and how all of them end. */
import type { FastifyInstance } from 'fastify';
import type { Access } from '../../../http/access.ts';
import type { ApiOptions } from './options.ts';
import { ERROR, KEYS, KEYS_QUERY } from './schemas.ts';
import { findEntry } from './shares.ts';

export function addKeys(server: FastifyInstance, { roster, keySecret }: ApiOptions, { keys }: Access): void {
  server.get<{ Querystring: { share?: number } }>(
    '/api/v1/keys',
    {
      schema: {
        summary: 'addresses for programs that can be given nothing else; of one share as well',
        querystring: KEYS_QUERY,
        response: { 200: KEYS, '4xx': ERROR },
      },
    },
    ({ query: { share } }) => ({
      keys: [
        { scope: 'webdav', path: `${keys.prefixFor({ kind: 'webdav' })}/webdav/` },
        { scope: 'metrics', path: `${keys.prefixFor({ kind: 'metrics' })}/metrics` },
        ...(share === undefined ? [] : [shareKey(findEntry(roster, share).stored.id)]),
      ],
    }),
  );
  const shareKey = (share: number): { scope: string; path: string } => ({
    scope: `share ${share}`,
    path: `${keys.prefixFor({ kind: 'share', share })}/files/${share}/playlist.m3u`,
  });

  server.delete(
    '/api/v1/keys',
    { schema: { summary: 'ends all keys: addresses have others from now on', response: { '4xx': ERROR } } },
    (_, reply) => {
      keySecret.renew();
      return reply.code(204).send();
    },
  );
}
