/**
 * Where a fetched share lies: the paths of its files, of its journal and of its side file, and moves that were cut short.
 *
 * The paths of a share are found once (`find-paths.ts`); those that are not the planned ones are noted in its record, so
 * that every later start, move and removal means the same files.
 */
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import type { Geometry } from '../../content/geometry.ts';
import type { Metainfo } from '../../content/metainfo.ts';
import type { FileHandles } from '../../disk/file-handles.ts';
import type { Disk } from '../../../ground/node/disk.ts';
import type { FileIndex } from '../../../ground/units.ts';
import type { ShareRecords } from '../records.ts';
import { PART_ENDING, planPaths } from '../safe-path.ts';
import { findPaths, requirePlan } from './find-paths.ts';
import { type MovePlan, moveFiles } from './mover.ts';
import { ShareFiles } from './share-files.ts';

/** The part of a peer's storage that says where things lie. */
interface Places {
  readonly handles: FileHandles;
  readonly records: ShareRecords;
  readonly journalsFolder: string;
  readonly edgesFolder: string;
}

interface Fetched {
  readonly context: Places;
  readonly metainfo: Metainfo;
  readonly key: string;
  readonly folder: string;
  readonly wanted: ReadonlySet<FileIndex>;
}

interface Placed {
  readonly context: Pick<Places, 'records'>;
  readonly metainfo: Metainfo;
  readonly key: string;
  readonly folder: string;
  readonly place: { readonly path: string; readonly diskPaths: readonly (string | undefined)[] };
}

/** @throws ShoalError unsafe-path */
export async function planFetched(
  { context, metainfo, key, folder, wanted }: Fetched,
  geometry: Geometry,
  given: string,
): Promise<ShareFiles> {
  const { handles, records } = context;
  const outputDir = resolve(given);
  const edgesPath = edgesPathOf(context, key, folder);
  const planned = requirePlan(metainfo.info);
  const names = records.names(key, folder);
  const isKnown = records.get(key, folder) !== undefined;
  const known = (file: FileIndex): readonly string[] | undefined =>
    names.get(file)?.path ?? (isKnown ? planned[file] : undefined);
  const paths = await findPaths(handles.disk, metainfo.info, { folder: outputDir, known, isFetched: true });
  const found = new Map<FileIndex, readonly string[]>();
  for (const [file, path] of paths.entries()) {
    const before = names.get(file)?.path ?? planned[file];
    if (path !== undefined && path.join('/') !== before?.join('/')) found.set(file, path);
  }
  if (found.size > 0) records.setNames(key, folder, found);
  return ShareFiles.fetched(geometry, { outputDir, paths, wanted, edgesPath }, handles);
}

/** Notes the names of the files of a share in place, so that they can be listed while it does not run. */
export function notePlaced(options: Placed): void {
  const { context, metainfo, key, folder, place } = options;
  const planned = planPaths(metainfo.info);
  if (!planned.ok) return;
  const above = dirname(place.path);
  const rootName = basename(place.path);
  const names = context.records.names(key, folder);
  const found = new Map<FileIndex, readonly string[]>();
  for (const [file, diskPath] of place.diskPaths.entries()) {
    const plan = planned.value.paths[file];
    if (diskPath === undefined || plan === undefined) continue;
    const path = relative(above, diskPath).split(sep);
    const before = names.get(file)?.path ?? [rootName, ...plan.slice(1)];
    if (path.join('/') !== before.join('/')) found.set(file, path);
  }
  if (found.size > 0) context.records.setNames(key, folder, found);
}

export function journalPathOf(context: Pick<Places, 'journalsFolder'>, key: string, folder: string): string {
  return join(context.journalsFolder, `${key}-${hashPath(folder)}`);
}

export function edgesPathOf(context: Pick<Places, 'edgesFolder'>, key: string, folder: string): string {
  return join(context.edgesFolder, `${key}-${hashPath(folder)}`);
}

/** Carries on a move and renames of files that a crash cut short. Returns where the share lies now. */
export async function finishMove(
  context: Places,
  { info }: Metainfo,
  key: string,
  folder: string,
): Promise<string> {
  const { records, handles } = context;
  const { disk } = handles;
  const move = records.findMove(key, folder);
  const names = records.names(key, move?.from ?? folder);
  for (const [file, { path, previous }] of names) {
    if (previous === undefined) continue;
    for (const ending of ['', PART_ENDING]) {
      const [from, to] = [join(folder, ...previous) + ending, join(folder, ...path) + ending];
      if ((await disk.lstat(from)) === undefined || (await disk.lstat(to)) !== undefined) continue;
      await disk.makeFolder(dirname(to));
      await disk.rename(from, to);
    }
    records.setName(key, move?.from ?? folder, file, { path, previous: undefined });
  }
  if (move === undefined) return folder;
  const paths = requirePlan(info).map((path, file) => names.get(file)?.path ?? path);
  await moveFiles(disk, movePlan(paths, move.from, move.to));
  await moveEdges(disk, edgesPathOf(context, key, move.from), edgesPathOf(context, key, move.to));
  records.finishMove(key, move);
  return move.to;
}

export function movePlan(
  paths: readonly (readonly string[] | undefined)[],
  from: string,
  to: string,
): MovePlan {
  return { from, to, paths: paths.filter((path) => path !== undefined) };
}

export async function moveEdges(disk: Disk, from: string, to: string): Promise<void> {
  if ((await disk.lstat(from)) !== undefined) await disk.rename(from, to);
}

/** Tells folders apart in file names. */
function hashPath(path: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < path.length; i++) hash = Math.imul(hash ^ path.charCodeAt(i), 0x01000193) >>> 0;
  return hash.toString(16);
}
