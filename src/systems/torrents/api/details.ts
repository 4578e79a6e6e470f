/** What can be asked about one share: its files, peers, trackers, pieces, rates over time, and what happened. */
import type { FastifyInstance, FastifySchema } from 'fastify';
import { ShoalError } from '../../../ground/errors.ts';
import { SAMPLE_SECONDS } from '../roster/history.ts';
import type { Held } from '../roster/held.ts';
import { mediaTypeOf } from '../media/types.ts';
import { encodeName, urlOf } from '../media/files.ts';
import type { Access } from '../../../http/access.ts';
import type { ApiOptions } from './options.ts';
import { findHeld } from './shares.ts';
import { ERROR, FILES, ID, LOG, PEERS, PIECES, PIECES_QUERY, RATES, TRACKERS } from './schemas.ts';

type WithId = { Params: { id: number } };

export function addDetails(server: FastifyInstance, options: ApiOptions, access: Access): void {
  const { session } = options;
  const detail = (name: string, summary: string, response: object, tell: (held: Held) => object): void => {
    const schema: FastifySchema = { summary, params: ID, response: { 200: response, '4xx': ERROR } };
    server.get<WithId>(`/api/v1/shares/:id/${name}`, { schema }, ({ params }) =>
      tell(findHeld(session, params.id)),
    );
  };
  server.get<WithId>(
    '/api/v1/shares/:id/files',
    { schema: { summary: 'its files', params: ID, response: { 200: FILES, '4xx': ERROR } } },
    async (request) => {
      const held = findHeld(session, request.params.id);
      const prefix = await access.prefixFor(request, { kind: 'share', share: held.entry.id });
      return { files: filesOf(held, prefix) };
    },
  );
  detail('peers', 'who is connected', PEERS, (held) => ({ peers: held.share?.peers() ?? [] }));
  detail('trackers', 'who tells it of peers, and the web servers that have it', TRACKERS, (held) => {
    const status = held.share?.status();
    const { usesDht, usesPex, usesLsd } = session.inEffect;
    const isOpen = held.metainfo?.info.isPrivate !== true;
    const ways = { dht: isOpen && usesDht, pex: isOpen && usesPex, lsd: isOpen && usesLsd };
    return {
      trackers: status?.trackers ?? [],
      webSeeds: webSeedsOf(held),
      dht: status?.dht ?? null,
      ways,
    };
  });
  detail('rates', 'rates of the last ten minutes', RATES, (held) => ({
    secondsEach: SAMPLE_SECONDS,
    ...held.rates.read(),
  }));
  detail('log', 'what happened of late', LOG, (held) => ({
    lines: held.log.lines.map(({ at, text }) => ({ at: at.toISOString(), text })),
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
    ({ params, query }) => piecesOf(findHeld(session, params.id), query.cells),
  );
}

function addTorrent(server: FastifyInstance, { session }: ApiOptions): void {
  const schema: FastifySchema = { summary: 'its torrent file', params: ID };
  server.get<WithId>('/api/v1/shares/:id/torrent', { schema }, ({ params }, reply) => {
    const held = findHeld(session, params.id);
    const bytes = session.peer.state.torrents.read(held.entry.key);
    if (bytes === undefined)
      throw new ShoalError('not-found', `"${held.name}": what is in it is not known yet`);
    return reply
      .type('application/x-bittorrent')
      .header('content-disposition', `attachment; filename*=UTF-8''${encodeName(`${held.name}.torrent`)}`)
      .send(Buffer.from(bytes));
  });
}

/** @param prefix before the addresses for players */
function filesOf(held: Held, prefix: string): object[] {
  const { unwanted, priorities } = held.entry.wishes;
  const skipped = new Set(unwanted);
  const done = held.fileProgress();
  return [...(held.metainfo?.info.files ?? []).entries()]
    .filter(([, { isPad }]) => !isPad)
    .map(([index, { path, lengthBytes }]) => ({
      index,
      path: path.join('/'),
      size: lengthBytes,
      done: done[index] ?? 0,
      isWanted: !skipped.has(index),
      priority: priorities[index] ?? 'normal',
      kind: mediaTypeOf(path.at(-1) ?? '')?.kind ?? 'other',
      url: urlOf(held.entry.id, index, path),
      playerUrl: prefix + urlOf(held.entry.id, index, path),
    }));
}

/** In so few cells that they can be drawn. */
function piecesOf(held: Held, most: number): object {
  const have = held.pieces();
  const pieceCount = have?.length ?? 0;
  const cells = Math.min(most, pieceCount);
  const availabilityOf = held.share?.availability;
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
  return { pieceCount, pieceLength: held.metainfo?.info.pieceLength ?? 0, have: parts, availability };
}

/** Those of the torrent; what they do while something is missing. */
function webSeedsOf({ share, metainfo }: Held): object[] {
  const told = new Map((share?.status().webSeeds ?? []).map((seed) => [seed.url, seed]));
  return (metainfo?.webSeeds ?? []).map((url) => told.get(url) ?? { url, state: 'waiting' });
}
