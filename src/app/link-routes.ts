/**
 * `POST /api/v1/links`: hands a link, or the content of a file, to the system that takes it. `POST /api/v1/links/claims` says
 * which systems take a link, for a page that asks the person first.
 */
import { ShoalError } from '../ground/errors.ts';
import type { Host } from '../host/host.ts';
import type { LinkRequest } from '../host/links.ts';
import type { Shape } from '../host/schema.ts';
import type { Mount } from '../http/mount.ts';
import { ERROR } from '../http/schemas.ts';
import { CLAIMED_LINK, CLAIMS, LINK_REQUEST, OPENED } from './schemas.ts';

/** Exactly one of `link` and `file` says what to open. */
type LinkBody = Shape<typeof LINK_REQUEST>;

export function createLinkRoutes(host: Pick<Host<Mount>, 'openLink' | 'claimsOf'>): Mount {
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
      server.post(
        '/api/v1/links/claims',
        {
          schema: {
            summary: 'Says which systems take a link. Nothing is opened or fetched.',
            body: CLAIMED_LINK,
            response: { 200: CLAIMS, '4xx': ERROR },
          },
        },
        async ({ body: { link } }) => ({ claims: await host.claimsOf(link) }),
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
