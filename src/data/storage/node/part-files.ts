/**
 * The parts of a fetched share: makes them, gives them their final names when they are complete, and takes names
 * back from files that are not.
 *
 * Nothing outside the output folder is written: `safe-path.ts` plans the names, folders are checked with `realPath`
 * after they are made, and no file is written through a symbolic link. A part has one writer: of two shares that
 * fetch a file of one name into one folder, the second is refused.
 */
import { dirname, join, relative } from 'node:path';
import type { FileHandles } from '../../disk/file-handles.ts';
import type { Geometry } from '../../content/geometry.ts';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import type { Disk, FileStat } from '../../../ground/node/disk.ts';
import type { FileIndex } from '../../../ground/units.ts';
import { LinkTargets, PART_ENDING } from '../safe-path.ts';
import { OWNER_FILE } from '../../../ground/node/private-folder.ts';
import type { FilePlaces } from './file-places.ts';
import { detach } from './mover.ts';
import { hasSameContent } from './same-content.ts';
import { ShareFolders } from './share-folders.ts';

/** A file that exists with its full length, or soon will. */
interface Preparation {
  readonly done: Promise<void>;
  isReady: boolean;
}

export class PartFiles {
  readonly #geometry: Geometry;
  readonly #places: FilePlaces;
  readonly #handles: FileHandles;
  readonly #folders: ShareFolders;
  readonly #preparations = new Map<FileIndex, Preparation>();
  /** Became parts under names that may not be saved yet. */
  readonly #renamed = new Set<FileIndex>();
  /** Renames that run: a file is opened under its old name or its new one, not in between. */
  readonly #renames = new Map<FileIndex, Promise<void>>();
  /** Files that were there when we last looked: one that is not there any more is not simply made again. */
  readonly #seen = new Set<FileIndex>();
  /** Files that took the name of a fetched one and held other bytes, with their state then: not read again until it changes. */
  readonly #rejected = new Map<string, FileStat>();

  constructor(geometry: Geometry, places: FilePlaces, handles: FileHandles) {
    this.#geometry = geometry;
    this.#places = places;
    this.#handles = handles;
    this.#folders = new ShareFolders(handles.disk, places.plan!.outputDir);
  }

