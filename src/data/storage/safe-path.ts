/**
 * From paths in a torrent to paths on disk: the names that are safe on every system, for files that are made anew. Files
 * that exist keep the names that they have (`node/find-paths.ts`). The table of rules, with their tests, is in
 * docs/errors.md.
 *
 * Invariant: a planned path stays below the share's folder on every platform, and no two files share one.
 */
import { toUtf8 } from '../../ground/bytes.ts';
import { fail, type Result, succeed } from '../../ground/result.ts';
import type { InfoDictionary } from '../content/metainfo.ts';
import type { FileIndex } from '../../ground/units.ts';

/** Most file systems take 255 bytes a name; `.part` has to fit behind. */
const MAX_NAME_BYTES = 240;
/** Linux takes 4,096 a path; the output folder needs some of it. */
const MAX_PATH_BYTES = 3500;
/** The ending of a file's name until the file is complete. */
export const PART_ENDING = '.part';
const WINDOWS_RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
/** Control characters, what Windows forbids, and the marks that reorder text on a screen. */
const UNSAFE_CHARACTERS =
  /[\u0000-\u001f\u007f-\u009f"*:<>?|\\\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** One name, made safe: same input, same output; never empty, `.` or `..`. */
export function safeName(name: string): string {
  let safe = name.replace(UNSAFE_CHARACTERS, '_').replace(/[. ]+$/, (tail) => '_'.repeat(tail.length));
  if (safe === '' || safe === '.' || safe === '..') safe = '_';
  if (WINDOWS_RESERVED.test(safe)) safe = `_${safe}`;
  return shorten(safe);
}

/** Libtorrent leaves these out on every system, and the marks that reorder text. */
const LEFT_OUT_BY_LIBTORRENT = /[/\\\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;
/** Of Transmission's own list, on every system. */
const REPLACED_BY_TRANSMISSION = /["*/:<>?\\|]/g;

/**
 * The names under which a file or folder of a torrent may lie on a disk, the likeliest first: its own, where the system
 * can have it; ours; those that libtorrent and Transmission give it.
 */
export function namesOnDisk(name: string, isWindows: boolean): readonly string[] {
  const safe = safeName(name);
  if (safe === name) return [name];
  const libtorrent = name.replace(LEFT_OUT_BY_LIBTORRENT, '').replace(/[\u0000-\u001f\u007f-\u009f]/g, '_');
  const transmission = name.trim().replace(/\.+$/, '').replace(REPLACED_BY_TRANSMISSION, '_');
  const names = [name, safe, libtorrent, transmission, `_${transmission}`];
  // On Windows an awkward name may be a device, a stream of another file, or two names.
  const isPossible = (one: string): boolean =>
    isWindows ? safeName(one) === one : one !== '' && one !== '.' && one !== '..' && !/[/\0]/.test(one);
  return [...new Set(names)].filter(isPossible);
}

/** Cuts in the middle of long names, keeping the ending: `a…z.tar.gz` still opens with the right program. */
function shorten(name: string): string {
  if (toUtf8(name).length <= MAX_NAME_BYTES) return name;
  const dot = name.lastIndexOf('.');
  const ending = dot > 0 && name.length - dot <= 16 ? name.slice(dot) : '';
  const mark = `~${fingerprint(name)}`;
  let stem = name.slice(0, name.length - ending.length);
  while (toUtf8(stem + mark + ending).length > MAX_NAME_BYTES) stem = stem.slice(0, -1);
  if (/[\ud800-\udbff]$/.test(stem)) stem = stem.slice(0, -1);
  return stem + mark + ending;
}

/** FNV-1a, 32 bits: tells shortened names apart. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of toUtf8(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}

export interface PlannedPaths {
  /** Safe name of the share: its file, or its folder. */
  readonly name: string;
  /** By file index: path below the output folder, starting with `name`; undefined for pads. */
  readonly paths: readonly (readonly string[] | undefined)[];
}

/** Two names that some file system takes for one: case, and composed or decomposed letters. */
export function foldedKey(path: readonly string[]): string {
  return path.map((element) => element.normalize('NFC').toLowerCase()).join('/');
}

export function planPaths(info: InfoDictionary): Result<PlannedPaths> {
  const name = safeName(info.name);
  const wished = info.files.map((file) => {
    if (file.isPad) return undefined;
    return info.isSingleFile ? [name] : [name, ...file.path.map(safeName)];
  });
  // Folders first: a file that has the name of a folder gets another one.
  const claims = new PathClaims();
  for (const path of wished)
    for (let depth = 1; depth < (path?.length ?? 0); depth++) claims.take(path!.slice(0, depth));
  const paths: (readonly string[] | undefined)[] = [];
  for (const path of wished) {
    const unique = path === undefined ? undefined : claims.claim(path);
    if (unique !== undefined && toUtf8(unique.join('/')).length > MAX_PATH_BYTES)
      return fail('path-too-long', `a path is over ${MAX_PATH_BYTES} bytes`);
    paths.push(unique);
  }
  return succeed({ name, paths });
}

/** Hands out paths, each to one file only. */
export class PathClaims {
  readonly #taken = new Set<string>();
  /** The last number that was tried, by path: a million files of one name are no million times a million tries. */
  readonly #numbers = new Map<string, number>();

  /** A folder, or a file that has its name already. */
  take(path: readonly string[]): void {
    this.#taken.add(foldedKey(path));
  }

  /**
   * Takes a path, and the one that its part has while it is fetched; numbers it when a folder or another file has either
   * already in some file system's eyes.
   */
  claim(path: readonly string[]): readonly string[] {
    const wish = foldedKey(path);
    for (let number = this.#numbers.get(wish) ?? 1; ; number++) {
      const candidate =
        number === 1 ? path : [...path.slice(0, -1), numbered(path[path.length - 1]!, number)];
      const key = foldedKey(candidate);
      if (this.#taken.has(key) || this.#taken.has(key + PART_ENDING)) continue;
      this.#taken.add(key).add(key + PART_ENDING);
      this.#numbers.set(wish, number);
      return candidate;
    }
  }
}

/**
 * libtorrent's name for a file that we number: `readme.1` beside `README`, also where the system tells them apart.
 * Undefined when `planned` has no number.
 * @param planned its last name in the plan
 */
export function numberedByLibtorrent(name: string, planned: string): string | undefined {
  const number = Number(/ \((\d+)\)[^)]*$/.exec(planned)?.[1]);
  if (!(number >= 2) || numbered(safeName(name), number) !== planned) return undefined;
  const dot = name.lastIndexOf('.');
  return dot > 0 ? `${name.slice(0, dot)}.${number - 1}${name.slice(dot)}` : `${name}.${number - 1}`;
}

/**
 * Where the targets of links (BEP 47) lie: under the names that the files and folders have, which may not be the
 * torrent's. A torrent may have a link for each of its files, so each look-up is one.
 */
export class LinkTargets {
  readonly #info: InfoDictionary;
  readonly #paths: PlannedPaths['paths'];
  /** By path in the torrent: a file that lies there, or in that folder. */
  readonly #inside = new Map<string, FileIndex>();

  /** @param paths by file: below the output folder */
  constructor(info: InfoDictionary, paths: PlannedPaths['paths']) {
    this.#info = info;
    this.#paths = paths;
    for (const [file, { path }] of info.files.entries()) {
      if (paths[file] === undefined) continue;
      // Upwards, to the first folder that is known.
      for (let depth = path.length; depth > 0; depth--) {
        const key = path.slice(0, depth).join('/');
        if (this.#inside.has(key)) break;
        this.#inside.set(key, file);
      }
    }
  }

  /** @param target below the share's folder, as the torrent gives it */
  find(target: readonly string[]): readonly string[] {
    const inside = this.#inside.get(target.join('/'));
    if (inside !== undefined) return this.#paths[inside]!.slice(0, target.length + 1);
    const root = this.#paths.find((path) => path !== undefined)?.[0] ?? safeName(this.#info.name);
    return [root, ...target.map(safeName)];
  }
}

function numbered(name: string, number: number): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? `${name.slice(0, dot)} (${number})${name.slice(dot)}` : `${name} (${number})`;
}
