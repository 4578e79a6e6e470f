/**
 * Changes of a fetched share while it runs: it moves to another folder, a file gets another name, other files are wanted.
 *
 * Invariant: changes come one after another, since a rename within a move would look for a file where it lies no longer;
 * and while one is made, nothing is written.
 */
import { resolve } from 'node:path';
import type { Bitfield } from '../../../ground/bitfield.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { FileIndex, PieceIndex } from '../../../ground/units.ts';
import type { FilePrint } from '../resume-plan.ts';
import { safeName } from '../safe-path.ts';
import { edgesPathOf, journalPathOf, moveEdges, movePlan } from './fetched-paths.ts';
import { JournalFile } from './journal-file.ts';
import { type MovePlan, moveFiles, requireFree } from './mover.ts';
import type { ReadGuard } from './read-guard.ts';
import { resumeChosen } from './resume.ts';
import type { ShareFiles } from './share-files.ts';
import type { ShareStore } from './share-store.ts';
import type { StorageOptions } from './storage-options.ts';

/** Pieces of a fetched share, sorted by the effect of a new choice of files. */
export interface Selected {
  /** To be fetched again when they are wanted. */
  readonly lost: readonly PieceIndex[];
  readonly found: readonly PieceIndex[];
}

export interface StorageChangesOptions {
  readonly storage: StorageOptions;
  readonly files: ShareFiles;
  readonly store: ShareStore;
  readonly guard: ReadGuard;
}

export class StorageChanges {
  readonly #options: StorageOptions;
  readonly #files: ShareFiles;
  readonly #store: ShareStore;
  readonly #guard: ReadGuard;
  #folder: string;
  /** Settled when the change that was asked for last is over. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ storage, files, store, guard }: StorageChangesOptions) {
    this.#options = storage;
    this.#files = files;
    this.#store = store;
    this.#guard = guard;
    this.#folder = storage.folder;
  }

  /** Where the share lies. */
  get folder(): string {
    return this.#folder;
  }

  /**
   * Moves the files to another folder, also to another file system. Cut short, it is carried on at the next start.
   * @param onMoved they lie there, and writing goes on
   * @throws ShoalError name-conflict, no-space, unsupported, …
   */
  moveTo(folder: string, onMoved: (from: string) => void): Promise<void> {
    return this.#inTurn(() => this.#move(resolve(folder), onMoved));
  }

