/** `POST /api/v1/links`: hands a link, or the content of a file, to the system that takes it. */
import { ShoalError } from '../ground/errors.ts';
import type { Host } from '../host/host.ts';
import type { LinkRequest } from '../host/links.ts';
import type { Mount } from '../http/mount.ts';

const REQUEST = {
  type: 'object',
  additionalProperties: false,
  properties: {
    link: { type: 'string', minLength: 1, maxLength: 65_536, description: 'a link, an address or a hash' },
    file: { type: 'string', minLength: 1, description: 'or the content of a file, in base64' },
    folder: { type: 'string', minLength: 1, maxLength: 4096, description: 'where fetched files go' },
    select: {
      type: 'array',
      maxItems: 1000,
      items: { type: 'string', minLength: 1, maxLength: 4096 },
      description: 'paths to fetch, as globs',
    },
    isPaused: { type: 'boolean', description: 'it is added and not started' },
    labels: { type: 'array', maxItems: 100, items: { type: 'string', minLength: 1, maxLength: 100 } },
  },
} as const;
const OPENED = {
  type: 'object',
  required: ['system', 'isNew', 'line', 'item'],
  properties: {
    system: { type: 'string', description: 'the system that took it' },
    isNew: { type: 'boolean', description: 'false: it was there already' },
    line: { type: 'string', description: 'for people' },
    item: { type: 'object', additionalProperties: true, description: 'as the API of the system tells it' },
  },
} as const;
const ERROR = {
  type: 'object',
  properties: { code: { type: 'string' }, message: { type: 'string' } },
} as const;

/** Exactly one of both says what to open. */
export interface LinkBody extends Omit<LinkRequest, 'link'> {
  readonly link?: string;
  readonly file?: string;
}

export function createLinkRoutes(host: Pick<Host<Mount>, 'openLink'>): Mount {
  return {
    addRoutes: (server) => {
      server.post<{ Body: LinkBody }>(
        '/api/v1/links',
        {
          schema: {
            summary: 'Hands a link to the system that takes it; 200 when it was there already.',
            body: REQUEST,
            response: { 200: OPENED, 201: OPENED, '4xx': ERROR },
          },
        },
        async ({ body }, reply) => {
          const opened = await host.openLink(requestOf(body));
          return reply.code(opened.isNew ? 201 : 200).send(opened);
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
