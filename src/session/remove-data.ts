/** Removes what was fetched of a share: its files, what is not whole of them, and folders that are empty then. */
import { rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Metainfo } from '../content/metainfo.ts';
import { fromSystemError } from '../ground/errors.ts';
import type { FileIndex } from '../ground/units.ts';
import type { FileName } from '../storage/records.ts';
import { planPaths } from '../storage/safe-path.ts';

/**
 * Only files that the share names, below its own folder; nothing that a person put beside them.
 * @param names of files that lie elsewhere than planned
 * @throws ShoalError no-permission, …
 */
export async function removeData(
  metainfo: Metainfo,
  folder: string,
  names: ReadonlyMap<FileIndex, FileName>,
): Promise<void> {
  const planned = planPaths(metainfo.info);
  if (!planned.ok) return;
  const folders = new Set<string>();
  for (const [file, plan] of planned.value.paths.entries()) {
    const parts = names.get(file)?.path ?? plan;
    if (parts === undefined) continue;
    const path = join(folder, ...parts);
    for (const one of [path, `${path}.part`])
      await rm(one, { force: true }).catch((error: unknown) => {
        throw fromSystemError(`cannot remove ${one}`, error);
      });
    for (let depth = parts.length - 1; depth > 0; depth--)
      folders.add(join(folder, ...parts.slice(0, depth)));
  }
  // The deepest first; those that hold anything else stay.
  const deepest = [...folders].sort((a, b) => b.length - a.length);
  for (const path of deepest) if (dirname(path) !== path) await rmdir(path).catch(() => {});
}
