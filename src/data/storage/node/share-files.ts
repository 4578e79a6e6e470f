/**
 * The files of one share on disk. Two lives: *in place*, files that a person shares, only ever read; *fetched*, files
 * that come to an output folder. Opens what lies under a stretch of a piece, and saves what was written. Where each file
 * lies is in `file-places.ts`; how parts come and go, in `part-files.ts`.
 */
import { dirname, join } from 'node:path';
import type { FileHandles, Handle } from '../../disk/file-handles.ts';
import { comparedOnly, type FdSlice } from '../../disk/piece-batch.ts';
import type { Geometry } from '../../content/geometry.ts';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import type { Disk, FileStat } from '../../../ground/node/disk.ts';
import type { FileIndex } from '../../../ground/units.ts';
import { forEachConcurrent } from './concurrent.ts';
import { type FetchPlan, FilePlaces, type FileState } from './file-places.ts';
import { PartFiles } from './part-files.ts';

/** Files looked at side by side: enough for a disk with a queue, few enough to leave others their threads. */
const MAX_STATS = 4;

/** A stretch of an open file, and which file of the share that is. */
export interface FileSlice extends FdSlice {
  readonly file: FileIndex;
}

export interface AcquiredSlices {
  readonly slices: FileSlice[];
  /** An open file has lost its name: bytes written to it are lost. */
  isStale(): boolean;
  release(): void;
}

export class ShareFiles {
  readonly geometry: Geometry;
  readonly handles: FileHandles;
  readonly #places: FilePlaces;
  /** Of a fetched share. */
  readonly #parts: PartFiles | undefined;

  private constructor(
    geometry: Geometry,
    finalPaths: (string | undefined)[],
    handles: FileHandles,
    plan?: FetchPlan,
  ) {
    this.geometry = geometry;
    this.handles = handles;
    this.#places = new FilePlaces(geometry, finalPaths, plan);
    this.#parts = plan === undefined ? undefined : new PartFiles(geometry, this.#places, handles);
  }

  /** @param diskPaths by file index; undefined for pads */
  static inPlace(geometry: Geometry, diskPaths: (string | undefined)[], handles: FileHandles): ShareFiles {
    return new ShareFiles(geometry, diskPaths, handles);
  }

  static fetched(geometry: Geometry, plan: FetchPlan, handles: FileHandles): ShareFiles {
    const finalPaths = plan.paths.map((path) =>
      path === undefined ? undefined : join(plan.outputDir, ...path),
    );
    return new ShareFiles(geometry, finalPaths, handles, plan);
  }

  get disk(): Disk {
    return this.handles.disk;
  }

  /** Where files lie below the output folder; undefined for pads. */
  get paths(): readonly (readonly string[] | undefined)[] {
    return this.#places.plan?.paths ?? [];
  }

  /** Of a fetched share. */
  get wanted(): ReadonlySet<FileIndex> {
    return this.#places.plan!.wanted;
  }

  /** Where a file lies, or will lie when it is finished. */
  finalPath(file: FileIndex): string | undefined {
    return this.#places.finalPath(file);
  }

  /** The file that holds a file's bytes now. */
  currentPath(file: FileIndex): string | undefined {
    return this.#places.currentPath(file);
  }

  isWanted(file: FileIndex): boolean {
    return this.#places.isWanted(file);
  }

  /** It lies under its final name. */
  isFinished(file: FileIndex): boolean {
    return this.#places.isFinished(file);
  }

  /** Of a fetched file that is no part. */
  stateOf(file: FileIndex): FileState | undefined {
    return this.#places.stateOf(file);
  }

  markFinished(file: FileIndex): void {
    this.#places.setFinished(file);
  }

