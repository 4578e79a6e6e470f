/**
 * Removes the fetched data of a share: its files, its partial files, and the folders that are empty then. A name is no
 * proof: a person may keep another file under it, which was there first or came later. A file is removed when the record
 * says that it holds data of the share.
 */
import type { Stats } from 'node:fs';
import { lstat, realpath, rm, rmdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Geometry } from '../../../data/content/geometry.ts';
import type { Metainfo } from '../../../data/content/metainfo.ts';
import { Bitfield } from '../../../ground/bitfield.ts';
import { fromSystemError } from '../../../ground/errors.ts';
import { nodeDisk } from '../../../ground/node/disk.ts';
import type { FileIndex } from '../../../ground/units.ts';
import { edgesPathOf, journalPathOf } from '../../../data/storage/node/fetched-paths.ts';
import { JournalFile } from '../../../data/storage/node/journal-file.ts';
import type { ShareRecord, ShareRecords } from '../../../data/storage/records.ts';
import { PART_ENDING, planPaths } from '../../../data/storage/safe-path.ts';
import type { RosterEntry } from './entry.ts';

interface RemoveOptions {
  readonly metainfo: Metainfo;
  readonly key: string;
  /** Of the record. */
  readonly recordFolder: string;
  /** That holds the share's own file or folder. */
  readonly folder: string;
  /** What that is called, when it is not as planned. */
  readonly rootName?: string | undefined;
  readonly state: {
    readonly shares: Pick<ShareRecords, 'get' | 'names'>;
    readonly journalsFolder: string;
    readonly edgesFolder: string;
  };
  /** Files of other shares. */
  readonly others: ReadonlySet<string>;
}

/**
 * Only files below the share's own folder, which it fetched or found to be its own.
 * @returns false when something that has a name of the share was left
 * @throws ShoalError no-permission, …
 */
export async function removeData(options: RemoveOptions): Promise<boolean> {
  const { metainfo, key, recordFolder, folder, state } = options;
  const planned = planPaths(metainfo.info);
  if (!planned.ok) return true;
  const record = state.shares.get(key, recordFolder);
  const names = state.shares.names(key, recordFolder);
  const journal =
    record === undefined
      ? undefined
      : await JournalFile.read(nodeDisk, journalPathOf(state, key, recordFolder), record.epoch);
  const data = new Evidence(new Geometry(metainfo.info), record, journal?.pieces ?? []);
  const inside = new Inside(folder);
  const folders = new Set<string>();
  let isAllGone = true;
  for (const [file, plan] of planned.value.paths.entries()) {
    if (plan === undefined) continue;
    const parts = names.get(file)?.path ?? [options.rootName ?? plan[0]!, ...plan.slice(1)];
    const path = join(folder, ...parts);
    for (const one of await data.filesAt(file, path)) {
      const isOurs = one.isOurs && !options.others.has(path) && (await inside.has(dirname(path)));
      if (isOurs) await remove(one.path);
      else isAllGone = false;
    }
    for (let depth = parts.length - 1; depth > 0; depth--)
      folders.add(join(folder, ...parts.slice(0, depth)));
  }
  // The deepest first; those that hold anything else stay.
  const deepest = [...folders].sort((a, b) => b.length - a.length);
  for (const path of deepest) if (dirname(path) !== path) await rmdir(path).catch(() => {});
  await rm(edgesPathOf(state, key, recordFolder), { force: true }).catch(() => {});
  await new JournalFile(nodeDisk, journalPathOf(state, key, recordFolder)).remove().catch(() => {});
  return isAllGone;
}

async function remove(path: string): Promise<void> {
  await rm(path, { force: true }).catch((error: unknown) => {
    throw fromSystemError(`cannot remove ${path}`, error);
  });
}

interface Found {
  readonly path: string;
  readonly isOurs: boolean;
}

/** What the record says of the files that are there. */
class Evidence {
  readonly #geometry: Geometry;
  readonly #record: ShareRecord | undefined;
  /** Saved, or noted before they were written. */
  readonly #pieces: Bitfield;

