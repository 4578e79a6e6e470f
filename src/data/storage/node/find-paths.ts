/**
 * Where the files of a share lie, or will lie. A file that exists keeps its name on this disk: the torrent's own,
 * which other clients give it, or the safe one. Only new files get names that are safe on every system.
 *
 * Invariant: every path stays below the folder (names with `/`, `..` and the like never come here), and no two
 * files of a share have one path.
 */
import { basename, dirname, join, resolve, sep } from 'node:path';
import type { InfoDictionary } from '../../content/metainfo.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { Disk, FileStat } from '../../../ground/node/disk.ts';
import type { FileIndex } from '../../../ground/units.ts';
import {
  foldedKey,
  namesOnDisk,
  numberedByLibtorrent,
  PART_ENDING,
  PathClaims,
  planPaths,
  safeName,
} from '../safe-path.ts';
import { forEachConcurrent } from './concurrent.ts';

/** Files looked at side by side. */
const MAX_LOOKS = 4;
const IS_WINDOWS = sep === '\\';

/** Endings that other clients give to a file that is not complete: qBittorrent's; Transmission's is ours. */
export const FOREIGN_PART_ENDINGS: readonly string[] = ['.!qB'];

type Paths = readonly (readonly string[] | undefined)[];

interface FindOptions {
  /** The folder that holds the share's own file or folder. */
  readonly folder: string;
  /** The name of the share's own file or folder on the disk. Without it, the name is looked for. */
  readonly rootName?: string | undefined;
  /** Known paths of files: they come before all others. */
  readonly known?: ((file: FileIndex) => readonly string[] | undefined) | undefined;
  /** Parts count as the files that they will be, and no two paths lead to one file. */
  readonly isFetched: boolean;
}

/** By file, below the folder; undefined for pads. @throws ShoalError unsafe-path */
export async function findPaths(disk: Disk, info: InfoDictionary, options: FindOptions): Promise<Paths> {
  const safe = requirePlan(info, options.rootName);
  const exact = safe.map((path, file) => path && exactPath(info, file, options.rootName));
  const awkward = awkwardFiles(safe, exact, options);
  if (awkward.length === 0) return safe;
  const search = new Search(disk, info, options);
  const found = await search.run(awkward, exact, safe);
  if (!search.hasClashed) return found;
  // One file has the safe name that is another's own: whichever reading of the folder explains more of it is right.
  const plain = await new Search(disk, info, options).run(awkward, safe, safe);
  const [here, there] = await Promise.all(
    [found, plain].map((paths) => countThere(disk, info, options, paths)),
  );
  return there! > here! ? plain : found;
}

/** @throws ShoalError unsafe-path */
export function requirePlan(info: InfoDictionary, rootName?: string): Paths {
  const planned = planPaths(info);
  if (!planned.ok) throw ShoalError.fromMalformed('unsafe-path', `"${info.name}" is refused`, planned.error);
  const { paths } = planned.value;
  return rootName === undefined ? paths : paths.map((path) => path && [rootName, ...path.slice(1)]);
}

function exactPath(info: InfoDictionary, file: FileIndex, rootName = info.name): readonly string[] {
  return info.isSingleFile ? [rootName] : [rootName, ...info.files[file]!.path];
}

/** Files that may lie elsewhere than planned: all others need no look at the disk. */
function awkwardFiles(safe: Paths, exact: Paths, { known }: FindOptions): FileIndex[] {
  const awkward: FileIndex[] = [];
  const byKey = new Map<string, FileIndex>();
  const listed = new Set<FileIndex>();
  for (const [file, path] of exact.entries()) {
    if (path === undefined) continue;
    const key = foldedKey(path);
    const twin = byKey.get(key);
    byKey.set(key, file);
    const isPlain = isSame(path, safe[file]!) && isSame(known?.(file) ?? path, path);
    if (isPlain && twin === undefined) continue;
    for (const one of twin === undefined || listed.has(twin) ? [file] : [twin, file]) {
      awkward.push(one);
      listed.add(one);
    }
  }
  return awkward.sort((a, b) => a - b);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((element, i) => element === b[i]);
}

class Search {
  /** A name was another file's already. */
  hasClashed = false;
  readonly #disk: Disk;
  readonly #info: InfoDictionary;
  readonly #options: FindOptions;
  readonly #folders = new Map<string, Promise<boolean>>();
  readonly #taken = new Set<string>();
  readonly #inodes = new Set<number>();
  /** Names of files of the share that end like the part of another. */
  readonly #partNames: ReadonlySet<string>;

  constructor(disk: Disk, info: InfoDictionary, options: FindOptions) {
    this.#disk = disk;
    this.#info = info;
    this.#options = options;
    this.#partNames = partNames(info, options.rootName);
  }