  /** It lies under its final name, and is not this file after all. */
  markUnfinished(file: FileIndex): void {
    this.handles.forget(this.#places.finalPath(file)!);
    this.#places.setPart(file);
  }

  /**
   * A finished file that was right as far as it could be judged: from now on what comes of it is compared, not written.
   * @param mayBecomePart it was never whole in our hands: it may be another client's unfinished work
   */
  compareOnly(file: FileIndex, mayBecomePart: boolean): void {
    this.#places.setState(file, { kind: 'compared', mayBecomePart });
  }

  /** Reads the file from there, where another client has left it unfinished. */
  readForeignPart(file: FileIndex, path: string): void {
    this.#places.setState(file, { kind: 'foreign', path });
  }

  /** The unfinished file of another client becomes our part, or is left alone. */
  async settleForeignPart(file: FileIndex, isOurs: boolean): Promise<void> {
    const state = this.#places.stateOf(file);
    if (state?.kind !== 'foreign') return;
    this.handles.forget(state.path);
    this.#places.setPart(file);
    if (isOurs) await this.#parts!.becomePart(file, state.path);
  }

  /** A file that lies under its final name but is not whole goes back to being a part. @throws ShoalError unsafe-path */
  async reopen(file: FileIndex): Promise<void> {
    await this.#parts!.becomePart(file, this.#places.finalPath(file)!);
  }

  /** The files were moved: nothing of it is in use. */
  relocate(outputDir: string, edgesPath: string): void {
    this.closeAll();
    this.#places.relocate(outputDir, edgesPath);
    this.#parts!.relocate(outputDir);
  }

  /** Other files are wanted from now on: nothing of it is in use. */
  select(wanted: ReadonlySet<FileIndex>): void {
    this.closeAll();
    this.#places.select(wanted);
  }

  /** A file gets another name; it is not in use. @throws ShoalError name-conflict */
  async rename(file: FileIndex, path: readonly string[]): Promise<void> {
    await this.#parts!.rename(file, path);
  }

  /** Lets go of every file: their disk may be taken out. */
  closeAll(): void {
    for (const file of this.geometry.files.keys()) {
      const path = this.currentPath(file);
      if (path === undefined) continue;
      if (this.#parts === undefined) this.handles.forget(path);
      else this.#parts.letGo(path);
    }
    this.#parts?.forgetAll();
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
      const path = this.#places.pathFor(file, mode);
      const isCompared = mode === 'write' && this.#places.isCompared(file);
      let fd = -1;
      if (path !== undefined) {
        const isReady = mode === 'read' || isCompared || this.#parts?.isPrepared(file) === true;
        const handle = isReady ? this.handles.tryAcquire(path, isCompared ? 'read' : mode) : undefined;
        if (handle === undefined) {
          for (const open of held) this.handles.release(open);
          this.handles.unreserve(stretch.length);
          return undefined;
        }
        held.push(handle);
        fd = isCompared ? comparedOnly(handle.fd) : handle.fd;
      }
      slices.push({ file, fd, fileOffset: this.#places.offsetIn(file, fileOffset), length: bytes });
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
        const isCompared = mode === 'write' && this.#places.isCompared(file);
        if (mode === 'write' && !isCompared && this.#places.pathFor(file, mode) !== undefined)
          await this.prepare(file);
        const handle = await this.#openAny(file, isCompared ? 'read' : mode);
        if (handle !== undefined) held.push(handle);
        const fd = handle === undefined ? -1 : isCompared ? comparedOnly(handle.fd) : handle.fd;
        slices.push({ file, fd, fileOffset: this.#places.offsetIn(file, fileOffset), length: bytes });
      }
    } catch (error) {
      for (const handle of held) this.handles.release(handle);
      this.handles.unreserve(stretch.length);
      throw error;
    }
    return this.#acquired(slices, held, stretch.length);
  }

  /** Opens the file under its present name, once a rename that runs is over. Undefined for a file that lies nowhere. */
  async #openAny(file: FileIndex, mode: 'read' | 'write'): Promise<Handle | undefined> {
    for (;;) {
      await this.#parts?.renamed(file);
      const path = this.#places.pathFor(file, mode);
      if (path === undefined) return undefined;
      try {
        return await this.handles.acquire(path, mode);
      } catch (error) {
        await this.#parts?.renamed(file);
        if (this.#places.pathFor(file, mode) === path) throw error;
      }
    }
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

  /** See `PartFiles`. @throws ShoalError */
  prepare(file: FileIndex): Promise<void> {
    if (this.#parts !== undefined) return this.#parts.prepare(file);
    return Promise.reject(new ShoalError('unsupported', 'a share in place is never written'));
  }

  /** The file is to be made again before it is written: it vanished. */
  forgetPrepared(file: FileIndex): void {
    this.#parts?.forget(file);
  }

  /** See `PartFiles`. @throws ShoalError name-conflict when something took the name meanwhile */
  async finish(file: FileIndex): Promise<void> {
    await this.#parts?.finish(file);
  }

  /** Symbolic links come last, when every file lies in a real folder. */
  async finishLinks(): Promise<void> {
    await this.#parts?.finishLinks();
  }

  /** See `PartFiles`. @throws ShoalError not-found: the part was removed, moved or replaced */
  async requirePresent(file: FileIndex): Promise<void> {
    await this.#parts?.requirePresent(file);
  }

  async removeEdges(): Promise<void> {
    const { plan } = this.#places;
    if (plan === undefined) return;
    this.handles.forget(plan.edgesPath);
    await this.disk.remove(plan.edgesPath);
  }

  /** @throws ShoalError */
  async makeOutputFolder(): Promise<void> {
    await this.#parts?.folders.makeOutputFolder();
  }

  /**
   * The data and length of a file will survive a power loss.
   * @throws ShoalError
   */
  async sync(file: FileIndex): Promise<void> {
    const path = this.currentPath(file);
    if (path === undefined) return;
    this.#parts!.folders.noteInherited(dirname(path));
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
    await this.#parts?.folders.sync();
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
    await forEachConcurrent([...files.entries()], MAX_STATS, async ([at, file]) => {
      const info = await this.look(file);
      if (info !== undefined) this.#parts?.noteSeen(file);
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
