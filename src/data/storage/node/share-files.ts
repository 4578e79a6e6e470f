/**
 * The files of one share on disk. Two lives: *in place*, files that a person shares, only ever read; *fetched*, files
 * that come to an output folder, each as `NAME.part` until all of it is proved, then renamed.
 *
 * Bytes of unwanted files that lie in wanted pieces go to one sparse side file (`edges`), so that no file appears that
 * nobody asked for. Nothing outside the output folder is written: names were planned by `safe-path.ts`, folders are
 * checked with `realPath` after they are made, and files are never written through a symbolic link.
 */
import { dirname, join, relative } from 'node:path';
import type { FileHandles, Handle } from '../../disk/file-handles.ts';
import { comparedOnly, type FdSlice } from '../../disk/piece-batch.ts';
import type { Geometry } from '../../content/geometry.ts';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import type { Disk, FileStat } from '../../../ground/node/disk.ts';
import type { FileIndex } from '../../../ground/units.ts';
import { LinkTargets, PART_ENDING } from '../safe-path.ts';
import { OWNER_FILE } from '../../../ground/node/private-folder.ts';
import { forEachAhead } from './ahead.ts';
import { detach } from './mover.ts';
import { hasSameContent } from './same-content.ts';
import { ShareFolders } from './share-folders.ts';

/** Files looked at side by side: enough for a disk with a queue, few enough to leave others their threads. */
const STATS_AHEAD = 4;

/** A stretch of an open file, and which file of the share that is. */
export interface FileSlice extends FdSlice {
  readonly file: FileIndex;
}

export interface AcquiredSlices {
  readonly slices: FileSlice[];
  /** A file that was opened has lost its name meanwhile: what is written to it is lost. */
  isStale(): boolean;
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

export interface Doubt {
  /** It was never whole in our hands: it may be another client's unfinished work. */
  readonly mayGoOn: boolean;
}

/** Files and folders on their way to being what they should be. */
class Making {
  /** Files that exist with their full length, or soon will. */
  readonly prepared = new Map<FileIndex, Promise<void>>();
  readonly isPrepared = new Set<FileIndex>();
  /** Became parts, and their names may not be saved yet. */
  readonly renamed = new Set<FileIndex>();
  /** Files that get their names just now. */
  readonly naming = new Map<FileIndex, Promise<void>>();
}

export class ShareFiles {
  readonly geometry: Geometry;
  readonly handles: FileHandles;
  readonly #diskPaths: (string | undefined)[];
  #fetch: FetchOptions | undefined;
  /** Of a fetched share. */
  readonly #folders: ShareFolders | undefined;
  /** Fetched files that lie under their final name. */
  readonly #finished = new Set<FileIndex>();
  /** Finished files that not all pieces have judged yet: what comes of them is compared, not written. */
  readonly #doubted = new Map<FileIndex, Doubt>();
  /** Where a file lies that another client has not finished, until it is known whether it is this file. */
  readonly #borrowed = new Map<FileIndex, string>();
  /** Files that were there when we last looked: one that is not there any more is not simply made again. */
  readonly #known = new Set<FileIndex>();
  /** Files in the place of fetched ones, as they were when they held other bytes: not read again while they rest. */
  readonly #refusedTwins = new Map<string, FileStat>();
  /** Made at the first need: what lies in place has none. */
  #making: Making | undefined;

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
    this.#folders = fetch === undefined ? undefined : new ShareFolders(handles.disk, fetch.outputDir);
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

  get #work(): Making {
    this.#making ??= new Making();
    return this.#making;
  }

  /** Where files lie below the output folder; undefined for pads. */
  get paths(): readonly (readonly string[] | undefined)[] {
    return this.#fetch?.paths ?? [];
  }

  /** The files were moved: nothing of it is in use. */
  relocate(outputDir: string, edgesPath: string): void {
    const fetch = this.#fetch!;
    this.closeAll();
    this.#fetch = { ...fetch, outputDir, edgesPath };
    for (const [file, path] of fetch.paths.entries())
      if (path !== undefined) this.#diskPaths[file] = join(outputDir, ...path);
    this.#folders!.relocate(outputDir);
  }

  /** Of a fetched share. */
  get wanted(): ReadonlySet<FileIndex> {
    return this.#fetch!.wanted;
  }

