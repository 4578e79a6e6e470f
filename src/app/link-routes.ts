/** `POST /api/v1/links`: hands a link, or the content of a file, to the system that takes it. */
import { ShoalError } from '../ground/errors.ts';
import type { Host } from '../host/host.ts';
import type { LinkRequest } from '../host/links.ts';
import type { Shape } from '../host/schema.ts';
import type { Mount } from '../http/mount.ts';
import { ERROR } from '../http/schemas.ts';
import { LINK_REQUEST, OPENED } from './schemas.ts';

/** Exactly one of `link` and `file` says what to open. */
type LinkBody = Shape<typeof LINK_REQUEST>;

export function createLinkRoutes(host: Pick<Host<Mount>, 'openLink'>): Mount {
  return {
    addRoutes: (server) => {
      server.post(
        '/api/v1/links',
        {
          schema: {
            summary: 'Hands a link to the system that takes it. 200: the system has it already.',
            body: LINK_REQUEST,
            response: { 200: OPENED, 201: OPENED, '4xx': ERROR },
          },
        },
        async ({ body }, reply) => {
          const opened = await host.openLink(requestOf(body));
          return reply.code(opened.isNew ? 201 : 200).send({ ...opened, item: { ...opened.item } });
        },
      );
    },
  };
}

/** @throws ShoalError bad-argument */
function requestOf({ link, file, ...options }: LinkBody): LinkRequest {
  if ((link === undefined) === (file === undefined))
    throw new ShoalError('bad-argument', 'name one of link and file');
  return { link: link ?? Buffer.from(file!, 'base64'), ...options };
}
