/**
 * Files that a page sends to be shared: a browser tells no paths, so their bytes come here, into a folder of their own
 * beside what is fetched; when all are here it gets its name and is shared in place. What is not finished is removed.
 */
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, readdir, realpath, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import type { Server } from '../../../http/mount.ts';
import { DONE, ERROR } from '../../../http/schemas.ts';
import { makeFolder } from '../../../ground/node/make-folder.ts';
import { withTimeLimit } from '../../../ground/node/time-limit.ts';
import { safeName } from '../../../data/storage/safe-path.ts';
import type { ApiOptions } from './options.ts';
import { UPLOAD, UPLOAD_FILE_PARAMS, UPLOAD_ID, UPLOAD_PARAMS } from './schemas/daemon.ts';
import { SHARE } from './schemas/share.ts';
import { summaryOf } from './summary.ts';

const PREFIX = '.shoal-upload-';
const MAX_UPLOADS = 20;
const MAX_FILES = 100_000;
/** For what an earlier life left behind. */
const LEFTOVERS_MS = 5000;
/** Somebody who went away. */
const IDLE_MS = 3600 * 1000;

interface Upload {
  readonly folder: string;
  readonly name: string;
  readonly paths: Set<string>;
  writing: number;
  usedAt: number;
}

export function addUploads(server: Server, { roster }: ApiOptions): void {
  const uploads = new Map<string, Upload>();
  const drop = async (id: string): Promise<void> => {
    const upload = uploads.get(id);
    uploads.delete(id);
    if (upload !== undefined) await rm(upload.folder, { recursive: true, force: true });
  };
  const sweeper = setInterval(() => {
    for (const [id, { usedAt, writing }] of uploads)
      if (writing === 0 && Date.now() - usedAt > IDLE_MS) void drop(id);
  }, IDLE_MS / 10).unref();
  server.addHook('onReady', async () => {
    // On a disk that does not answer they stay: that must not keep the interfaces from being there.
    const { downloadDir } = roster;
    await withTimeLimit(downloadDir, removeLeftovers(downloadDir), { ms: LEFTOVERS_MS }).catch(() => {});
  });
  server.addHook('onClose', async () => {
    clearInterval(sweeper);
    for (const id of [...uploads.keys()]) await drop(id);
  });
  const find = (id: string): Upload => {
    const upload = uploads.get(id);
    if (upload === undefined) throw new ShoalError('not-found', 'this upload is over: begin again');
    upload.usedAt = Date.now();
    return upload;
  };

  server.post(
    '/api/v1/uploads',
    {
      schema: {
        summary: 'Begins an upload of files to share.',
        body: UPLOAD,
        response: { 201: UPLOAD_ID, '4xx': ERROR },
      },
    },
    async ({ body }, reply) => {
      if (uploads.size >= MAX_UPLOADS)
        throw new ShoalError('unsupported', `${MAX_UPLOADS} uploads are under way already`);
      const id = randomBytes(12).toString('hex');
      const folder = join(roster.downloadDir, `${PREFIX}${id}`);
      await attempt(`cannot write to ${roster.downloadDir}`, () => makeFolder(folder));
      uploads.set(id, {
        folder,
        name: safeName(body.name),
        paths: new Set(),
        writing: 0,
        usedAt: Date.now(),
      });
      return reply.code(201).send({ upload: id });
    },
  );

  addReceiving(server, find);

  server.post(
    '/api/v1/uploads/:upload/share',
    {
      schema: {
        summary: 'Ends an upload and shares its files.',
        params: UPLOAD_PARAMS,
        response: { 201: SHARE, '4xx': ERROR },
      },
    },
    async ({ params }, reply) => {
      const upload = find(params.upload);
      if (upload.paths.size === 0 || upload.writing > 0)
        throw new ShoalError('bad-argument', 'its files are not here yet');
      uploads.delete(params.upload);
      const path = await settle(upload, roster.downloadDir);
      const { entry, isNew } = await roster.addPath(path, { preferences: { isCopy: true } });
      // The same is shared already, from another place.
      if (!isNew && entry.stored.folder !== (await realpath(path)))
        await rm(path, { recursive: true, force: true });
      return reply.code(201).send(summaryOf(entry));
    },
  );

  server.delete(
    '/api/v1/uploads/:upload',
    { schema: { summary: 'Removes an upload.', params: UPLOAD_PARAMS, response: { 204: DONE } } },
    async ({ params }, reply) => {
      await drop(params.upload);
      return reply.code(204).send();
    },
  );
}

