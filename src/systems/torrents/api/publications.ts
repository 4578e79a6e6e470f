/** What the daemon publishes: `/api/v1/publications`. */
import type { FastifyInstance } from 'fastify';
import { ShoalError } from '../../../ground/errors.ts';
import { publicationLink } from '../share/publish.ts';
import { fromHex } from '../../../ground/bytes.ts';
import type { HeldPublication, Publications, PublishRequest } from '../updates/publications.ts';
import { MIN_RATE } from '../roster/bounds.ts';
import { ERROR, ID } from './schemas.ts';
import type { PublicationSummary } from './types.ts';
import { addWatchRoute } from './watch-route.ts';

const text = { type: 'string' } as const;

const PUBLICATION = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    name: text,
    key: { ...text, description: 'the public key, in hex' },
    keyName: text,
    link: { ...text, description: 'stays the same for every version' },
    sequence: { type: ['integer', 'null'], description: 'number of the version' },
    share: { type: ['integer', 'null'], description: 'number of the share that it names' },
    path: { type: ['string', 'null'] },
    size: { type: 'integer' },
    stored: {
      type: ['integer', 'null'],
      description: 'nodes of the DHT that keep it; null before the first answer',
    },
    isSuperseded: { type: 'boolean', description: 'another machine published a newer version with this key' },
    putAt: { type: ['string', 'null'], format: 'date-time' },
    trouble: { type: ['string', 'null'] },
  },
};

const PUBLISH = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'path'],
  properties: {
    name: { ...text, minLength: 1, maxLength: 64, description: 'tells the publications of one key apart' },
    path: { ...text, minLength: 1, description: 'a file or folder, shared in place as it is now' },
    keyName: {
      ...text,
      minLength: 1,
      description: 'of the signing key; the first one is made when there is none',
    },
    uploadLimit: { type: 'integer', minimum: MIN_RATE, description: 'bytes a second, of its share' },
    usesLsd: { type: 'boolean', description: 'false: not announced on the local network' },
    pieceLength: {
      type: 'integer',
      minimum: 16_384,
      maximum: 67_108_864,
      description: 'as in the last version when absent',
    },
  },
};

export function addPublications(server: FastifyInstance, publications: Publications): void {
  const find = (id: number): HeldPublication => {
    const held = publications.find(id);
    if (held === undefined) throw new ShoalError('not-found', `there is no publication ${id}`);
    return held;
  };
  const summaryOf = (held: HeldPublication): PublicationSummary => describe(publications, held);
  const list = {
    type: 'object',
    required: ['publications'],
    properties: { publications: { type: 'array', items: PUBLICATION } },
  };
  server.get(
    '/api/v1/publications',
    { schema: { summary: 'what it publishes', response: { 200: list } } },
    () => ({ publications: publications.all.map(summaryOf) }),
  );
  server.post<{ Body: PublishRequest }>(
    '/api/v1/publications',
    {
      schema: {
        summary: 'publishes a file or folder; the same key and name again is a new version',
        body: PUBLISH,
        response: { 201: PUBLICATION, '4xx': ERROR },
      },
    },
    async ({ body }, reply) => reply.code(201).send(summaryOf(await publications.publish(body))),
  );
  server.delete<{ Params: { id: number } }>(
    '/api/v1/publications/:id',
    { schema: { summary: 'signs it no more; its share stays', params: ID, response: { '4xx': ERROR } } },
    async ({ params }, reply) => {
      publications.remove(find(params.id).stored.id);
      return reply.code(204).send();
    },
  );
  addWatchRoute(server, {
    path: '/api/v1/publications/:id/watch',
    summary: 'server-sent events about one publication: publication, removed',
    watch: ({ id }, stream, end) => {
      stream.send('publication', summaryOf(find(id)));
      return publications.listeners.add(id, {
        onEvent: (held) => {
          if (!stream.send('publication', summaryOf(held))) end();
        },
        onRemoved: () => {
          stream.send('removed', {});
          end();
        },
      });
    },
  });
}

function describe(publications: Publications, held: HeldPublication): PublicationSummary {
  const { stored, publication, put, trouble } = held;
  const entry = publications.entryOf(held);
  const gone = entry === undefined ? 'its share is no longer here: publish it again' : null;
  return {
    id: stored.id,
    name: stored.name,
    key: stored.publicKey,
    keyName: stored.keyName,
    link: publicationLink({ key: { publicKey: fromHex(stored.publicKey)! }, name: stored.name }),
    sequence: publication?.sequence ?? null,
    share: entry?.stored.id ?? null,
    path: entry?.stored.folder ?? null,
    size: entry?.size().total ?? 0,
    stored: put?.stored ?? null,
    isSuperseded: put?.isSuperseded ?? false,
    putAt: put?.at.toISOString() ?? null,
    trouble: trouble ?? gone,
  };
}
