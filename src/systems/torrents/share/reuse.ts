/** Copies what a new version of a share has in common with the one on disk, so that only the rest is fetched. */
import { constants } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { read, write } from 'node:fs';
import { promisify } from 'node:util';
import type { Metainfo } from '../../../data/content/metainfo.ts';
import { planReuse } from '../../../data/content/reuse.ts';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import type { AcquiredSlices, ShareFiles } from '../../../data/storage/node/share-files.ts';

const readAt = promisify(read);
const writeAt = promisify(write);

export interface Version {
  readonly metainfo: Metainfo;
  readonly files: ShareFiles;
}

/**
 * Whether the copies are right is not decided here: the new share hashes what it finds before it fetches the rest.
 * @returns bytes that were copied
 * @throws ShoalError no-space and other failures to write; an old file that cannot be read is passed over
 */
export async function reuseData(
  before: Version,
  now: Version,
  signal: AbortSignal | undefined,
): Promise<number> {
  const plan = planReuse(before.metainfo, now.metainfo);
  let bytes = 0;
  for (const { from, to } of plan.files) {
    if (signal?.aborted === true) return bytes;
    bytes += await copyWhole(before.files, from, now.files, to);
  }
  for (const { from, to } of plan.pieces) {
    if (signal?.aborted === true) return bytes;
    bytes += await copyPiece(before.files, from, now.files, to);
  }
  return bytes;
}

/** As a reflink where the file system has them: then it costs no space. */
async function copyWhole(before: ShareFiles, from: number, now: ShareFiles, to: number): Promise<number> {
  const source = before.currentPath(from);
  const target = now.currentPath(to);
  const entry = now.geometry.files[to]!;
  const range = now.geometry.filePieces(to);
  if (source === undefined || target === undefined || range === undefined || entry.lengthBytes === 0)
    return 0;
  // Makes the folder, in its safe way, and the file.
  await now.prepare(to);
  now.handles.forget(target);
  try {
    await copyFile(source, target, constants.COPYFILE_FICLONE);
    return entry.lengthBytes;
  } catch (error) {
    throwIfFull(error, target);
    return 0;
  }
}

async function copyPiece(before: ShareFiles, from: number, now: ShareFiles, to: number): Promise<number> {
  const length = now.geometry.pieceLength(to);
  const buffer = new Uint8Array(length);
  let source: AcquiredSlices | undefined;
  try {
    source = await before.acquire(from, 0, Math.min(length, before.geometry.pieceLength(from)), 'read');
    let at = 0;
    for (const slice of source.slices) {
      if (slice.fd >= 0) await readAt(slice.fd, buffer, at, slice.length, slice.fileOffset);
      at += slice.length;
    }
  } catch {
    return 0;
  } finally {
    source?.release();
  }
  const target = await now.acquire(to, 0, length, 'write');
  try {
    let at = 0;
    for (const slice of target.slices) {
      if (slice.fd >= 0) await writeAt(slice.fd, buffer, at, slice.length, slice.fileOffset);
      at += slice.length;
    }
    return length;
  } catch (error) {
    throw fromSystemError(`cannot copy piece ${to}`, error);
  } finally {
    target.release();
  }
}

function throwIfFull(error: unknown, path: string): void {
  const wrapped = fromSystemError(`cannot copy to ${path}`, error);
  if (wrapped instanceof ShoalError && wrapped.code === 'no-space') throw wrapped;
}
