/** The shares of the peer, over HTTP: `/api/v1/shares`. */
import type { FastifyInstance } from 'fastify';
import { ShoalError } from '../../../ground/errors.ts';
import type { RosterEntry } from '../roster/entry.ts';
import type { AddOptions, Roster } from '../roster/roster.ts';
import type { SharePreferences } from '../core/settings.ts';
import type { ApiOptions } from './options.ts';
import { ADD, CHANGE, ERROR, ID, REMOVE, REMOVED, SHARE, SHARES } from './schemas.ts';
import { summaryOf } from './summary.ts';
import type { AddRequest, ChangeRequest, FileChange } from './types.ts';

type WithId = { Params: { id: number } };

/** @throws ShoalError not-found */
export function findEntry(roster: Roster, id: number): RosterEntry {
  const entry = roster.find(id);
  if (entry === undefined) throw new ShoalError('not-found', `there is no share ${id}`);
  return entry;
}

export function addShares(server: FastifyInstance, { roster }: ApiOptions): void {
  const find = (id: number): RosterEntry => findEntry(roster, id);

  server.get('/api/v1/shares', { schema: { summary: 'what it holds', response: { 200: SHARES } } }, () => ({
    shares: roster.all.map(summaryOf),
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
      const preferences: Partial<SharePreferences> = {
        ...sharePreferencesOf(body),
        ...(isPaused === undefined ? {} : { isPaused }),
        ...(select === undefined ? {} : { selectGlobs: select }),
      };
      const { entry, isNew } = await add(roster, body, {
        folder: body.folder ?? roster.folderFor(labels),
        triesFolders: body.folder !== undefined,
        preferences,
      });
      reply.code(isNew ? 201 : 200);
      return summaryOf(entry);
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
      const entry = find(params.id);
      await change(roster, entry, body);
      return summaryOf(entry);
    },
  );

  server.post<WithId>(
    '/api/v1/shares/:id/recheck',
    { schema: { summary: 'hashes all its data again', params: ID, response: { 200: SHARE, '4xx': ERROR } } },
    async ({ params }) => {
      const entry = find(params.id);
      await roster.verify(entry);
      return summaryOf(entry);
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
      const entry = find(params.id);
      const folder = entry.downloadDir;
      const isDataRemoved = await roster.remove(entry, query.data);
      if (!query.data) return reply.code(204).send();
      return { isDataRemoved, folder };
    },
  );
}

async function add(
  roster: Roster,
  { link, torrent, path, select }: AddRequest,
  options: AddOptions,
): Promise<{ readonly entry: RosterEntry; readonly isNew: boolean }> {
  if (path !== undefined && select !== undefined)
    throw new ShoalError(
      'bad-argument',
      'what is shared in place is shared whole: "select" is for what is fetched',
    );
  const given = [link, torrent, path].filter((source) => source !== undefined);
  if (given.length !== 1) throw new ShoalError('bad-argument', 'name one of link, torrent and path');
  if (path !== undefined) return roster.addPath(path, options.preferences);
  if (link !== undefined) return roster.addLink(link, options);
  return roster.addTorrentBytes(Buffer.from(torrent!, 'base64'), options);
}

async function change(roster: Roster, entry: RosterEntry, body: ChangeRequest): Promise<void> {
  const { isPaused, isForced, files, folder, place } = body;
  // Files first: who chooses some and lets it go on wants no others.
  if (files !== undefined) await changeFiles(roster, entry, files);
  roster.change(entry, sharePreferencesOf(body));
  if (folder !== undefined) await roster.move(entry, folder);
  if (place !== undefined) roster.reorder([entry], place);
  if (isPaused === true) await roster.pause(entry);
  else if (isPaused === false || isForced !== undefined) roster.resume(entry, isForced);
}

/** Null removes a preference, except for goals: there it means no goal. */
function sharePreferencesOf(body: ChangeRequest): Partial<SharePreferences> {
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

async function changeFiles(roster: Roster, entry: RosterEntry, files: readonly FileChange[]): Promise<void> {
  const count = entry.metainfo?.info.files.length ?? 0;
  const unwanted = new Set(entry.stored.preferences.unwanted);
  const priorities = { ...entry.stored.preferences.priorities };
  for (const { index, isWanted, priority } of files) {
    if (index >= count) throw new ShoalError('bad-argument', `"${entry.name}" has no file ${index}`);
    if (isWanted === true) unwanted.delete(index);
    if (isWanted === false) unwanted.add(index);
    if (priority !== undefined) priorities[index] = priority;
  }
  roster.change(entry, { priorities });
  if (files.some(({ isWanted }) => isWanted !== undefined)) await roster.select(entry, [...unwanted]);
}