  get #disk(): Disk {
    return this.#handles.disk;
  }

  /** The folders in which names are made. */
  get folders(): ShareFolders {
    return this.#folders;
  }

  /** The files were moved: nothing of it is in use. */
  relocate(outputDir: string): void {
    this.#folders.relocate(outputDir);
  }

  /** It was there when we looked. */
  noteSeen(file: FileIndex): void {
    this.#seen.add(file);
  }

  isPrepared(file: FileIndex): boolean {
    return this.#preparations.get(file)?.isReady === true;
  }

  /** Waits for a rename of the file that runs. */
  renamed(file: FileIndex): Promise<void> | undefined {
    return this.#renames.get(file)?.catch(() => {});
  }

  /**
   * Makes sure that a file to be written exists, in a folder that is really ours, sparse, with its full length.
   * @throws ShoalError
   */
  prepare(file: FileIndex): Promise<void> {
    const before = this.#preparations.get(file);
    if (before !== undefined) return before.done;
    const preparation: Preparation = {
      done: this.#prepare(file).then(
        () => {
          preparation.isReady = true;
        },
        (error: unknown) => {
          if (this.#preparations.get(file) === preparation) this.#preparations.delete(file);
          throw fromSystemError(`cannot write ${this.#places.currentPath(file)}`, error);
        },
      ),
      isReady: false,
    };
    this.#preparations.set(file, preparation);
    return preparation.done;
  }

  async #prepare(file: FileIndex): Promise<void> {
    const isAside = this.#places.isAside(file);
    const path = this.#places.currentPath(file)!;
    if (!this.#handles.claim(path, this))
      throw new ShoalError(
        'name-conflict',
        `another share fetches ${path}: pause one of them, or choose another folder`,
      );
    if (isAside) await this.#folders.makeAside(dirname(path));
    else await this.#folders.make(dirname(path));
    if (this.#renamed.has(file)) await this.#folders.sync();
    this.#renamed.delete(file);
    const fd = await this.#disk.open(path, this.#seen.has(file) ? 'write' : 'create');
    this.#seen.add(file);
    this.#folders.noteChange(dirname(path));
    try {
      // The side file lies in the state folder.
      if (isAside) await this.#disk.chmod(path, OWNER_FILE);
      const entry = this.#geometry.files[file]!;
      if (!isAside && (await this.#disk.fstat(fd)).size !== entry.lengthBytes)
        await this.#disk.truncate(fd, entry.lengthBytes);
    } finally {
      this.#disk.close(fd);
    }
  }

  /** The file is to be made again before it is written: it vanished. */
  forget(file: FileIndex): void {
    this.#preparations.delete(file);
    this.#seen.delete(file);
    const path = this.#places.currentPath(file);
    if (path !== undefined) this.letGo(path);
  }

  /** All files are. */
  forgetAll(): void {
    this.#preparations.clear();
    this.#seen.clear();
  }

  letGo(path: string): void {
    this.#handles.forget(path);
    this.#handles.unclaim(path, this);
  }

  /**
   * A wanted file is proved from its first to its last byte: gives it its executable bit and its name.
   * @throws ShoalError name-conflict when something took the name meanwhile
   */
  async finish(file: FileIndex): Promise<void> {
    const path = this.#places.finalPath(file);
    const entry = this.#geometry.files[file]!;
    if (path === undefined || this.#places.isFinished(file)) return;
    if (entry.symlinkTarget !== undefined || !this.#places.isWanted(file)) return;
    const part = path + PART_ENDING;
    try {
      if (entry.lengthBytes === 0) await this.prepare(file);
      const info = await this.#disk.lstat(part);
      if (info !== undefined && entry.isExecutable) await this.#disk.chmod(part, (info.mode & 0o777) | 0o111);
      const isTaken = (await this.#disk.lstat(path)) !== undefined;
      if (isTaken && !(await this.#isTakenBySame(path, part)))
        throw new ShoalError('name-conflict', `${path} appeared while it was fetched: move it away`);
      const naming = (isTaken ? this.#disk.remove(part) : this.#disk.rename(part, path)).then(() => {
        this.#places.setFinished(file);
        this.letGo(part);
        this.#folders.noteChange(dirname(path));
      });
      this.#renames.set(file, naming);
      await naming;
    } catch (error) {
      throw fromSystemError(`cannot finish ${path}`, error);
    } finally {
      this.#renames.delete(file);
    }
  }

  /**
   * A file appeared under the final name and holds the same bytes: a person put it there, or a move brought it. It stays,
   * and is synced before the part is removed.
   */
  async #isTakenBySame(path: string, part: string): Promise<boolean> {
    const there = await this.#disk.lstat(path);
    const rejected = this.#rejected.get(path);
    if (there?.kind !== 'file') return false;
    if (rejected?.size === there.size && rejected.modifiedMs === there.modifiedMs) return false;
    if (!(await hasSameContent(this.#disk, path, part))) {
      this.#rejected.set(path, there);
      return false;
    }
    const fd = await this.#disk.open(path, 'read');
    await this.#disk.sync(fd).finally(() => this.#disk.close(fd));
    await this.#disk.syncFolder(dirname(path));
    return true;
  }

  /** Symbolic links come last, when every file lies in a real folder. */
  async finishLinks(): Promise<void> {
    const { outputDir, paths, wanted } = this.#places.plan!;
    let targets: LinkTargets | undefined;
    for (const [file, entry] of this.#geometry.files.entries()) {
      const path = this.#places.finalPath(file);
      if (entry.symlinkTarget === undefined || path === undefined || !wanted.has(file)) continue;
      targets ??= new LinkTargets(this.#geometry.info, paths);
      const target = join(outputDir, ...targets.find(entry.symlinkTarget));
      try {
        await this.#folders.make(dirname(path));
        if ((await this.#disk.lstat(path)) === undefined)
          await this.#disk.symlink(relative(dirname(path), target), path);
      } catch (error) {
        throw fromSystemError(`cannot make the link ${path}`, error);
      }
      this.#places.setFinished(file);
    }
  }

  /**
   * A file that lies under another name becomes the part. Its name is saved before it is written to: after a power loss
   * it must not be found half written under its final name.
   * @param path where it lies
   * @throws ShoalError unsafe-path
   */
  async becomePart(file: FileIndex, path: string): Promise<void> {
    await this.#folders.requireInside(dirname(path));
    const rename = detach(this.#disk, path, this.#places.finalPath(file)! + PART_ENDING).then(() => {
      this.#handles.forget(path);
      this.#places.setPart(file);
      this.#folders.noteChange(dirname(path));
      this.#renamed.add(file);
    });
    this.#renames.set(file, rename);
    await rename.finally(() => this.#renames.delete(file));
  }

  /**
   * A file gets another name; it is not in use.
   * @param path below the output folder
   * @throws ShoalError name-conflict
   */
  async rename(file: FileIndex, path: readonly string[]): Promise<void> {
    const ending = this.#places.isFinished(file) ? '' : PART_ENDING;
    const from = this.#places.finalPath(file)!;
    const to = join(this.#places.plan!.outputDir, ...path);
    this.forget(file);
    for (const taken of [to, to + PART_ENDING])
      if ((await this.#disk.lstat(taken)) !== undefined)
        throw new ShoalError('name-conflict', `${taken} exists: choose another name`);
    await this.#folders.make(dirname(to));
    if ((await this.#disk.lstat(from + ending)) !== undefined) {
      await this.#disk.rename(from + ending, to + ending);
      await this.#disk.syncFolder(dirname(to));
      await this.#disk.syncFolder(dirname(from));
      await this.#disk.removeEmptyFolder(dirname(from));
    }
    this.#places.rename(file, path);
  }

  /**
   * The part under its name is the one that is open for writing.
   * @throws ShoalError not-found: the part was removed, moved or replaced
   */
  async requirePresent(file: FileIndex): Promise<void> {
    await this.renamed(file);
    const path = this.#places.currentPath(file);
    if (this.#places.isCompared(file)) return this.#requireCompared(file, path!);
    if (path === undefined || this.#places.isFinished(file)) return;
    const named = await this.#disk.lstat(path);
    // It got its name while we looked.
    await this.renamed(file);
    if (this.#places.currentPath(file) !== path) return;
    const handle = this.#handles.tryAcquire(path, 'write');
    if (handle === undefined && named !== undefined) return;
    try {
      const open = handle === undefined ? undefined : await this.#disk.fstat(handle.fd);
      if (named !== undefined && open?.inode === named.inode) return;
    } finally {
      if (handle !== undefined) this.#handles.release(handle);
    }
    throw new ShoalError(
      'not-found',
      `${path} was removed or replaced while it was fetched: what it held is fetched again`,
    );
  }

  /** Moved away, it is fetched. */
  async #requireCompared(file: FileIndex, path: string): Promise<void> {
    if ((await this.#disk.lstat(path)) !== undefined) return;
    this.#handles.forget(path);
    this.#places.setPart(file);
    throw new ShoalError('not-found', `${path} is not there any more: it is fetched`);
  }
}