  async #move(to: string, onMoved: (from: string) => void): Promise<void> {
    const { context, key } = this.#options;
    const from = this.#folder;
    if (to === from) return;
    const plan = movePlan(this.#files.paths, from, to);
    await requireFree(this.#files.disk, plan);
    await this.#whileHeld(async () => {
      const move = { from, to };
      context.records.beginMove(key, move.from, move.to);
      await this.#carryOut(plan).catch(async (error: unknown) => {
        // Back to where it lay; if even that fails, the next start carries the move on.
        await this.#carryOut({ ...plan, from: plan.to, to: plan.from });
        context.records.cancelMove(key, move);
        throw error;
      });
      context.records.finishMove(key, move);
      this.#files.relocate(to, edgesPathOf(context, key, to));
      this.#folder = to;
      await this.#lookAgain();
      return new JournalFile(this.#files.disk, journalPathOf(context, key, to));
    });
    onMoved(from);
  }

  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** Runs `action` while nothing is written. Only in turn. @param action may return a new journal */
  async #whileHeld(action: () => Promise<JournalFile | undefined>): Promise<void> {
    await this.#store.hold();
    let journal: JournalFile | undefined;
    try {
      journal = await action();
    } catch (error) {
      // Files may have been moved there and back: the open files may not be the ones that have the names now.
      this.#files.closeAll();
      await this.#store.resume();
      throw error;
    }
    await this.#store.resume(journal);
  }

  /** A copy on another file system may keep times less exactly. */
  async #lookAgain(): Promise<void> {
    const prints = new Map<FileIndex, FilePrint>();
    for (const { file, size, modifiedMs } of await this.#files.fingerprint()) {
      prints.set(file, { size, modifiedMs });
      if (this.#files.isFinished(file)) this.#guard.expect(file, { size, modifiedMs });
    }
    this.#store.relocate(this.#folder, prints);
  }

  async #carryOut(plan: MovePlan): Promise<void> {
    const { context, key } = this.#options;
    const { disk } = this.#files;
    await moveFiles(disk, plan);
    await moveEdges(disk, edgesPathOf(context, key, plan.from), edgesPathOf(context, key, plan.to));
  }

  /**
   * Gives a file another name, below the share's folder.
   * @throws ShoalError name-conflict, unsafe-path
   */
  rename(file: FileIndex, path: readonly string[]): Promise<void> {
    return this.#inTurn(() => this.#rename(file, path));
  }

  async #rename(file: FileIndex, path: readonly string[]): Promise<void> {
    const { context, key, metainfo } = this.#options;
    const before = this.#files.paths[file];
    if (before === undefined) throw new ShoalError('bad-argument', `there is no file ${file}`);
    requireSafe(path);
    // A share that is a folder keeps its name; one that is a file has no folder of its own.
    const renamed = metainfo.info.isSingleFile ? path : [before[0]!, ...path];
    await this.#whileHeld(async () => {
      context.records.setName(key, this.#folder, file, { path: renamed, previous: before });
      try {
        await this.#files.rename(file, renamed);
      } catch (error) {
        context.records.setName(key, this.#folder, file, { path: before, previous: undefined });
        throw error;
      }
      context.records.setName(key, this.#folder, file, { path: renamed, previous: undefined });
      return undefined;
    });
  }

  /**
   * Other files are wanted from now on. What was fetched of files that are dropped before they are whole is removed; what
   * there is of files that are chosen is taken, as at a start.
   * @param have as it is when nothing is written any more: read once that is so
   * @returns what is not here any more, at the borders of what changed, and what was found
   * @throws ShoalError name-conflict
   */
  select(wanted: ReadonlySet<FileIndex>, have: Bitfield): Promise<Selected> {
    return this.#inTurn(() => this.#select(wanted, have));
  }

  async #select(wanted: ReadonlySet<FileIndex>, have: Bitfield): Promise<Selected> {
    const files = this.#files;
    const store = this.#store;
    const lost = new Set<PieceIndex>();
    let found: readonly PieceIndex[] = [];
    await this.#whileHeld(async () => {
      const before = files.wanted;
      const isChanging = (file: FileIndex): boolean =>
        before.has(file) !== wanted.has(file) && !files.isFinished(file);
      const changed = [...files.geometry.files.keys()].filter(isChanging);
      const chosen = new Set(changed.filter((file) => wanted.has(file)));
      found = await this.#addFound(chosen, before);
      for (const file of changed) {
        const [first, last] = files.geometry.filePieces(file) ?? [0, -1];
        for (let piece = first; piece <= last; piece++) if (have.has(piece)) lost.add(piece);
      }
      for (const piece of found) lost.delete(piece);
      store.discard([...lost]);
      for (const file of changed) {
        const path = chosen.has(file) ? undefined : files.currentPath(file);
        files.forgetPrepared(file);
        if (path !== undefined) await files.disk.remove(path);
      }
      files.select(wanted);
      store.addFound(found);
      for (const file of chosen) if (files.isFinished(file)) await this.#guard.expectAsIs(file);
      return undefined;
    });
    return { lost: [...lost], found };
  }

  async #addFound(
    chosen: ReadonlySet<FileIndex>,
    before: ReadonlySet<FileIndex>,
  ): Promise<readonly PieceIndex[]> {
    const files = this.#files;
    const { context, metainfo, signal, events } = this.#options;
    const onWarning = (message: string): void => events.onWarning(message);
    // Those that are dropped as well until it is certain that the others can be had.
    files.select(new Set([...before, ...chosen]));
    try {
      return await resumeChosen({ metainfo, files, prover: context.prover, signal, onWarning }, chosen);
    } catch (error) {
      files.select(before);
      throw error;
    }
  }
}

/** @throws ShoalError unsafe-path */
function requireSafe(path: readonly string[]): void {
  const isSafe = path.length > 0 && path.every((element) => element !== '' && safeName(element) === element);
  if (!isSafe) throw new ShoalError('unsafe-path', `${path.join('/')} is no name that every system can have`);
}
