/** What can be asked about one share: its files, peers, trackers, pieces, rates over time, and what happened. */
import { ShoalError } from '../../../ground/errors.ts';
import type { TSchema } from '../../../host/schema.ts';
import type { Server } from '../../../http/mount.ts';
import { ERROR } from '../../../http/schemas.ts';
import { SAMPLE_SECONDS } from '../roster/history.ts';
import type { RosterEntry } from '../roster/entry.ts';
import type { InEffect } from '../roster/in-effect.ts';
import { mediaTypeOf } from '../media/types.ts';
import { savedAs, urlOf } from '../media/files.ts';
import { TORRENT_FILE } from '../media/schemas.ts';
import type { Access } from '../../../http/access.ts';
import type { ApiOptions } from './options.ts';
import { findEntry } from './shares.ts';
import { FILES, LOG, PEERS, PIECES, PIECES_QUERY, RATES, TRACKERS } from './schemas/details.ts';
import { ID } from './schemas/share.ts';
import type { FileSummary, Pieces, Trackers, WebSeedSummary } from './types.ts';

/** Of a question about one share. */
const answer = <S extends TSchema>(
  response: S,
): { readonly params: typeof ID; readonly response: { readonly 200: S; readonly '4xx': typeof ERROR } } => ({
  params: ID,
  response: { 200: response, '4xx': ERROR },
});

export function addDetails(server: Server, options: ApiOptions, access: Access): void {
  const { roster } = options;
  const find = ({ id }: { readonly id: number }): RosterEntry => findEntry(roster, id);
  server.get(
    '/api/v1/shares/:id/files',
    { schema: { summary: 'Lists the files of a share.', ...answer(FILES) } },
    async (request) => {
      const entry = find(request.params);
      const prefix = await access.prefixFor(request, 'share', entry.stored.id);
      return { files: filesOf(entry, prefix) };
    },
  );
  server.get(
    '/api/v1/shares/:id/peers',
    { schema: { summary: 'Lists the connected peers of a share.', ...answer(PEERS) } },
    ({ params }) => ({ peers: find(params).share?.peers() ?? [] }),
  );
  server.get(
    '/api/v1/shares/:id/trackers',
    {
      schema: {
        summary: 'Lists the trackers and web seeds of a share, and other ways to find peers.',
        ...answer(TRACKERS),
      },
    },
    ({ params }) => trackersOf(find(params), roster.inEffect),
  );
  server.get(
    '/api/v1/shares/:id/rates',
    { schema: { summary: 'Reads the rates of a share in the last ten minutes.', ...answer(RATES) } },
    ({ params }) => ({ secondsEach: SAMPLE_SECONDS, ...find(params).rates.read() }),
  );
  server.get(
    '/api/v1/shares/:id/log',
    { schema: { summary: 'Reads the log of a share.', ...answer(LOG) } },
    ({ params }) => ({
      lines: find(params).log.lines.map(({ at, text }) => ({ at: at.toISOString(), text })),
    }),
  );
  addTorrent(server, options);
  server.get(
    '/api/v1/shares/:id/pieces',
    {
      schema: {
        summary: 'Reads which pieces of a share are here.',
        querystring: PIECES_QUERY,
        ...answer(PIECES),
      },
    },
    ({ params, query }) => piecesOf(find(params), query.cells),
  );
}

function trackersOf(entry: RosterEntry, { usesDht, usesPex, usesLsd }: InEffect): Trackers {
  const status = entry.share?.status();
  const isOpen = entry.metainfo?.info.isPrivate !== true;
  const { preferences } = entry.stored;
  return {
    trackers: status?.trackers ?? [],
    webSeeds: webSeedsOf(entry),
    dht: status?.dht ?? null,
    ways: {
      dht: isOpen && usesDht && preferences.usesDht !== false,
      pex: isOpen && usesPex,
      lsd: isOpen && usesLsd && preferences.usesLsd !== false,
    },
  };
}

function addTorrent(server: Server, { roster }: ApiOptions): void {
  const schema = {
    summary: 'Reads the torrent file of a share.',
    params: ID,
    produces: ['application/x-bittorrent'],
    response: { 200: TORRENT_FILE, '4xx': ERROR },
  };
  server.get('/api/v1/shares/:id/torrent', { schema }, ({ params }, reply) => {
    const entry = findEntry(roster, params.id);
    const bytes = roster.peer.state.torrents.read(entry.stored.key);
    if (bytes === undefined)
      throw new ShoalError('not-found', `"${entry.name}": the metadata is not known yet`);
    return reply
      .type('application/x-bittorrent')
      .header('content-disposition', savedAs(`${entry.name}.torrent`))
      .send(Buffer.from(bytes));
  });
}

/** @param prefix before the addresses for players */
function filesOf(entry: RosterEntry, prefix: string): FileSummary[] {
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
function piecesOf(entry: RosterEntry, most: number): Pieces {
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
function webSeedsOf({ share, metainfo }: RosterEntry): WebSeedSummary[] {
  const told = new Map((share?.status().webSeeds ?? []).map((seed) => [seed.url, seed]));
  return (metainfo?.webSeeds ?? []).map((url) => told.get(url) ?? { url, state: 'waiting' });
}
