/**
 * The folders of a fetched share: made where they are needed, below the output folder and nowhere else, and saved when
 * names in them changed. A name that was made and not saved may be gone after a power loss.
 */
import { dirname, relative, sep } from 'node:path';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import type { Disk } from '../../../ground/node/disk.ts';

export class ShareFolders {
  readonly #disk: Disk;
  #outputDir: string;
  readonly #checked = new Map<string, Promise<void>>();
  /** Folders with names in them that a power loss might take. */
  readonly #unsynced = new Set<string>();
  readonly #inherited = new Set<string>();

  constructor(disk: Disk, outputDir: string) {
    this.#disk = disk;
    this.#outputDir = outputDir;
  }

  /** The share lies elsewhere from now on. */
  relocate(outputDir: string): void {
    this.#outputDir = outputDir;
    this.#checked.clear();
    this.#inherited.clear();
  }

  /**
   * A folder below the output folder; a link in its path that leads out is refused.
   * @throws ShoalError unsafe-path
   */
  make(folder: string): Promise<void> {
    let making = this.#checked.get(folder);
    if (making === undefined) {
      making = this.#makeNow(folder);
      this.#checked.set(folder, making);
      making.catch(() => this.#checked.delete(folder));
    }
    return making;
  }

  async #makeNow(folder: string): Promise<void> {
    const outputDir = this.#outputDir;
    const uppermost = await this.#disk.makeFolder(folder);
    // A folder that exists may come from a run that ended before the folder was synced.
    this.#noteNew(
      folder,
      uppermost !== undefined && uppermost.length < outputDir.length ? uppermost : outputDir,
    );
    await this.requireInside(folder);
  }

  /** @throws ShoalError unsafe-path */
  async requireInside(folder: string): Promise<void> {
    const outputDir = this.#outputDir;
    const inside = relative(await this.#disk.realPath(outputDir), await this.#disk.realPath(folder));
    if (inside === '..' || inside.startsWith(`..${sep}`)) {
      throw new ShoalError(
        'unsafe-path',
        `${folder} leads out of ${outputDir} through a symbolic link: nothing is written there`,
      );
    }
  }

  /** A folder of our own, for the side file. */
  async makeAside(folder: string): Promise<void> {
    this.#noteNew(folder, await this.#disk.makeFolder(folder));
  }

  /** @throws ShoalError */
  async makeOutputFolder(): Promise<void> {
    try {
      await this.makeAside(this.#outputDir);
    } catch (error) {
      throw fromSystemError(`cannot make the folder ${this.#outputDir}`, error);
    }
  }

  /** A name in it was made, changed or removed. */
  noteChange(folder: string): void {
    this.#unsynced.add(folder);
  }

  /** A folder that exists may come from a run that ended before it was synced: it is synced once in this run. */
  noteInherited(folder: string): void {
    if (this.#inherited.has(folder)) return;
    this.#inherited.add(folder);
    this.#unsynced.add(folder);
    this.#noteNew(folder, folder.startsWith(this.#outputDir) ? this.#outputDir : folder);
  }

  /** Each new folder is a name in the one above, which has to be saved, too. */
  #noteNew(folder: string, uppermost: string | undefined): void {
    if (uppermost === undefined) return;
    for (let at = folder; at.length >= uppermost.length; at = dirname(at)) this.#unsynced.add(dirname(at));
  }

  /** The names that were made since the last call will survive a power loss. @throws ShoalError */
  async sync(): Promise<void> {
    const folders = [...this.#unsynced];
    this.#unsynced.clear();
    for (const folder of folders) {
      try {
        await this.#disk.syncFolder(folder);
      } catch (error) {
        this.#unsynced.add(folder);
        throw fromSystemError(`cannot save the names in ${folder}`, error);
      }
    }
  }
}
