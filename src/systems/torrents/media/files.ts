/**
 * The files of shares over HTTP, also while they load: `GET /files/SHARE/FILE/NAME`, with ranges, for players and for
 * the page. `GET /files/SHARE/playlist.m3u` lists the files that can be played. Requested data is fetched before all
 * other data.
 */
import { Readable } from 'node:stream';
import { create as createDisposition } from 'content-disposition';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FileEntry } from '../../../data/content/metainfo.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { Shape } from '../../../host/schema.ts';
import type { RosterEntry } from '../roster/entry.ts';
import type { Roster } from '../roster/roster.ts';
import type { Access } from '../../../http/access.ts';
import type { Server } from '../../../http/mount.ts';
import { ERROR } from '../../../http/schemas.ts';
import type { ApiOptions } from '../api/options.ts';
import { ID } from '../api/schemas/share.ts';
import { parseRange } from './range.ts';
import { FILE_BYTES, FILE_PARAMS, FILE_QUERY, FILE_RANGE, NAMED_FILE_PARAMS, PLAYLIST } from './schemas.ts';
import { MAX_SUBTITLE_BYTES, toWebVtt } from './subtitles.ts';
import { mediaTypeOf, SANDBOX } from './types.ts';

type FileRequest = FastifyRequest<{
  Params: Shape<typeof FILE_PARAMS>;
  Querystring: Shape<typeof FILE_QUERY>;
}>;

/** Two chunks are read ahead of a slow client; the rest waits in the share. */
const CHUNKS_AHEAD = 2;

/** The address of a file, relative to the server. */
export function urlOf(id: number, file: number, path: readonly string[]): string {
  return `/files/${id}/${file}/${encodeURIComponent(path.at(-1) ?? '')}`;
}

/** @throws ShoalError not-found */
export function findFile(entry: RosterEntry, file: number): FileEntry {
  const fileEntry = entry.metainfo?.info.files[file];
  if (fileEntry === undefined || fileEntry.isPad) {
    const why =
      entry.metainfo === undefined ? 'the metadata is not known yet' : `the share has no file ${file}`;
    throw new ShoalError('not-found', `"${entry.name}": ${why}`);
  }
  return fileEntry;
}

export function addFiles(server: Server, { roster }: ApiOptions, access: Access): void {
  const find = (id: number): RosterEntry => {
    const entry = roster.find(id);
    if (entry === undefined) throw new ShoalError('not-found', `there is no share ${id}`);
    return entry;
  };

  const serve = async (request: FileRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { id, file } = request.params;
    const entry = find(id);
    const fileEntry = findFile(entry, file);
    if (request.query.as === 'vtt') return serveSubtitles(roster, entry, file, fileEntry, reply);
    return serveFile(roster, entry, file, request, reply);
  };
  const schema = {
    summary: 'Reads a file of a share, also while it loads; takes ranges.',
    querystring: FILE_QUERY,
    produces: ['application/octet-stream'],
    response: { 200: FILE_BYTES, 206: FILE_RANGE, '4xx': ERROR },
  };
  server.get('/files/:id/:file', { schema: { ...schema, params: FILE_PARAMS } }, (request, reply) =>
    serve(request, reply),
  );
  server.get(
    '/files/:id/:file/:name',
    { schema: { ...schema, params: NAMED_FILE_PARAMS } },
    (request, reply) => serve(request, reply),
  );

  server.get(
    '/files/:id/playlist.m3u',
    {
      schema: {
        summary: 'Reads a playlist of all that can be played in a share.',
        params: ID,
        produces: ['audio/x-mpegurl'],
        response: { 200: PLAYLIST, '4xx': ERROR },
      },
    },
    async (request, reply) => {
      const { params, host, protocol } = request;
      const entry = find(params.id);
      const prefix = await access.prefixFor(request, 'share', entry.stored.id);
      return reply
        .type('audio/x-mpegurl; charset=utf-8')
        .header('content-disposition', savedAs('playlist.m3u'))
        .send(playlistOf(entry, `${protocol}://${host}${prefix}`));
    },
  );
}

/** The files that can be played, ordered by name. */
function playlistOf(entry: RosterEntry, origin: string): string {
  const entries = [...(entry.metainfo?.info.files ?? []).entries()].filter(([, { isPad, path }]) => {
    const kind = mediaTypeOf(path.at(-1) ?? '')?.kind;
    return !isPad && (kind === 'video' || kind === 'audio');
  });
  const order = new Intl.Collator(undefined, { numeric: true });
  entries.sort(([, a], [, b]) => order.compare(a.path.join('/'), b.path.join('/')));
  const lines = entries.map(([file, { path }]) => {
    const title = path.join(' / ').replace(/[\r\n]/g, ' ');
    return `#EXTINF:-1,${title}\n${origin}${urlOf(entry.stored.id, file, path)}\n`;
  });
  return `#EXTM3U\n${lines.join('')}`;
}

/** Aborts when the client disconnects. */
function untilGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.on('close', () => gone.abort());
  return gone.signal;
}

export async function serveFile(
  roster: Roster,
  entry: RosterEntry,
  file: number,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { path, lengthBytes: size } = findFile(entry, file);
  const name = path.at(-1) ?? entry.name;
  const media = mediaTypeOf(name);
  // The info hash determines the bytes, so they never change.
  const etag = `"${entry.stored.key}-${file}"`;
  reply.headers({
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    etag,
    'content-security-policy': SANDBOX,
    'content-type': media === undefined ? 'application/octet-stream' : withCharset(media.type),
    'content-disposition': media === undefined ? savedAs(name) : shownAs(name),
  });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  const condition = request.headers['if-range'];
  const wanted =
    condition === undefined || condition === etag ? parseRange(request.headers.range, size) : undefined;
  if (wanted === 'unsatisfiable')
    return reply.code(416).header('content-range', `bytes */${size}`).type('text/plain').send('');
  const { start, end } = wanted ?? { start: 0, end: size };
  reply.header('content-length', end - start);
  if (wanted !== undefined) reply.code(206).header('content-range', `bytes ${start}-${end - 1}/${size}`);
  if (request.method === 'HEAD' || size === 0) return reply.send(Readable.from([]));
  const signal = untilGone(reply);
  const share = await roster.open(entry, file, signal);
  const stream = Readable.from(share.read(file, start, end, signal), { highWaterMark: CHUNKS_AHEAD });
  return reply.send(stream);
}

async function serveSubtitles(
  roster: Roster,
  entry: RosterEntry,
  file: number,
  { path, lengthBytes }: FileEntry,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (mediaTypeOf(path.at(-1) ?? '')?.kind !== 'subtitles' || lengthBytes > MAX_SUBTITLE_BYTES)
    throw new ShoalError('bad-argument', `${path.join('/')} holds no subtitles that can be shown`);
  const signal = untilGone(reply);
  const share = await roster.open(entry, file, signal);
  const chunks = await Array.fromAsync(share.read(file, 0, lengthBytes, signal));
  return reply
    .headers({ 'content-security-policy': SANDBOX, 'cache-control': 'private, no-cache' })
    .type('text/vtt; charset=utf-8')
    .send(toWebVtt(Buffer.concat(chunks)));
}

const withCharset = (type: string): string => (type.startsWith('text/') ? `${type}; charset=utf-8` : type);

/** RFC 6266: the name itself, and in ASCII for older programs. */
export const savedAs = (name: string): string => createDisposition(name, { type: 'attachment' });
const shownAs = (name: string): string => createDisposition(name, { type: 'inline' });