function addReceiving(server: Server, find: (id: string) => Upload): void {
  server.register(async (room: Server) => {
    room.removeAllContentTypeParsers();
    // The body goes to the disk as it comes, whatever its type.
    room.addContentTypeParser('*', (_, payload, done) => done(null, payload));
    room.put(
      '/api/v1/uploads/:upload/files/*',
      {
        bodyLimit: Number.MAX_SAFE_INTEGER,
        schema: {
          summary: 'Sends one file of an upload. The body is the file, the rest of the address its path.',
          params: UPLOAD_FILE_PARAMS,
          response: { 204: DONE, '4xx': ERROR },
        },
      },
      async ({ params, body, raw }, reply) => {
        const upload = find(params.upload);
        const parts = partsOf(params['*']);
        const key = parts.join('/').normalize('NFC').toLowerCase();
        if (upload.paths.has(key))
          throw new ShoalError('name-conflict', `${parts.join('/')} was sent before`);
        if (upload.paths.size >= MAX_FILES)
          throw new ShoalError('bad-argument', `more than ${MAX_FILES} files`);
        upload.paths.add(key);
        upload.writing++;
        try {
          await attempt(`cannot write ${parts.join('/')}`, async () => {
            await makeFolder(join(upload.folder, ...parts.slice(0, -1)));
            const target = createWriteStream(join(upload.folder, ...parts), { flags: 'wx', flush: true });
            await pipeline((body as Readable | undefined) ?? raw, target);
          });
        } catch (error) {
          upload.paths.delete(key);
          await rm(join(upload.folder, ...parts), { force: true });
          throw error;
        } finally {
          upload.writing--;
          upload.usedAt = Date.now();
        }
        return reply.code(204).send();
      },
    );
  });
}

/** A file alone is shared as a file; else the folder is. Nothing that exists is overwritten. */
async function settle({ folder, name, paths }: Upload, downloadDir: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  const only =
    entries.length === 1 && paths.size === 1 && entries[0]!.isFile() ? entries[0]!.name : undefined;
  const target = await freeName(downloadDir, only ?? name);
  await attempt(`cannot write ${target}`, async () => {
    await rename(only === undefined ? folder : join(folder, only), target);
    if (only !== undefined) await rm(folder, { recursive: true, force: true });
  });
  return target;
}

async function freeName(folder: string, name: string): Promise<string> {
  const dot = name.lastIndexOf('.');
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  for (let count = 1; ; count++) {
    const path = join(folder, count === 1 ? name : `${stem} (${count})${ending}`);
    const isTaken = await access(path).then(
      () => true,
      () => false,
    );
    if (!isTaken) return path;
  }
}

/** @throws ShoalError unsafe-path */
function partsOf(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.length === 0 || parts.length > 64 || parts.some((part) => part === '.' || part === '..'))
    throw new ShoalError('unsafe-path', `"${path}" is no path of a file`);
  return parts.map(safeName);
}

async function removeLeftovers(downloadDir: string): Promise<void> {
  const names = await readdir(downloadDir).catch(() => []);
  for (const name of names)
    if (name.startsWith(PREFIX)) await rm(join(downloadDir, name), { recursive: true, force: true });
}

async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fromSystemError(what, error);
  }
}
