/** Checks before the first block of a fetched share is asked for: may we write, and is there room? */
import { dirname } from 'node:path';
import type { Bitfield } from '../../../ground/bitfield.ts';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import { piecesOf } from '../selection.ts';
import type { ShareFiles } from './share-files.ts';

/**
 * Checked now, not with the first block: the folder of each missing file, or the nearest that exists.
 * @throws ShoalError no-permission, …
 */
export async function requireWritable(files: ShareFiles, present: Bitfield): Promise<void> {
  const { disk, geometry } = files;
  const missing = [...geometry.files.keys()].find((file) => {
    const [first, last] = geometry.filePieces(file) ?? [0, -1];
    if (!files.isWanted(file) || files.isFinished(file)) return false;
    for (let piece = first; piece <= last; piece++) if (!present.has(piece)) return true;
    return false;
  });
  const path = missing === undefined ? undefined : files.finalPath(missing);
  if (path === undefined) return;
  let folder = dirname(path);
  while ((await disk.stat(folder)) === undefined && dirname(folder) !== folder) folder = dirname(folder);
  await disk.requireWritable(folder).catch((error: unknown) => {
    throw fromSystemError(`cannot write to ${folder}`, error);
  });
}

/**
 * Checked now, not in the middle. Parts are sparse, so an existing part may still need space.
 * @throws ShoalError no-space
 */
export async function requireSpace(files: ShareFiles, present: Bitfield, outputDir: string): Promise<void> {
  const { geometry } = files;
  const pieces = piecesOf(geometry, files.wanted);
  let missing = 0;
  for (let piece = 0; piece < geometry.pieceCount; piece++)
    if (pieces.has(piece) && !present.has(piece)) missing += geometry.pieceLength(piece);
  const free = await files.disk.freeSpace(outputDir);
  if (missing <= free) return;
  const [has, needs] = [Math.floor(free / 2 ** 20), Math.ceil(missing / 2 ** 20)];
  throw new ShoalError('no-space', `${outputDir} has ${has} MiB free, ${needs} MiB are needed`, undefined, {
    folder: outputDir,
    freeBytes: free,
    neededBytes: missing,
  });
}