  /** Other files are wanted from now on: nothing of it is in use. */
  select(wanted: ReadonlySet<FileIndex>): void {
    this.closeAll();
    this.#fetch = { ...this.#fetch!, wanted };
  }

  /** A file gets another name; it is not in use. @throws ShoalError name-conflict */
  async rename(file: FileIndex, path: readonly string[]): Promise<void> {
    const fetch = this.#fetch!;
    const ending = this.#finished.has(file) ? '' : PART_ENDING;
    const from = this.#diskPaths[file]!;
    const to = join(fetch.outputDir, ...path);
    this.forgetPrepared(file);
    for (const taken of [to, to + PART_ENDING])
      if ((await this.disk.lstat(taken)) !== undefined)
        throw new ShoalError('name-conflict', `${taken} exists: choose another name`);
    await this.#folders!.make(dirname(to));
    if ((await this.disk.lstat(from + ending)) !== undefined) {
      await this.disk.rename(from + ending, to + ending);
      await this.disk.syncFolder(dirname(to));
      await this.disk.syncFolder(dirname(from));
      await this.disk.removeEmptyFolder(dirname(from));
    }
    this.#diskPaths[file] = to;
    this.#fetch = { ...fetch, paths: fetch.paths.map((old, at) => (at === file ? path : old)) };
  }

  /** Lets go of every file: their disk may be taken out. */
  closeAll(): void {
    for (const file of this.geometry.files.keys()) {
      const path = this.currentPath(file);
      if (path !== undefined) this.#letGo(path);
    }
    this.#work.prepared.clear();
    this.#work.isPrepared.clear();
    this.#known.clear();
  }

