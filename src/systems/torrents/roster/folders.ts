/**
 * Folders that a person names for fetched files. They are made and tried at once: an unusable name is refused where it was
 * typed, rather than days later by a share that fails.
 */
import { access, constants } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import { makeFolder } from '../../../ground/node/make-folder.ts';
import { withTimeLimit } from '../../../ground/node/time-limit.ts';
import type { Settings } from '../settings.ts';

/** A local disk answers sooner, also when it has to spin up. */
const FOLDER_MS = 15_000;

/**
 * Makes a folder.
 * @returns why nothing can be written to it, if that is so
 * @throws ShoalError when there is no such folder, or its disk does not answer
 */
export async function prepareFolder(folder: string, signal?: AbortSignal): Promise<ShoalError | undefined> {
  const limit = { ms: FOLDER_MS, signal };
  await withTimeLimit(folder, makeFolder(folder), limit).catch((error: unknown) => {
    throw fromSystemError(`cannot make the folder ${folder}`, error);
  });
  const writable = access(folder, constants.W_OK | constants.X_OK);
  return withTimeLimit(folder, writable, limit).then(
    () => undefined,
    (error: unknown) => fromSystemError(`cannot write to ${folder}`, error),
  );
}

/** Makes and tries a folder. @throws ShoalError no-permission, not-found, io-error when it cannot be used */
export async function requireFolder(folder: string): Promise<void> {
  const refusal = await prepareFolder(resolve(folder));
  if (refusal !== undefined) throw refusal;
}

type FolderSetting = 'downloadDir' | 'incompleteDir' | 'doneDir' | 'watchDir' | 'labels';
type FolderSettings = { readonly [Name in FolderSetting]?: Settings[Name] | undefined };

/**
 * Makes and tries the folders that a change of settings names and that were not set before.
 * @throws ShoalError bad-argument when one is no full path; no-permission, not-found, io-error when it cannot be used
 */
export async function requireFolders(change: FolderSettings, before: Settings): Promise<void> {
  requireFullPaths(change, before);
  for (const folder of newFolders(change, before)) await requireFolder(folder);
}

/** Relative to what? The daemon may have been started anywhere. @throws ShoalError bad-argument */
export function requireFullPaths(change: FolderSettings, before: Settings): void {
  for (const folder of newFolders(change, before))
    if (!isAbsolute(folder))
      throw new ShoalError('bad-argument', `"${folder}" is no full path of a folder: it begins with /`);
}

function newFolders(change: FolderSettings, before: Settings): string[] {
  const { downloadDir, incompleteDir, doneDir, watchDir, labels = {} } = change;
  const named = [
    downloadDir,
    incompleteDir,
    doneDir,
    watchDir,
    ...Object.values(labels).map(({ folder }) => folder),
  ];
  const known = new Set([
    before.downloadDir,
    before.incompleteDir,
    before.doneDir,
    before.watchDir,
    ...Object.values(before.labels).map(({ folder }) => folder),
  ]);
  return [...new Set(named)].flatMap((folder) =>
    typeof folder === 'string' && !known.has(folder) ? [folder] : [],
  );
}
