/** What the daemon publishes: `/api/v1/publications`. */
import { join } from 'node:path';
import { ShoalError } from '../../../ground/errors.ts';
import type { RosterEntry } from '../roster/entry.ts';
import { publicationLink } from '../share/publish.ts';
import { fromHex } from '../../../ground/bytes.ts';
import type { HeldPublication, Publications } from '../updates/publications.ts';
import type { Server } from '../../../http/mount.ts';
import { DONE, ERROR } from '../../../http/schemas.ts';
import { NO_QUERY } from './schemas/events.ts';
import { ID } from './schemas/share.ts';
import { PUBLICATION, PUBLICATIONS, PUBLISH } from './schemas/updates.ts';
import type { PublicationSummary } from './types.ts';
import { addWatchRoute } from './watch-route.ts';

export function addPublications(server: Server, publications: Publications): void {
  const find = (id: number): HeldPublication => {
    const held = publications.find(id);
    if (held === undefined) throw new ShoalError('not-found', `there is no publication ${id}`);
    return held;
  };
  const summaryOf = (held: HeldPublication): PublicationSummary => describePublication(publications, held);
  server.get(
    '/api/v1/publications',
    { schema: { summary: 'Lists the publications.', response: { 200: PUBLICATIONS } } },
    () => ({ publications: publications.all.map(summaryOf) }),
  );
  server.post(
    '/api/v1/publications',
    {
      schema: {
        summary: 'Publishes a file or folder. The same key and name again make a new version.',
        body: PUBLISH,
        response: { 201: PUBLICATION, '4xx': ERROR },
      },
    },
    async ({ body }, reply) => reply.code(201).send(summaryOf(await publications.publish(body))),
  );
  server.delete(
    '/api/v1/publications/:id',
    {
      schema: {
        summary: 'Stops publishing. The share stays.',
        params: ID,
        response: { 204: DONE, '4xx': ERROR },
      },
    },
    async ({ params }, reply) => {
      publications.remove(find(params.id).stored.id);
      return reply.code(204).send();
    },
  );
  addWatchRoute(server, {
    path: '/api/v1/publications/:id/watch',
    summary: 'Sends events about one publication: `publication`, `removed`.',
    query: NO_QUERY,
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

export function describePublication(publications: Publications, held: HeldPublication): PublicationSummary {
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
    path: entry === undefined ? null : pathOf(entry),
    size: entry?.size().total ?? 0,
    stored: put?.stored ?? null,
    isSuperseded: put?.isSuperseded ?? false,
    putAt: put?.at.toISOString() ?? null,
    trouble: trouble ?? gone,
  };
}

/** A share that was fetched may be published as well, when its content is the same. */
const pathOf = ({ stored, ownName }: RosterEntry): string =>
  stored.kind === 'place' ? stored.folder : join(stored.folder, ownName);
