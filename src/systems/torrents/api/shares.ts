/** The shares of the peer, over HTTP: `/api/v1/shares`. */
import { type Address, parseHostPort } from '../../../ground/address.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { Server } from '../../../http/mount.ts';
import { ERROR, DONE } from '../../../http/schemas.ts';
import { readTorrentBytes } from '../share/link-source.ts';
import { requireAllowed } from '../roster/denial.ts';
import type { RosterEntry } from '../roster/entry.ts';
import type { AddOptions, Roster } from '../roster/roster.ts';
import type { SharePreferences } from '../core/preferences.ts';
import type { ApiOptions } from './options.ts';
import { ADD, CHANGE, REMOVE, REMOVED } from './schemas/change.ts';
import { ID, SHARE, SHARES } from './schemas/share.ts';
import { summaryOf } from './summary.ts';
import type { AddRequest, ChangeRequest, FileChange } from './types.ts';

/** @throws ShoalError not-found */
export function findEntry(roster: Roster, id: number): RosterEntry {
  const entry = roster.find(id);
  if (entry === undefined) throw new ShoalError('not-found', `there is no share ${id}`);
  return entry;
}

export function addShares(server: Server, { roster }: ApiOptions): void {
  const find = (id: number): RosterEntry => findEntry(roster, id);

  server.get(
    '/api/v1/shares',
    { schema: { summary: 'Lists the shares.', response: { 200: SHARES } } },
    () => ({
      shares: roster.all.map(summaryOf),
    }),
  );

  server.post(
    '/api/v1/shares',
    {
      schema: {
        summary: 'Adds a share. 200: the daemon has it already, and learns of trackers and peers alone.',
        body: ADD,
        response: { 200: SHARE, 201: SHARE, '4xx': ERROR },
      },
    },
    async ({ body }, reply) => {
      const { isPaused, select, labels } = body;
      const preferences: Partial<SharePreferences> = {
        ...sharePreferencesOf(body),
        ...searchPreferencesOf(body),
        ...(isPaused === undefined ? {} : { isPaused }),
        ...(select === undefined ? {} : { selectGlobs: select }),
      };
      const { entry, isNew } = await add(roster, body, {
        folder: body.folder ?? roster.folderFor(labels),
        triesFolders: body.folder !== undefined,
        peers: readPeers(body.peers),
        preferences,
      });
      reply.code(isNew ? 201 : 200);
      return summaryOf(entry);
    },
  );

  server.get(
    '/api/v1/shares/:id',
    { schema: { summary: 'Reads one share.', params: ID, response: { 200: SHARE, '4xx': ERROR } } },
    ({ params }) => summaryOf(find(params.id)),
  );

  server.patch(
    '/api/v1/shares/:id',
    {
      schema: {
        summary: 'Changes preferences of a share.',
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

  server.post(
    '/api/v1/shares/:id/recheck',
    {
      schema: {
        summary: 'Hashes all data of a share again.',
        params: ID,
        response: { 200: SHARE, '4xx': ERROR },
      },
    },
    async ({ params }) => {
      const entry = find(params.id);
      await roster.verify(entry);
      return summaryOf(entry);
    },
  );

  server.delete(
    '/api/v1/shares/:id',
    {
      schema: {
        summary:
          'Removes a share. 204: its data stays; 200: its data was to go as well. A share of a follow ends the follow.',
        params: ID,
        querystring: REMOVE,
        response: { 200: REMOVED, 204: DONE, '4xx': ERROR },
      },
    },
    async ({ params, query }, reply) => {
      const entry = find(params.id);
      const folder = entry.downloadDir;
      // A version that was never shown does not stay.
      const { isStaged } = entry;
      const isDataRemoved = await roster.remove(entry, query.data);
      if (!query.data && !isStaged) return reply.code(204).send();
      return { isDataRemoved, folder };
    },
  );
}

/** Fields that go with one source alone. */
const OF_PATH = ['version', 'pieceLength', 'isPrivate', 'rereads'] as const;

async function add(
  roster: Roster,
  body: AddRequest,
  options: AddOptions,
): Promise<{ readonly entry: RosterEntry; readonly isNew: boolean }> {
  const { link, torrent, path, dataFolder, version, pieceLength, isPrivate, rereads } = body;
  const given = [link, torrent, path].filter((source) => source !== undefined);
  if (given.length !== 1) throw new ShoalError('bad-argument', 'name one of link, torrent and path');
  const isInPlace = path !== undefined || dataFolder !== undefined;
  refuseFields(body, isInPlace ? ['select', 'peers'] : ['isSuperSeeding'], isInPlace ? PLACED : FETCHED);
  if (path === undefined) refuseFields(body, OF_PATH, 'it goes with "path"');
  if (torrent === undefined) refuseFields(body, ['dataFolder'], 'it goes with "torrent"');
  const { preferences } = options;
  if (path !== undefined)
    return roster.addPath(path, { version, pieceLength, isPrivate, rereads, preferences });
  if (link !== undefined) return roster.addLink(link, options);
  const read = readTorrentBytes(Buffer.from(torrent!, 'base64'));
  if (dataFolder !== undefined) return roster.addInPlace(read, dataFolder, preferences);
  return roster.addTorrent(read, options);
}

const PLACED = 'what is shared in place is shared whole, where it lies: this is for what is fetched';
const FETCHED = 'it is for what is shared in place';

function refuseFields(body: AddRequest, names: readonly (keyof AddRequest)[], why: string): void {
  const wrong = names.find((name) => body[name] !== undefined);
  if (wrong !== undefined) throw new ShoalError('bad-argument', `"${wrong}": ${why}`);
}

/** @throws ShoalError bad-argument */
export function readPeers(peers: readonly string[] = []): Address[] {
  return peers.map((text) => {
    const peer = parseHostPort(text);
    if (peer === undefined) throw new ShoalError('bad-argument', `"${text}" is no HOST:PORT`);
    return peer;
  });
}

async function change(roster: Roster, entry: RosterEntry, body: ChangeRequest): Promise<void> {
  const { isPaused, isForced, files, folder, place } = body;
  const resumes = isPaused === false || (isPaused === undefined && isForced !== undefined);
  // Before anything of the change holds.
  if (resumes) requireAllowed(roster.peer, entry);
  // Files first: who chooses some and lets it go on wants no others.
  if (files !== undefined) await changeFiles(roster, entry, files);
  roster.change(entry, sharePreferencesOf(body));
  if (folder !== undefined) await roster.move(entry, folder);
  if (place !== undefined) roster.reorder([entry], place);
  if (isPaused === true) await roster.pause(entry);
  else if (resumes) roster.resume(entry, isForced);
}

/** What is said once, when a share is added. */
function searchPreferencesOf(body: AddRequest): Partial<SharePreferences> {
  const { trackers, usesDht, usesLsd, isSuperSeeding } = body;
  return {
    ...(trackers === undefined ? {} : { trackers }),
    ...(usesDht === undefined ? {} : { usesDht }),
    ...(usesLsd === undefined ? {} : { usesLsd }),
    ...(isSuperSeeding === undefined ? {} : { isSuperSeeding }),
  };
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
