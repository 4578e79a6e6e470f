/** What can be asked about one share: its files, peers, trackers, pieces, rates over time, and what happened. */
import type { FastifyInstance, FastifySchema } from 'fastify';
import { ShoalError } from '../../../ground/errors.ts';
import { SAMPLE_SECONDS } from '../roster/history.ts';
import type { RosterEntry } from '../roster/entry.ts';
import { mediaTypeOf } from '../media/types.ts';
import { savedAs, urlOf } from '../media/files.ts';
import type { Access } from '../../../http/access.ts';
import type { ApiOptions } from './options.ts';
import { findEntry } from './shares.ts';
import { ERROR, FILES, ID, LOG, PEERS, PIECES, PIECES_QUERY, RATES, TRACKERS } from './schemas.ts';

type WithId = { Params: { id: number } };

export function addDetails(server: FastifyInstance, options: ApiOptions, access: Access): void {
  const { roster } = options;
  const detail = (
    name: string,
    summary: string,
    response: object,
    tell: (entry: RosterEntry) => object,
  ): void => {
    const schema: FastifySchema = { summary, params: ID, response: { 200: response, '4xx': ERROR } };
    server.get<WithId>(`/api/v1/shares/:id/${name}`, { schema }, ({ params }) =>
      tell(findEntry(roster, params.id)),
    );
  };
  server.get<WithId>(
    '/api/v1/shares/:id/files',
    { schema: { summary: 'its files', params: ID, response: { 200: FILES, '4xx': ERROR } } },
    async (request) => {
      const entry = findEntry(roster, request.params.id);
      const prefix = await access.prefixFor(request, { kind: 'share', share: entry.stored.id });
      return { files: filesOf(entry, prefix) };
    },
  );
  detail('peers', 'who is connected', PEERS, (entry) => ({ peers: entry.share?.peers() ?? [] }));
  detail('trackers', 'who tells it of peers, and the web servers that have it', TRACKERS, (entry) => {
    const status = entry.share?.status();
    const { usesDht, usesPex, usesLsd } = roster.inEffect;
    const isOpen = entry.metainfo?.info.isPrivate !== true;
    const { preferences } = entry.stored;
    const ways = {
      dht: isOpen && usesDht && preferences.usesDht !== false,
      pex: isOpen && usesPex,
      lsd: isOpen && usesLsd && preferences.usesLsd !== false,
    };
    return {
      trackers: status?.trackers ?? [],
      webSeeds: webSeedsOf(entry),
      dht: status?.dht ?? null,
      ways,
    };
  });
  detail('rates', 'rates of the last ten minutes', RATES, (entry) => ({
    secondsEach: SAMPLE_SECONDS,
    ...entry.rates.read(),
  }));
  detail('log', 'what happened of late', LOG, (entry) => ({
    lines: entry.log.lines.map(({ at, text }) => ({ at: at.toISOString(), text })),
  }));

  addTorrent(server, options);
  server.get<WithId & { Querystring: { cells: number } }>(
    '/api/v1/shares/:id/pieces',
    {
      schema: {
        summary: 'which pieces are here',
        params: ID,
        querystring: PIECES_QUERY,
        response: { 200: PIECES, '4xx': ERROR },
      },
    },
    ({ params, query }) => piecesOf(findEntry(roster, params.id), query.cells),
  );
}

function addTorrent(server: FastifyInstance, { roster }: ApiOptions): void {
  const schema: FastifySchema = { summary: 'its torrent file', params: ID };
  server.get<WithId>('/api/v1/shares/:id/torrent', { schema }, ({ params }, reply) => {
    const entry = findEntry(roster, params.id);
    const bytes = roster.peer.state.torrents.read(entry.stored.key);
    if (bytes === undefined)
      throw new ShoalError('not-found', `"${entry.name}": what is in it is not known yet`);
    return reply
      .type('application/x-bittorrent')
      .header('content-disposition', savedAs(`${entry.name}.torrent`))
      .send(Buffer.from(bytes));
  });
}

/** @param prefix before the addresses for players */
function filesOf(entry: RosterEntry, prefix: string): object[] {
  const { unwanted, priorities } = entry.stored.preferences;
  const skipped = new Set(unwanted);
  const done = entry.fileProgress();
  return [...(entry.metainfo?.info.files ?? []).entries()]
    .filter(([, { isPad }]) => !isPad)
    .map(([index, { path, lengthBytes }]) => ({
      index,
      path: path.join('/'),
      size: lengthBytes,
      done: done[index] ?? 0,
      isWanted: !skipped.has(index),
      priority: priorities[index] ?? 'normal',
      kind: mediaTypeOf(path.at(-1) ?? '')?.kind ?? 'other',
      url: urlOf(entry.stored.id, index, path),
      playerUrl: prefix + urlOf(entry.stored.id, index, path),
    }));
}

/** In so few cells that they can be drawn. */
function piecesOf(entry: RosterEntry, most: number): object {
  const have = entry.pieces();
  const pieceCount = have?.length ?? 0;
  const cells = Math.min(most, pieceCount);
  const availabilityOf = entry.share?.availability;
  const parts = new Array<number>(cells).fill(0);
  const availability = new Array<number>(cells).fill(0);
  for (let cell = 0; cell < cells; cell++) {
    const first = Math.floor((cell * pieceCount) / cells);
    const end = Math.max(first + 1, Math.floor(((cell + 1) * pieceCount) / cells));
    let here = 0;
    let rarest = Number.POSITIVE_INFINITY;
    for (let piece = first; piece < end; piece++) {
      if (have!.has(piece)) here++;
      rarest = Math.min(rarest, availabilityOf?.(piece) ?? 0);
    }
    parts[cell] = Math.round((1000 * here) / (end - first)) / 1000;
    availability[cell] = rarest;
  }
  return { pieceCount, pieceLength: entry.metainfo?.info.pieceLength ?? 0, have: parts, availability };
}

/** Those of the torrent; what they do while something is missing. */
function webSeedsOf({ share, metainfo }: RosterEntry): object[] {
  const told = new Map((share?.status().webSeeds ?? []).map((seed) => [seed.url, seed]));
  return (metainfo?.webSeeds ?? []).map((url) => told.get(url) ?? { url, state: 'waiting' });
}
