/**
 * The files of one share on disk. Two lives: *in place*, files that a person shares, only ever read; *fetched*, files
 * that come to an output folder, each as `NAME.part` until all of it is proved, then renamed.
 *
 * Bytes of unwanted files that lie in wanted pieces go to one sparse side file (`edges`), so that no file appears that
 * nobody asked for. Nothing outside the output folder is written: names were planned by `safe-path.ts`, folders are
 * checked with `realpath` after they are made, and files are never opened through a symbolic link.
 */
import {
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  closeSync,
  mkdirSync,
  realpathSync,
  renameSync,
  type Stats,
} from 'node:fs';
import { chmod, lstat, mkdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { FileHandles } from '../../content/node/file-handles.ts';
import type { FdSlice } from '../../content/node/piece-batch.ts';
import type { Geometry } from '../../content/geometry.ts';
import { fromSystemError, ShoalError } from '../../ground/errors.ts';
import type { FileIndex } from '../../ground/units.ts';

export const PART_ENDING = '.part';

export interface AcquiredSlices {
  readonly slices: FdSlice[];
  release(): void;
}

interface FetchOptions {
  readonly outputDir: string;
  /** By file: path below the output folder; undefined for pads. */
  readonly paths: readonly (readonly string[] | undefined)[];
  readonly wanted: ReadonlySet<FileIndex>;
  /** The side file for bytes of unwanted files. */
  readonly edgesPath: string;
}

export class ShareFiles {
  readonly geometry: Geometry;
  readonly handles: FileHandles;
  readonly #diskPaths: (string | undefined)[];
  readonly #fetch: FetchOptions | undefined;
  /** Fetched files that lie under their final name. */
  readonly #finished = new Set<FileIndex>();
  /** Files that exist with their full length. */
  readonly #prepared = new Set<FileIndex>();
  readonly #checkedFolders = new Set<string>();

  private constructor(
    geometry: Geometry,
    diskPaths: (string | undefined)[],
    handles: FileHandles,
    fetch?: FetchOptions,
  ) {
    this.geometry = geometry;
    this.handles = handles;
    this.#diskPaths = diskPaths;
    this.#fetch = fetch;
  }

  /** @param diskPaths by file index; undefined for pads */
  static inPlace(geometry: Geometry, diskPaths: (string | undefined)[], handles: FileHandles): ShareFiles {
    return new ShareFiles(geometry, diskPaths, handles);
  }

  static fetched(geometry: Geometry, options: FetchOptions, handles: FileHandles): ShareFiles {
    const diskPaths = options.paths.map((path) =>
      path === undefined ? undefined : join(options.outputDir, ...path),
    );
    return new ShareFiles(geometry, diskPaths, handles, options);
  }

  /** Where a file lies, or will lie when it is finished. */
  finalPath(file: FileIndex): string | undefined {
    return this.#diskPaths[file];
  }

  isWanted(file: FileIndex): boolean {
    return this.#fetch === undefined || this.#fetch.wanted.has(file);
  }

  /** The file that holds a file's bytes now. */
  currentPath(file: FileIndex): string | undefined {
    const path = this.#diskPaths[file];
    if (path === undefined || this.#fetch === undefined || this.#finished.has(file)) return path;
    return this.#fetch.wanted.has(file) ? path + PART_ENDING : this.#fetch.edgesPath;
  }

  markFinished(file: FileIndex): void {
    this.#finished.add(file);
  }

  isFinished(file: FileIndex): boolean {
    return this.#fetch === undefined || this.#finished.has(file);
  }

  /**
   * Opens the files under a stretch of a piece.
   * @throws ShoalError
   */
  acquire(piece: number, begin: number, length: number, mode: 'read' | 'write'): AcquiredSlices {
    const slices: FdSlice[] = [];
    const held: string[] = [];
    const release = (): void => {
      for (const path of held) this.handles.release(path, mode);
    };
    try {
      for (const slice of this.geometry.slices(piece, begin, length)) {
        const path = this.currentPath(slice.file);
        const entry = this.geometry.files[slice.file]!;
        if (path === undefined) {
          slices.push({ fd: -1, fileOffset: 0, length: slice.length });
          continue;
        }
        if (mode === 'write') this.#prepare(slice.file, path);
        const isEdge = path === this.#fetch?.edgesPath;
        const fd = this.handles.acquire(path, mode);
        held.push(path);
        slices.push({ fd, fileOffset: slice.fileOffset + (isEdge ? entry.offset : 0), length: slice.length });
      }
    } catch (error) {
      release();
      throw error;
    }
    return { slices, release };
  }

  /** Makes sure that a file to be written exists, in a folder that is really ours, sparse, with its full length. */
  #prepare(file: FileIndex, path: string): void {
    if (this.#prepared.has(file)) return;
    const fetch = this.#fetch;
    if (fetch === undefined) throw new ShoalError('unsupported', 'a share in place is never written');
    const isEdge = path === fetch.edgesPath;
    try {
      if (isEdge) mkdirSync(dirname(path), { recursive: true });
      else this.#makeFolder(dirname(path));
      const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
      const fd = openSync(path, flags, 0o666);
      try {
        const entry = this.geometry.files[file]!;
        if (!isEdge && fstatSync(fd).size !== entry.lengthBytes) ftruncateSync(fd, entry.lengthBytes);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      throw fromSystemError(`cannot write ${path}`, error);
    }
    this.#prepared.add(file);
  }

  /** A folder below the output folder; a link in its path that leads out is refused. */
  #makeFolder(folder: string): void {
    if (this.#checkedFolders.has(folder)) return;
    const { outputDir } = this.#fetch!;
    mkdirSync(folder, { recursive: true });
    const inside = relative(realpathSync(outputDir), realpathSync(folder));
    if (inside === '..' || inside.startsWith(`..${sep}`)) {
      throw new ShoalError(
        'unsafe-path',
        `${folder} leads out of ${outputDir} through a symbolic link: nothing is written there`,
      );
    }
    this.#checkedFolders.add(folder);
  }

  /**
   * A wanted file is proved from its first to its last byte: gives it its executable bit and its name. The renaming is
   * synchronous, so that no reader asks for the old name when the file has the new one.
   */
  async finish(file: FileIndex): Promise<void> {
    const path = this.#diskPaths[file];
    const entry = this.geometry.files[file]!;
    if (this.#fetch === undefined || path === undefined || this.#finished.has(file)) return;
    if (entry.symlinkTarget !== undefined) return;
    try {
      if (entry.lengthBytes === 0) this.#prepare(file, path + PART_ENDING);
      if (entry.isExecutable) await chmod(path + PART_ENDING, (await stat(path + PART_ENDING)).mode | 0o111);
      const held = await lstat(path).catch(() => undefined);
      if (held !== undefined) {
        throw new ShoalError('name-conflict', `${path} appeared while it was fetched: move it away`);
      }
      this.handles.forget(path + PART_ENDING);
      renameSync(path + PART_ENDING, path);
    } catch (error) {
      throw fromSystemError(`cannot finish ${path}`, error);
    }
    this.#finished.add(file);
  }

  /** Symbolic links come last, when every file lies in a real folder. */
  async finishLinks(): Promise<void> {
    const fetch = this.#fetch;
    if (fetch === undefined) return;
    const root = fetch.paths.find((path) => path !== undefined)?.[0];
    for (const [file, entry] of this.geometry.files.entries()) {
      const path = this.#diskPaths[file];
      if (
        entry.symlinkTarget === undefined ||
        path === undefined ||
        root === undefined ||
        !fetch.wanted.has(file)
      )
        continue;
      const target = join(fetch.outputDir, root, ...entry.symlinkTarget);
      try {
        this.#makeFolder(dirname(path));
        if ((await lstat(path).catch(() => undefined)) === undefined)
          await symlink(relative(dirname(path), target), path);
      } catch (error) {
        throw fromSystemError(`cannot make the link ${path}`, error);
      }
      this.#finished.add(file);
    }
  }

  /** A file that lies under its final name but is not whole goes back to being a part. */
  async reopen(file: FileIndex): Promise<void> {
    const path = this.#diskPaths[file]!;
    this.handles.forget(path);
    await rename(path, path + PART_ENDING);
    this.#finished.delete(file);
  }

  async removeEdges(): Promise<void> {
    if (this.#fetch === undefined) return;
    this.handles.forget(this.#fetch.edgesPath);
    await rm(this.#fetch.edgesPath, { force: true });
  }

  async makeOutputFolder(): Promise<void> {
    if (this.#fetch === undefined) return;
    try {
      await mkdir(this.#fetch.outputDir, { recursive: true });
    } catch (error) {
      throw fromSystemError(`cannot make the folder ${this.#fetch.outputDir}`, error);
    }
  }

  /** Files that are missing or have another length than the torrent says: more bytes than hashed is wrong, too. */
  async wrongSizes(): Promise<string[]> {
    const wrong: string[] = [];
    for (const [file, entry] of this.geometry.files.entries()) {
      const path = this.currentPath(file);
      if (path === undefined || entry.symlinkTarget !== undefined) continue;
      const info = await stat(path).catch(() => undefined);
      if (info?.size !== entry.lengthBytes) wrong.push(entry.path.join('/'));
    }
    return wrong;
  }

  /** Size and time of each file that holds data, for telling later whether anything touched them. */
  async fingerprint(): Promise<FileFingerprint[]> {
    const prints: FileFingerprint[] = [];
    for (const file of this.geometry.files.keys()) {
      const path = this.currentPath(file);
      if (path === undefined || this.geometry.files[file]!.symlinkTarget !== undefined) continue;
      const info: Stats | undefined = await stat(path).catch(() => undefined);
      prints.push({ file, path, size: info?.size ?? -1, modifiedMs: info?.mtimeMs ?? -1 });
    }
    return prints;
  }
}

export interface FileFingerprint {
  readonly file: FileIndex;
  readonly path: string;
  /** -1 when the file does not exist. */
  readonly size: number;
  readonly modifiedMs: number;
}