  constructor(geometry: Geometry, record: ShareRecord | undefined, noted: readonly number[]) {
    const { pieceCount } = geometry;
    this.#geometry = geometry;
    this.#record = record;
    this.#pieces =
      Bitfield.fromBytes(record?.have ?? new Uint8Array(0), pieceCount)?.clone() ?? new Bitfield(pieceCount);
    for (const piece of noted) if (piece < pieceCount) this.#pieces.add(piece);
  }

  /** The file under its final name, and the part. */
  async filesAt(file: FileIndex, path: string): Promise<Found[]> {
    const [final, part] = [await look(path), await look(path + PART_ENDING)];
    const { lengthBytes, symlinkTarget } = this.#geometry.files[file]!;
    const print = this.#record?.prints.get(file);
    const isAsLeft = (there: Stats): boolean =>
      there.size === print?.size && there.mtimeMs === print.modifiedMs;
    const { some, all } = this.#countPieces(file);
    const found: Found[] = [];
    if (final !== undefined && symlinkTarget !== undefined)
      found.push({ path, isOurs: this.#record !== undefined && final.isSymbolicLink() });
    else if (final !== undefined) {
      // While there is a part, its pieces are in that; and whoever sets a file's time leaves its bytes.
      const isWhole = all && part === undefined && final.size === lengthBytes;
      const isOurs = final.isFile() && (isWhole || (some && isAsLeft(final)));
      found.push({ path, isOurs });
    }
    if (part !== undefined)
      found.push({ path: path + PART_ENDING, isOurs: part.isFile() && (some || isAsLeft(part)) });
    return found;
  }

  #countPieces(file: FileIndex): { readonly some: boolean; readonly all: boolean } {
    if (this.#record === undefined) return { some: false, all: false };
    const [first, last] = this.#geometry.filePieces(file) ?? [0, -1];
    let count = 0;
    for (let piece = first; piece <= last; piece++) if (this.#pieces.has(piece)) count++;
    return { some: count > 0, all: count === last - first + 1 };
  }
}

function look(path: string): Promise<Stats | undefined> {
  return lstat(path).catch(() => undefined);
}

/** Where the data of a share lies, and which of its files belong to other shares as well. */
export async function describePlace(
  entry: RosterEntry,
  all: readonly RosterEntry[],
): Promise<Omit<RemoveOptions, 'metainfo' | 'state'>> {
  const { stored, downloadDir, rootName } = entry;
  const others = await pathsOfOthers(entry, all);
  return { key: stored.key, recordFolder: stored.folder, folder: downloadDir, rootName, others };
}

/**
 * The files that other shares have in the same folder: a season grows from torrent to torrent, with the same files in
 * them.
 */
async function pathsOfOthers(entry: RosterEntry, all: readonly RosterEntry[]): Promise<ReadonlySet<string>> {
  const paths = new Set<string>();
  const ours = entry.downloadDir + sep;
  for (const other of all) {
    const theirs = other.downloadDir + sep;
    if (other === entry || !(ours.startsWith(theirs) || theirs.startsWith(ours))) continue;
    for (const path of other.paths()) if (path !== undefined) paths.add(join(other.downloadDir, ...path));
    // Each reads a torrent file.
    await setImmediate();
  }
  return paths;
}

/** Nothing is removed behind a link that leads out of the folder: nothing was written there either. */
class Inside {
  readonly #root: string;
  readonly #known = new Map<string, Promise<boolean>>();

  constructor(root: string) {
    this.#root = root;
  }

  has(folder: string): Promise<boolean> {
    let known = this.#known.get(folder);
    if (known === undefined) {
      known = this.#look(folder).catch(() => false);
      this.#known.set(folder, known);
    }
    return known;
  }

  async #look(folder: string): Promise<boolean> {
    const way = relative(await realpath(this.#root), await realpath(folder));
    return way !== '..' && !way.startsWith(`..${sep}`);
  }
}
