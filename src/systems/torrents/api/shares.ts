/** The shares of the peer, over HTTP: `/api/v1/shares`. */
import type { FastifyInstance } from 'fastify';
import { ShoalError } from '../../../ground/errors.ts';
import type { Held } from '../roster/held.ts';
import type { AddOptions, Session } from '../roster/session.ts';
import type { Wishes } from '../core/settings.ts';
import type { ApiOptions } from './options.ts';
import { ADD, CHANGE, ERROR, ID, REMOVE, REMOVED, SHARE, SHARES } from './schemas.ts';
import { summaryOf } from './summary.ts';
import type { AddRequest, ChangeRequest, FileChange } from './types.ts';

type WithId = { Params: { id: number } };

/** @throws ShoalError not-found */
export function findHeld(session: Session, id: number): Held {
  const held = session.find(id);
  if (held === undefined) throw new ShoalError('not-found', `there is no share ${id}`);
  return held;
}

export function addShares(server: FastifyInstance, { session }: ApiOptions): void {
  const find = (id: number): Held => findHeld(session, id);

  server.get('/api/v1/shares', { schema: { summary: 'what it holds', response: { 200: SHARES } } }, () => ({
    shares: session.all.map(summaryOf),
  }));

  server.post<{ Body: AddRequest }>(
    '/api/v1/shares',
    {
      schema: {
        summary: 'adds a share; 200 when it was there',
        body: ADD,
        response: { 200: SHARE, 201: SHARE, '4xx': ERROR },
      },
    },
    async ({ body }, reply) => {
      const { isPaused, select, labels } = body;
      const wishes: Partial<Wishes> = {
        ...wishesOf(body),
        ...(isPaused === undefined ? {} : { isPaused }),
        ...(select === undefined ? {} : { selectGlobs: select }),
      };
      const { held, isNew } = await add(session, body, {
        folder: body.folder ?? session.folderFor(labels),
        triesFolders: body.folder !== undefined,
        wishes,
      });
      reply.code(isNew ? 201 : 200);
      return summaryOf(held);
    },
  );

  server.get<WithId>(
    '/api/v1/shares/:id',
    { schema: { summary: 'one share', params: ID, response: { 200: SHARE, '4xx': ERROR } } },
    ({ params }) => summaryOf(find(params.id)),
  );

  server.patch<WithId & { Body: ChangeRequest }>(
    '/api/v1/shares/:id',
    {
      schema: {
        summary: 'changes what is wanted of it',
        params: ID,
        body: CHANGE,
        response: { 200: SHARE, '4xx': ERROR },
      },
    },
    async ({ params, body }) => {
      const held = find(params.id);
      await change(session, held, body);
      return summaryOf(held);
    },
  );

  server.post<WithId>(
    '/api/v1/shares/:id/recheck',
    { schema: { summary: 'hashes all its data again', params: ID, response: { 200: SHARE, '4xx': ERROR } } },
    async ({ params }) => {
      const held = find(params.id);
      await session.verify(held);
      return summaryOf(held);
    },
  );

  server.delete<WithId & { Querystring: { data: boolean } }>(
    '/api/v1/shares/:id',
    {
      schema: {
        summary: 'forgets it; 200 when its data was to go as well, with what became of it',
        params: ID,
        querystring: REMOVE,
        response: { 200: REMOVED, '4xx': ERROR },
      },
    },
    async ({ params, query }, reply) => {
      const held = find(params.id);
      const folder = held.downloadDir;
      const isDataRemoved = await session.remove(held, query.data);
      if (!query.data) return reply.code(204).send();
      return { isDataRemoved, folder };
    },
  );
}

async function add(
  session: Session,
  { link, torrent, path, select }: AddRequest,
  options: AddOptions,
): Promise<{ readonly held: Held; readonly isNew: boolean }> {
  if (path !== undefined && select !== undefined)
    throw new ShoalError(
      'bad-argument',
      'what is shared in place is shared whole: "select" is for what is fetched',
    );
  const given = [link, torrent, path].filter((source) => source !== undefined);
  if (given.length !== 1) throw new ShoalError('bad-argument', 'name one of link, torrent and path');
  if (path !== undefined) return session.addPath(path, options.wishes);
  if (link !== undefined) return session.addLink(link, options);
  return session.addTorrentBytes(Buffer.from(torrent!, 'base64'), options);
}

async function change(session: Session, held: Held, body: ChangeRequest): Promise<void> {
  const { isPaused, isForced, files, folder, place } = body;
  // Files first: who chooses some and lets it go on wants no others.
  if (files !== undefined) await changeFiles(session, held, files);
  session.change(held, wishesOf(body));
  if (folder !== undefined) await session.move(held, folder);
  if (place !== undefined) session.reorder([held], place);
  if (isPaused === true) await session.pause(held);
  else if (isPaused === false || isForced !== undefined) session.resume(held, isForced);
}

/** Null takes a wish back, except for goals: there it is a wish for none. */
function wishesOf(body: ChangeRequest): Partial<Wishes> {
  const { labels, downloadLimit, uploadLimit, isSequential, isOnDemand, priority, ratioGoal, idleGoal } =
    body;
  const { maxPeers, announce, seedingGoal, isEndsFirst, name } = body;
  return {
    ...(labels === undefined ? {} : { labels }),
    ...(downloadLimit === undefined ? {} : { downloadLimit: downloadLimit ?? undefined }),
    ...(uploadLimit === undefined ? {} : { uploadLimit: uploadLimit ?? undefined }),
    ...(isSequential === undefined ? {} : { isSequential }),
    ...(isEndsFirst === undefined ? {} : { isEndsFirst }),
    ...(name === undefined ? {} : { name: name ?? undefined }),
    ...(isOnDemand === undefined ? {} : { isOnDemand }),
    ...(priority === undefined ? {} : { priority }),
    ...(ratioGoal === undefined ? {} : { ratioGoal }),
    ...(seedingGoal === undefined ? {} : { seedingGoal }),
    ...(idleGoal === undefined ? {} : { idleGoal }),
    ...(maxPeers === undefined ? {} : { maxPeers: maxPeers ?? undefined }),
    ...(announce === undefined ? {} : { announce: announce ?? undefined }),
  };
}

async function changeFiles(session: Session, held: Held, files: readonly FileChange[]): Promise<void> {
  const count = held.metainfo?.info.files.length ?? 0;
  const unwanted = new Set(held.entry.wishes.unwanted);
  const priorities = { ...held.entry.wishes.priorities };
  for (const { index, isWanted, priority } of files) {
    if (index >= count) throw new ShoalError('bad-argument', `"${held.name}" has no file ${index}`);
    if (isWanted === true) unwanted.delete(index);
    if (isWanted === false) unwanted.add(index);
    if (priority !== undefined) priorities[index] = priority;
  }
  session.change(held, { priorities });
  if (files.some(({ isWanted }) => isWanted !== undefined)) await session.select(held, [...unwanted]);
}
