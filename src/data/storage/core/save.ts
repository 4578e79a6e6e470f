/**
 * One save after another, each in this order (docs/storage.md): the files are synced, then the folders with new names;
 * the record claims the pieces, with a new journal; complete files get their names, and their folders are synced.
 *
 * Invariant: no piece is claimed unless its files and their folders were synced after its last write, and no file is
 * named unless the record claims all of its pieces.
 */
import type { ShoalError } from '../../../ground/errors.ts';
import type { FileIndex, Instant, PieceIndex } from '../../../ground/units.ts';
import type { Claims } from './claims.ts';
import type { Prints, StoreSink } from './sink.ts';
import type { Batch, Unsaved } from './unsaved.ts';

/** Saved at the latest so long after a piece was written, … */
export const SAVE_MS = 30_000;
/** … or when so many bytes were written: a restart hashes no more than this. */
export const SAVE_BYTES: number = 256 * 1024 * 1024;
/** Complete files wait so long for others that become complete with them, and are synced together. */
export const FINISH_MS = 1000;

type SaveSink = Pick<StoreSink<never>, 'syncFiles' | 'syncFolders' | 'readPrints' | 'nameFile' | 'emit'>;

type Step =
  | { readonly kind: 'idle' }
  | { readonly kind: 'syncing-files'; readonly batch: Batch }
  | { readonly kind: 'syncing-folders'; readonly batch: Batch }
  | { readonly kind: 'reading-prints'; readonly batch: Batch }
  | { readonly kind: 'claiming'; readonly batch: Batch; readonly saved: readonly PieceIndex[] }
  | { readonly kind: 'naming'; readonly files: readonly FileIndex[]; readonly at: number }
  | { readonly kind: 'syncing-names' };

const IDLE: Step = { kind: 'idle' };

export interface SaveOptions {
  readonly sink: SaveSink;
  readonly claims: Claims;
  readonly unsaved: Unsaved;
  /** A save is over. */
  readonly onEnd: (now: Instant, error: ShoalError | undefined) => void;
}

export class Save {
  readonly #options: SaveOptions;
  #step: Step = IDLE;
  #dueAt: Instant = Number.POSITIVE_INFINITY;

  constructor(options: SaveOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#step.kind !== 'idle';
  }

  /** The journal that is being begun is this save's. */
  get isClaiming(): boolean {
    return this.#step.kind === 'claiming';
  }

  /** When the next save is due; infinite while one runs, or nothing is to be saved. */
  get dueAt(): Instant {
    return this.isRunning ? Number.POSITIVE_INFINITY : this.#dueAt;
  }

  /** A save begins within that time. */
  scheduleWithin(now: Instant, ms: number): void {
    this.#dueAt = Math.min(this.#dueAt, now + ms);
  }

  /** 3: the files are synced. Not while a save runs. */
  begin(now: Instant): void {
    const { sink, unsaved, onEnd } = this.#options;
    this.#dueAt = Number.POSITIVE_INFINITY;
    if (unsaved.isEmpty) return onEnd(now, undefined);
    const batch = unsaved.takeBatch();
    this.#step = { kind: 'syncing-files', batch };
    sink.syncFiles(batch.files);
  }

  /** 4: the folders are synced. */
  handleFilesSynced(): void {
    if (this.#step.kind !== 'syncing-files') return;
    this.#step = { kind: 'syncing-folders', batch: this.#step.batch };
    this.#options.sink.syncFolders();
  }

  handleFoldersSynced(now: Instant): void {
    if (this.#step.kind === 'syncing-names') return this.#end(now, undefined);
    if (this.#step.kind !== 'syncing-folders') return;
    const { batch } = this.#step;
    this.#step = { kind: 'reading-prints', batch };
    this.#options.sink.readPrints(batch.files);
  }

  /** 5: the record claims the pieces, but not what was lost meanwhile, nor what was written again after the sync. */
  handlePrints(now: Instant, prints: Prints): void {
    if (this.#step.kind !== 'reading-prints') return;
    const { claims, unsaved } = this.#options;
    const { batch } = this.#step;
    const saved = unsaved.unchanged(batch);
    this.#step = { kind: 'claiming', batch, saved };
    const error = claims.startTurn(saved, prints);
    if (error !== undefined) this.#end(now, error);
  }

  /** 6: complete files get their names. @param error the record could not be saved */
  handleClaimed(now: Instant, error: ShoalError | undefined): void {
    if (this.#step.kind !== 'claiming') return;
    if (error !== undefined) return this.#end(now, error);
    const { batch, saved } = this.#step;
    if (this.#options.unsaved.settle(batch, saved)) this.scheduleWithin(now, SAVE_MS);
    this.#nameNext(now, batch.complete, 0);
  }

  handleNamed(now: Instant): void {
    if (this.#step.kind !== 'naming') return;
    const { unsaved, sink } = this.#options;
    const { files, at } = this.#step;
    unsaved.handleNamed(files[at]!);
    sink.emit({ type: 'finished', file: files[at]! });
    this.#nameNext(now, files, at + 1);
  }

  handleFailed(now: Instant, error: ShoalError): void {
    if (this.isRunning) this.#end(now, error);
  }

  /** The store is closed: later answers change nothing. */
  stop(): void {
    this.#step = IDLE;
  }

  #nameNext(now: Instant, files: readonly FileIndex[], from: number): void {
    const { sink } = this.#options;
    for (let at = from; at < files.length; at++) {
      if (!this.#mayBeNamed(now, files[at]!)) continue;
      this.#step = { kind: 'naming', files, at };
      return sink.nameFile(files[at]!);
    }
    if (files.length === 0) return this.#end(now, undefined);
    this.#step = { kind: 'syncing-names' };
    sink.syncFolders();
  }

  /** Not if a piece of it was lost while we saved; if that has come again, the next save has it. */
  #mayBeNamed(now: Instant, file: FileIndex): boolean {
    const { unsaved } = this.#options;
    if (!unsaved.isComplete(file)) return false;
    if (!unsaved.reachesInto(file)) return true;
    this.scheduleWithin(now, FINISH_MS);
    return false;
  }

  #end(now: Instant, error: ShoalError | undefined): void {
    this.#step = IDLE;
    this.#options.onEnd(now, error);
  }
}
