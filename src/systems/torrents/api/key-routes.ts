/** Addresses with keys (`../../../http/keys.ts`): which there are, and how all of them end. */
import type { Access } from '../../../http/access.ts';
import type { Server } from '../../../http/mount.ts';
import { DONE, ERROR } from '../../../http/schemas.ts';
import type { ApiOptions } from './options.ts';
import { KEYS, KEYS_QUERY } from './schemas/daemon.ts';
import { findEntry } from './shares.ts';

export function addKeys(server: Server, { roster, keySecret }: ApiOptions, { keys }: Access): void {
  server.get(
    '/api/v1/keys',
    {
      schema: {
        summary: 'Lists addresses with keys, for programs that cannot sign in.',
        querystring: KEYS_QUERY,
        response: { 200: KEYS, '4xx': ERROR },
      },
    },
    ({ query: { share } }) => ({
      keys: [
        { scope: 'webdav', path: `${keys.prefixFor('webdav')}/webdav/` },
        { scope: 'metrics', path: `${keys.prefixFor('metrics')}/metrics` },
        ...(share === undefined ? [] : [shareKey(findEntry(roster, share).stored.id)]),
      ],
    }),
  );
  const shareKey = (share: number): { scope: string; path: string } => ({
    scope: `share ${share}`,
    path: `${keys.prefixFor('share', share)}/files/${share}/playlist.m3u`,
  });

  server.delete(
    '/api/v1/keys',
    {
      schema: {
        summary: 'Ends all keys. Addresses have other keys from now on.',
        response: { 204: DONE, '4xx': ERROR },
      },
    },
    async (_, reply) => {
      keySecret.renew();
      return reply.code(204).send();
    },
  );
}