  /** @param wished the names that are tried first */
  async run(awkward: readonly FileIndex[], wished: Paths, safe: Paths): Promise<Paths> {
    const paths: (readonly string[] | undefined)[] = [...safe];
    const isAwkward = new Set(awkward);
    for (const [file, path] of safe.entries())
      if (path !== undefined && !isAwkward.has(file)) this.#taken.add(path.join('/'));
    let left = [...awkward];
    const round = async (
      pathsOf: (file: FileIndex) => Promise<readonly (readonly string[])[]>,
    ): Promise<void> => {
      const looks = await this.#look(left, pathsOf);
      left = left.filter((file) => {
        const place = looks.get(file)?.find((candidate) => this.#take(candidate));
        if (place !== undefined) paths[file] = place.path;
        return place === undefined;
      });
    };
    await round(async (file) => [this.#options.known?.(file)].filter((path) => path !== undefined));
    await round(async (file) => [wished[file]!].filter((path) => this.#isPossible(path)));
    await round(async (file) => [...(await this.#elsewhere(file, safe[file]!)), safe[file]!]);
    await this.#planMissing(left, paths, safe);
    return paths;
  }

  /** Which of the paths exist, and what they lead to. */
  async #look(
    files: readonly FileIndex[],
    pathsOf: (file: FileIndex) => Promise<readonly (readonly string[])[]>,
  ): Promise<Map<FileIndex, Place[]>> {
    const places = new Map<FileIndex, Place[]>();
    await forEachConcurrent(files, MAX_LOOKS, async (file) => {
      const here: Place[] = [];
      for (const path of await pathsOf(file)) {
        const info = await this.#lookAt(path);
        if (info !== undefined) here.push({ path, inode: info.inode });
      }
      places.set(file, here);
    });
    return places;
  }

  async #lookAt(path: readonly string[]): Promise<FileStat | undefined> {
    const { folder, isFetched } = this.#options;
    const endings = isFetched ? ['', PART_ENDING, ...FOREIGN_PART_ENDINGS] : [''];
    for (const ending of endings) {
      if (ending !== '' && this.#partNames.has(path.join('/') + ending)) continue;
      const info = await lookAt(this.#disk, join(folder, ...path) + ending, isFetched);
      if (info !== undefined && info.kind !== 'folder') return info;
    }
    return undefined;
  }

  /** Two names of one file, on a file system that knows no case, are not two files to write to. */
  #take({ path, inode }: Place): boolean {
    const key = path.join('/');
    if (this.#taken.has(key) || (this.#options.isFetched && this.#inodes.has(inode))) {
      this.hasClashed = true;
      return false;
    }
    this.#taken.add(key);
    this.#inodes.add(inode);
    return true;
  }

  /** On Windows an awkward name may lead elsewhere than to a file of that name. */
  #isPossible(path: readonly string[]): boolean {
    const isGiven = this.#options.rootName !== undefined;
    return path.every(
      (name, depth) => (isGiven && depth === 0) || namesOnDisk(name, IS_WINDOWS).includes(name),
    );
  }

  /** In the folders that exist, under every name that it may have there. */
  async #elsewhere(file: FileIndex, safe: readonly string[]): Promise<readonly string[][]> {
    const exact = exactPath(this.#info, file, this.#options.rootName);
    const above = await this.#existing(exact.slice(0, -1));
    if (above.length < exact.length - 1) return [];
    const name = exact[exact.length - 1]!;
    const numbered = numberedByLibtorrent(name, safe[safe.length - 1]!);
    const names = numbered === undefined ? [] : namesOnDisk(numbered, IS_WINDOWS);
    return [...namesHere(name, exact.length === 1, this.#options), ...names].map((one) => [...above, one]);
  }

  /** As many of these folders as exist, under the names that they have. */
  async #existing(wished: readonly string[]): Promise<string[]> {
    const existing: string[] = [];
    for (const [depth, element] of wished.entries()) {
      let next: string | undefined;
      for (const name of namesHere(element, depth === 0, this.#options))
        if (next === undefined && (await this.#isFolder([...existing, name]))) next = name;
      if (next === undefined) break;
      existing.push(next);
    }
    return existing;
  }

  #isFolder(path: readonly string[]): Promise<boolean> {
    const whole = join(this.#options.folder, ...path);
    let looking = this.#folders.get(whole);
    if (looking === undefined) {
      looking = lookAt(this.#disk, whole, false).then((info) => info?.kind === 'folder');
      this.#folders.set(whole, looking);
    }
    return looking;
  }

  /** Files that do not exist yet get safe names, in the folders that exist. */
  async #planMissing(
    missing: readonly FileIndex[],
    paths: (readonly string[] | undefined)[],
    safe: Paths,
  ): Promise<void> {
    if (missing.length === 0) return;
    const claims = new PathClaims();
    const isMissing = new Set(missing);
    for (const [file, path] of paths.entries()) {
      if (path === undefined || isMissing.has(file)) continue;
      claims.take(path);
      for (let depth = 1; depth < path.length; depth++) claims.take(path.slice(0, depth));
    }
    for (const file of missing) {
      const exact = exactPath(this.#info, file, this.#options.rootName);
      const above = await this.#existing(exact.slice(0, -1));
      const known = this.#options.known?.(file);
      paths[file] = claims.claim(known ?? [...above, ...safe[file]!.slice(above.length)]);
    }
  }
}

/** `x.part` may be a file of the share. Then it is not the unfinished part of `x`. */
function partNames(info: InfoDictionary, rootName: string | undefined): ReadonlySet<string> {
  const names = new Set<string>();
  const endings = [PART_ENDING, ...FOREIGN_PART_ENDINGS];
  for (const [file, { path, isPad }] of info.files.entries()) {
    if (isPad || !endings.some((ending) => path[path.length - 1]!.endsWith(ending))) continue;
    const exact = exactPath(info, file, rootName);
    names.add(exact.join('/'));
    names.add([exact[0]!, ...exact.slice(1).map(safeName)].join('/'));
  }
  return names;
}

interface Place {
  readonly path: readonly string[];
  readonly inode: number;
}

function namesHere(name: string, isRoot: boolean, { rootName }: FindOptions): readonly string[] {
  return isRoot && rootName !== undefined ? [rootName] : namesOnDisk(name, IS_WINDOWS);
}

/** Also undefined for paths that cannot exist here: a name that is too long, a folder that is a file. */
function lookAt(disk: Disk, path: string, isItself: boolean): Promise<FileStat | undefined> {
  return (isItself ? disk.lstat(path) : disk.stat(path)).catch(() => undefined);
}

/** Files that exist with the length that they should have, and parts. */
async function countThere(
  disk: Disk,
  info: InfoDictionary,
  { folder, isFetched }: Pick<FindOptions, 'folder' | 'isFetched'>,
  paths: Paths,
): Promise<number> {
  let count = 0;
  await forEachConcurrent([...paths.entries()], MAX_LOOKS, async ([file, path]) => {
    const there = path === undefined ? undefined : await lookAt(disk, join(folder, ...path), false);
    if (there?.kind === 'file' && there.size === info.files[file]!.lengthBytes) count++;
    else if (isFetched && path !== undefined) {
      const part = await lookAt(disk, join(folder, ...path) + PART_ENDING, true);
      if (part?.kind === 'file') count++;
    }
  });
  return count;
}

/** A share whose files lie where a person keeps them. */
export interface Located {
  /** Its own file or folder. */
  readonly path: string;
  /** By file; undefined for pads. */
  readonly diskPaths: (string | undefined)[];
}

/**
 * Finds the data of a torrent: `dir/NAME`, or `dir` itself when that is the torrent's file or folder. Where both may be
 * meant, the one that holds more of it.
 * @param isRoot `dir` is its own file or folder, whatever it is called
 * @throws ShoalError not-found, unsafe-path
 */
export async function locate(
  disk: Disk,
  info: InfoDictionary,
  dir: string,
  isRoot = false,
): Promise<Located> {
  const root = resolve(dir);
  const names = namesOnDisk(info.name, IS_WINDOWS);
  const itself = await lookAt(disk, root, false);
  const roots: string[] = [];
  for (const name of isRoot ? [] : names)
    if ((await lookAt(disk, join(root, name), true)) !== undefined) roots.push(join(root, name));
  const mayBeRoot = info.isSingleFile ? itself?.kind === 'file' : itself?.kind === 'folder';
  if (mayBeRoot && (isRoot || info.isSingleFile || names.includes(basename(root)))) roots.push(root);
  let best: { readonly located: Located; readonly count: number } | undefined;
  for (const path of roots) {
    const folder = dirname(path);
    const paths = await findPaths(disk, info, { folder, rootName: basename(path), isFetched: false });
    const located = { path, diskPaths: paths.map((below) => below && join(folder, ...below)) };
    if (roots.length === 1) return located;
    const count = await countThere(disk, info, { folder, isFetched: false }, paths);
    if (best === undefined || count > best.count) best = { located, count };
  }
  if (best === undefined)
    throw new ShoalError('not-found', `${root} holds no "${info.name}": name the folder that it lies in`);
  return best.located;
}
