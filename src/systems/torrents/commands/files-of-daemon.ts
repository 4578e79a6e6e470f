/**
 * Where the files of a daemon's share lie on this disk. The daemon names a share as a person called it and its files as the
 * torrent does; on the disk they may have safe names, and somebody may have removed them since the daemon looked.
 */
import { realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { FileSummary, ShareSummary } from '../api/types.ts';
import { decodeMetainfo } from '../../../data/content/metainfo.ts';
import { nodeDisk } from '../../../ground/node/disk.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { locate } from '../../../data/storage/node/find-paths.ts';
import type { Connected } from './drive.ts';

export interface OnDisk {
  readonly path: string;
  /** Each wanted file is there with its full length; what is in it is not read. */
  readonly isThere: boolean;
}

/** @throws ShoalError as the daemon reports it */
export async function findOnDisk({ ask, read }: Connected, share: ShareSummary): Promise<OnDisk> {
  const path = `/api/v1/shares/${share.id}`;
  const metainfo = decodeMetainfo(await read(`${path}/torrent`), nodeHasher);
  const located = metainfo.ok
    ? await locate(nodeDisk, metainfo.value.info, share.folder).catch(() => undefined)
    : undefined;
  if (located === undefined) return { path: join(share.folder, share.name), isThere: false };
  const { files } = (await ask('GET', `${path}/files`)) as { files: readonly FileSummary[] };
  for (const { index, size, isWanted } of files)
    if (isWanted && (await lengthOf(located.diskPaths[index])) !== size)
      return { path: located.path, isThere: false };
  return { path: located.path, isThere: true };
}

async function lengthOf(path: string | undefined): Promise<number | undefined> {
  return path === undefined ? undefined : (await nodeDisk.stat(path).catch(() => undefined))?.size;
}

/** Also where one of them is named by a link to it. */
export async function isSameFolder(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => realpath(path).catch(() => resolve(path))));
  return a === b;
}