  get disk(): Disk {
    return this.handles.disk;
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
    const borrowed = this.#borrowed.get(file);
    if (borrowed !== undefined) return borrowed;
    const path = this.#diskPaths[file];
    if (path === undefined || this.#fetch === undefined || this.#finished.has(file)) return path;
    return this.#fetch.wanted.has(file) ? path + PART_ENDING : this.#fetch.edgesPath;
  }

  /** True for bytes of an unwanted file, which lie in the side file. */
  isAside(file: FileIndex): boolean {
    return this.#fetch !== undefined && this.currentPath(file) === this.#fetch.edgesPath;
  }

  markFinished(file: FileIndex): void {
    this.#finished.add(file);
  }

  /** It lies under its final name, and is not this file after all. */
  markUnfinished(file: FileIndex): void {
    this.handles.forget(this.#diskPaths[file]!);
    this.#finished.delete(file);
    this.#doubted.delete(file);
  }

  /** A finished file that was right as far as it could be judged: from now on it is only compared. */
  doubt(file: FileIndex, doubt: Doubt): void {
    this.#doubted.set(file, doubt);
  }

  doubtOf(file: FileIndex): Doubt | undefined {
    return this.#doubted.get(file);
  }

  /** Reads the file from there. */
  borrow(file: FileIndex, path: string): void {
    this.#borrowed.set(file, path);
  }

  /** The file under another client's name becomes our part, or is left alone. */
  async settleBorrowed(file: FileIndex, isOurs: boolean): Promise<void> {
    const path = this.#borrowed.get(file);
    if (path === undefined) return;
    this.handles.forget(path);
    this.#borrowed.delete(file);
    if (!isOurs) return;
    await this.#folders!.requireInside(dirname(path));
    await this.#becomePart(file, path);
  }

  isFinished(file: FileIndex): boolean {
    return this.#fetch === undefined || this.#finished.has(file);
  }

  /**
   * The files under a stretch of a piece, if all of them are open already: the way without waiting, for most pieces of
   * most shares.
   */
  tryAcquire(
    piece: number,
    begin: number,
    length: number,
    mode: 'read' | 'write',
  ): AcquiredSlices | undefined {
    const held: Handle[] = [];
    const slices: FileSlice[] = [];
    const stretch = this.geometry.slices(piece, begin, length);
    if (!this.handles.tryReserve(stretch.length)) return undefined;
    for (const { file, fileOffset, length: bytes } of stretch) {
      const path = this.#pathFor(file, mode);
      const isCompared = mode === 'write' && this.#doubted.has(file);
      let fd = -1;
      if (path !== undefined) {
        const isReady = mode === 'read' || isCompared || this.#work.isPrepared.has(file);
        const handle = isReady ? this.handles.tryAcquire(path, isCompared ? 'read' : mode) : undefined;
        if (handle === undefined) {
          for (const open of held) this.handles.release(open);
          this.handles.unreserve(stretch.length);
          return undefined;
        }
        held.push(handle);
        fd = isCompared ? comparedOnly(handle.fd) : handle.fd;
      }
      slices.push({ file, fd, fileOffset: this.#offsetOf(file, fileOffset), length: bytes });
    }
    return this.#acquired(slices, held, stretch.length);
  }

  /**
   * Opens the files under a stretch of a piece; for writing, makes them.
   * @throws ShoalError
   */
  async acquire(
    piece: number,
    begin: number,
    length: number,
    mode: 'read' | 'write',
  ): Promise<AcquiredSlices> {
    const held: Handle[] = [];
    const slices: FileSlice[] = [];
    const stretch = this.geometry.slices(piece, begin, length);
    await this.handles.reserve(stretch.length);
    try {
      for (const { file, fileOffset, length: bytes } of stretch) {
        const isCompared = mode === 'write' && this.#doubted.has(file);
        if (this.#pathFor(file, mode) !== undefined && mode === 'write' && !isCompared)
          await this.prepare(file);
        const handle = await this.#openAny(file, isCompared ? 'read' : mode);
        if (handle !== undefined) held.push(handle);
        const fd = handle === undefined ? -1 : isCompared ? comparedOnly(handle.fd) : handle.fd;
        slices.push({ file, fd, fileOffset: this.#offsetOf(file, fileOffset), length: bytes });
      }
    } catch (error) {
      for (const handle of held) this.handles.release(handle);
      this.handles.unreserve(stretch.length);
      throw error;
    }
    return this.#acquired(slices, held, stretch.length);
  }

  /** Under the name that the file has at this moment: it may be getting another just now. Undefined for what lies nowhere. */
  async #openAny(file: FileIndex, mode: 'read' | 'write'): Promise<Handle | undefined> {
    for (;;) {
      await this.#making?.naming.get(file)?.catch(() => {});
      const path = this.#pathFor(file, mode);
      if (path === undefined) return undefined;
      try {
        return await this.handles.acquire(path, mode);
      } catch (error) {
        await this.#making?.naming.get(file)?.catch(() => {});
        if (this.#pathFor(file, mode) === path) throw error;
      }
    }
  }

  /**
   * A file that is whole is never written again, though a piece of it may come once more for a neighbour's sake. One that
   * is doubted is opened to be compared.
   */
  #pathFor(file: FileIndex, mode: 'read' | 'write'): string | undefined {
    const isLeftAlone = mode === 'write' && this.isFinished(file) && !this.#doubted.has(file);
    return isLeftAlone ? undefined : this.currentPath(file);
  }

  #offsetOf(file: FileIndex, fileOffset: number): number {
    return this.isAside(file) ? fileOffset + this.geometry.files[file]!.offset : fileOffset;
  }

  #acquired(slices: FileSlice[], held: readonly Handle[], reserved: number): AcquiredSlices {
    return {
      slices,
      isStale: () => held.some((handle) => handle.isForgotten),
      release: () => {
        for (const handle of held) this.handles.release(handle);
        this.handles.unreserve(reserved);
      },
    };
  }

  /**
   * Makes sure that a file to be written exists, in a folder that is really ours, sparse, with its full length.
   * @throws ShoalError
   */
  prepare(file: FileIndex): Promise<void> {
    let preparing = this.#work.prepared.get(file);
    if (preparing === undefined) {
      preparing = this.#prepare(file).then(
        () => void this.#work.isPrepared.add(file),
        (error: unknown) => {
          this.#work.prepared.delete(file);
          throw fromSystemError(`cannot write ${this.currentPath(file)}`, error);
        },
      );
      this.#work.prepared.set(file, preparing);
    }
    return preparing;
  }

  async #prepare(file: FileIndex): Promise<void> {
    if (this.#fetch === undefined) throw new ShoalError('unsupported', 'a share in place is never written');
    const isAside = this.isAside(file);
    const path = this.currentPath(file)!;
    if (!this.handles.claim(path, this))
      throw new ShoalError(
        'name-conflict',
        `another share fetches ${path}: pause one of them, or choose another folder`,
      );
    if (isAside) {
      await this.#folders!.makeAside(dirname(path));
    } else await this.#folders!.make(dirname(path));
    if (this.#work.renamed.has(file)) await this.#folders!.sync();
    this.#work.renamed.delete(file);
    const fd = await this.disk.open(path, this.#known.has(file) ? 'write' : 'create');
    this.#known.add(file);
    this.#folders!.noteChange(dirname(path));
    try {
      // The side file lies in the state folder.
      if (isAside) await this.disk.chmod(path, OWNER_FILE);
      const entry = this.geometry.files[file]!;
      if (!isAside && (await this.disk.fstat(fd)).size !== entry.lengthBytes)
        await this.disk.truncate(fd, entry.lengthBytes);
    } finally {
      this.disk.close(fd);
    }
  }

  /** The file is to be made again before it is written: it vanished. */
  forgetPrepared(file: FileIndex): void {
    this.#work.prepared.delete(file);
    this.#work.isPrepared.delete(file);
    this.#known.delete(file);
    const path = this.currentPath(file);
    if (path !== undefined) this.#letGo(path);
  }

  #letGo(path: string): void {
    this.handles.forget(path);
    this.handles.unclaim(path, this);
  }

  /**
   * A wanted file is proved from its first to its last byte: gives it its executable bit and its name.
   * @throws ShoalError name-conflict when something took the name meanwhile
   */
  async finish(file: FileIndex): Promise<void> {
    const path = this.#diskPaths[file];
    const entry = this.geometry.files[file]!;
    if (this.#fetch === undefined || path === undefined || this.#finished.has(file)) return;
    if (entry.symlinkTarget !== undefined || !this.isWanted(file)) return;
    const part = path + PART_ENDING;
    try {
      if (entry.lengthBytes === 0) await this.prepare(file);
      const info = await this.disk.lstat(part);
      if (info !== undefined && entry.isExecutable) await this.disk.chmod(part, (info.mode & 0o777) | 0o111);
      const isThere = (await this.disk.lstat(path)) !== undefined;
      if (isThere && !(await this.#isSameThere(path, part)))
        throw new ShoalError('name-conflict', `${path} appeared while it was fetched: move it away`);
      const naming = (isThere ? this.disk.remove(part) : this.disk.rename(part, path)).then(() => {
        this.#finished.add(file);
        this.#letGo(part);
        this.#folders!.noteChange(dirname(path));
      });
      this.#work.naming.set(file, naming);
      await naming;
    } catch (error) {
      throw fromSystemError(`cannot finish ${path}`, error);
    } finally {
      this.#work.naming.delete(file);
    }
  }

  /**
   * What has the name of a file that was fetched has its bytes as well: a person put it there, or a move brought it. It
   * stays, and is saved before the part goes.
   */
  async #isSameThere(path: string, part: string): Promise<boolean> {
    const there = await this.disk.lstat(path);
    const refused = this.#refusedTwins.get(path);
    if (there?.kind !== 'file') return false;
    if (refused?.size === there.size && refused.modifiedMs === there.modifiedMs) return false;
    if (!(await hasSameContent(this.disk, path, part))) {
      this.#refusedTwins.set(path, there);
      return false;
    }
    const fd = await this.disk.open(path, 'read');
    await this.disk.sync(fd).finally(() => this.disk.close(fd));
    await this.disk.syncFolder(dirname(path));
    return true;
  }

  /** Symbolic links come last, when every file lies in a real folder. */
  async finishLinks(): Promise<void> {
    const fetch = this.#fetch;
    if (fetch === undefined) return;
    let targets: LinkTargets | undefined;
    for (const [file, entry] of this.geometry.files.entries()) {
      const path = this.#diskPaths[file];
      if (entry.symlinkTarget === undefined || path === undefined || !fetch.wanted.has(file)) continue;
      targets ??= new LinkTargets(this.geometry.info, fetch.paths);
      const target = join(fetch.outputDir, ...targets.find(entry.symlinkTarget));
      try {
        await this.#folders!.make(dirname(path));
        if ((await this.disk.lstat(path)) === undefined)
          await this.disk.symlink(relative(dirname(path), target), path);
      } catch (error) {
        throw fromSystemError(`cannot make the link ${path}`, error);
      }
      this.#finished.add(file);
    }
  }

  /**
   * A file that lies under its final name but is not whole goes back to being a part. Its name is saved before it is
   * written to: after a power loss it must not be found half written under its final name.
   * @throws ShoalError unsafe-path
   */
  async reopen(file: FileIndex): Promise<void> {
    const path = this.#diskPaths[file]!;
    await this.#folders!.requireInside(dirname(path));
    await this.#becomePart(file, path);
  }

  /** Who reads it meanwhile waits for its new name. */
  async #becomePart(file: FileIndex, path: string): Promise<void> {
    const naming = detach(this.disk, path, this.#diskPaths[file]! + PART_ENDING).then(() => {
      this.markUnfinished(file);
      this.#folders!.noteChange(dirname(path));
      this.#work.renamed.add(file);
    });
    this.#work.naming.set(file, naming);
    await naming.finally(() => this.#work.naming.delete(file));
  }

  async removeEdges(): Promise<void> {
    if (this.#fetch === undefined) return;
    this.handles.forget(this.#fetch.edgesPath);
    await this.disk.remove(this.#fetch.edgesPath);
  }

  /** @throws ShoalError */
  async makeOutputFolder(): Promise<void> {
    await this.#folders?.makeOutputFolder();
  }

  /**
   * The data and length of a file will survive a power loss.
   * @throws ShoalError
   */
  async sync(file: FileIndex): Promise<void> {
    const path = this.currentPath(file);
    if (path === undefined) return;
    this.#folders!.noteInherited(dirname(path));
    // A person's file may be read-only, and nothing was written to it.
    const handle = await this.handles.acquire(path, this.isFinished(file) ? 'read' : 'write');
    try {
      await this.disk.sync(handle.fd);
    } catch (error) {
      throw fromSystemError(`cannot save ${path}`, error);
    } finally {
      this.handles.release(handle);
    }
  }

  /** The names that were made since the last call will survive, too. */
  async syncFolders(): Promise<void> {
    await this.#folders?.sync();
  }

  /**
   * The part under its name is the one that is open for writing.
   * @throws ShoalError not-found: somebody removed, moved or replaced it
   */
  async requirePresent(file: FileIndex): Promise<void> {
    await this.#making?.naming.get(file)?.catch(() => {});
    const path = this.currentPath(file);
    if (path === undefined || (this.isFinished(file) && !this.#doubted.has(file))) return;
    if (this.#doubted.has(file)) return this.#requireDoubted(file, path);
    const named = await this.disk.lstat(path);
    // It got its name while we looked.
    await this.#making?.naming.get(file)?.catch(() => {});
    if (this.currentPath(file) !== path) return;
    const handle = this.handles.tryAcquire(path, 'write');
    if (handle === undefined && named !== undefined) return;
    try {
      const open = handle === undefined ? undefined : await this.disk.fstat(handle.fd);
      if (named !== undefined && open?.inode === named.inode) return;
    } finally {
      if (handle !== undefined) this.handles.release(handle);
    }
    throw new ShoalError(
      'not-found',
      `${path} was removed or replaced while it was fetched: what it held is fetched again`,
    );
  }

  /** Moved away, it is fetched. */
  async #requireDoubted(file: FileIndex, path: string): Promise<void> {
    if ((await this.disk.lstat(path)) !== undefined) return;
    this.markUnfinished(file);
    throw new ShoalError('not-found', `${path} is not there any more: it is fetched`);
  }

  /** The file that holds a file's bytes now; undefined when nothing has its name. */
  async look(file: FileIndex): Promise<FileStat | undefined> {
    const path = this.currentPath(file);
    return path === undefined ? undefined : this.disk.stat(path).catch(() => undefined);
  }

  /** Size and time of each file that holds data, for telling later whether anything touched them. */
  async fingerprint(): Promise<FileFingerprint[]> {
    const files = [...this.geometry.files.keys()].filter(
      (file) =>
        this.currentPath(file) !== undefined && this.geometry.files[file]!.symlinkTarget === undefined,
    );
    const prints: FileFingerprint[] = new Array<FileFingerprint>(files.length);
    await forEachAhead([...files.entries()], STATS_AHEAD, async ([at, file]) => {
      const info = await this.look(file);
      if (info !== undefined) this.#known.add(file);
      const { size, modifiedMs } = info ?? { size: -1, modifiedMs: -1 };
      prints[at] = { file, path: this.currentPath(file)!, size, modifiedMs };
    });
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
