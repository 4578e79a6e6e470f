/**
 * Carries out the steps of a save for the store's machine (`core/save.ts`): files and folders are synced, files are looked
 * at, the next journal is begun, files get their names. Each step tells the machine how it went.
 */
import { fromSystemError } from '../../../ground/errors.ts';
import type { FileIndex, PieceIndex } from '../../../ground/units.ts';
import type { StoreMachine } from '../core/store.ts';
import type { FilePrint } from '../resume-plan.ts';
import { forEachConcurrent } from './concurrent.ts';
import type { JournalFile } from './journal-file.ts';
import type { Arrival } from './piece-writer.ts';
import type { ShareFiles } from './share-files.ts';
import type { StallWatch } from './stall-watch.ts';

/** Files synced side by side: journalling file systems then commit them together. */
const MAX_SYNCS = 8;

export interface SaveStepsOptions {
  readonly files: ShareFiles;
  readonly machine: StoreMachine<Arrival>;
  readonly watch: StallWatch;
  readonly now: () => number;
  /** After each call of the machine. */
  readonly afterCall: () => void;
  /** A file could not be synced, or is not there. */
  readonly onFileLost: (file: FileIndex, error: unknown) => void;
}

export class SaveSteps {
  readonly #options: SaveStepsOptions;
  readonly #machine: StoreMachine<Arrival>;
  readonly #files: ShareFiles;
  readonly #watch: StallWatch;

  constructor(options: SaveStepsOptions) {
    this.#options = options;
    this.#machine = options.machine;
    this.#files = options.files;
    this.#watch = options.watch;
  }

  async syncFiles(files: readonly FileIndex[]): Promise<void> {
    await this.#step(
      () => forEachConcurrent(files, MAX_SYNCS, (file) => this.#syncFile(file)),
      () => this.#machine.handleFilesSynced(),
    );
  }

  async #syncFile(file: FileIndex): Promise<void> {
    const path = this.#files.currentPath(file)!;
    try {
      await this.#watch.run(path, () => this.#files.requirePresent(file));
      await this.#watch.run(path, () => this.#files.sync(file));
    } catch (error) {
      this.#options.onFileLost(file, error);
      throw error;
    }
  }

  async syncFolders(): Promise<void> {
    await this.#step(
      () => this.#watch.run('the output folder', () => this.#files.syncFolders()),
      () => this.#machine.handleFoldersSynced(this.#options.now()),
    );
  }

  async readPrints(files: readonly FileIndex[]): Promise<void> {
    const prints = new Map<FileIndex, FilePrint>();
    const look = async (file: FileIndex): Promise<void> => {
      const info = await this.#files.look(file);
      prints.set(file, { size: info?.size ?? -1, modifiedMs: info?.modifiedMs ?? -1 });
    };
    await this.#step(
      () => forEachConcurrent(files, MAX_SYNCS, look),
      () => this.#machine.handlePrints(this.#options.now(), prints),
    );
  }

  /** Does a step of a save, and tells the machine how it went. */
  async #step(action: () => Promise<void>, onDone: () => void): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#machine.handleSaveFailed(
        this.#options.now(),
        fromSystemError('cannot save what was fetched', error),
      );
      return this.#options.afterCall();
    }
    onDone();
    this.#options.afterCall();
  }

  async startJournal(journal: JournalFile, epoch: number, pieces: readonly PieceIndex[]): Promise<void> {
    try {
      await journal.start(epoch, pieces);
    } catch (error) {
      this.#machine.handleJournalFailed(
        this.#options.now(),
        fromSystemError('cannot begin the journal in the state folder', error),
      );
      return this.#options.afterCall();
    }
    this.#machine.handleJournalStarted(this.#options.now());
    this.#options.afterCall();
  }

  async nameFile(file: FileIndex): Promise<void> {
    try {
      await this.#watch.run(this.#files.finalPath(file)!, () => this.#files.finish(file));
    } catch (error) {
      const failure = fromSystemError('cannot save what was fetched', error);
      this.#machine.handleNameFailed(this.#options.now(), file, failure);
      return this.#options.afterCall();
    }
    this.#machine.handleNamed(this.#options.now());
    this.#options.afterCall();
  }
}
