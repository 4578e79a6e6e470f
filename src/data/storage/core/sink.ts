/**
 * The calling contract of the machine that keeps fetched pieces (`store.ts`), and its effects.
 *
 * A driver calls one `handle…` method at a time, with the time. During the call the machine calls the sink, in order; the
 * sink must not call the machine back. After each call the driver arms one timer for `nextTimeout()`. An effect that
 * takes time is answered once, by one of the methods that its comment names. An effect on the state folder, which is
 * local, is done at once and returns its failure.
 */
import type { ShoalError } from '../../../ground/errors.ts';
import type { FileIndex, PieceIndex } from '../../../ground/units.ts';
import type { FilePrint, Trust } from '../resume-plan.ts';

/** A whole piece in memory. The driver adds where it lies, and hands the same object back with the answer. */
export interface PieceInMemory {
  readonly piece: PieceIndex;
}

/** A stretch of a file under a piece. Nothing was written to it when `fd` is negative. */
export interface WrittenSlice {
  readonly file: FileIndex;
  readonly fd: number;
}

export type Prints = ReadonlyMap<FileIndex, FilePrint>;

/** The new content of the share's record. */
export interface Claim {
  /** Bits as in a bitfield message; valid during the call only. */
  readonly have: Uint8Array;
  readonly trust: Trust;
  /** The journal that belongs to the record. */
  readonly epoch: number;
  /** Of the files that changed. */
  readonly prints: Prints;
}

export type StoreEvent =
  /** The share has to rest; it goes on by itself when `recovered` follows. */
  | { readonly type: 'trouble'; readonly error: ShoalError }
  | { readonly type: 'recovered' }
  /** The file is proved and saved, and has its name. */
  | { readonly type: 'finished'; readonly file: FileIndex }
  /** The file is a part from now on. */
  | { readonly type: 'reopened'; readonly file: FileIndex }
  /** Pieces that were written are gone: to be fetched anew. */
  | { readonly type: 'lost'; readonly pieces: readonly PieceIndex[] };

/** How a store closes. `certain`: the record says all there is, and no journal is needed any more. */
export type Closing =
  | { readonly kind: 'certain' }
  | { readonly kind: 'in-doubt' }
  | { readonly kind: 'failed'; readonly error: ShoalError };

export interface StoreSink<Job extends PieceInMemory> {
  /** Call `handleNotesDue` after the present round of calls: pieces that come together are noted in one write. */
  noteSoon(): void;
  /** Appends to the journal in use. */
  appendNotes(pieces: readonly PieceIndex[]): ShoalError | undefined;
  /** Make and open the files under a piece that will come, if they can be: `handlePrepared`. */
  prepare(piece: PieceIndex): void;
  /**
   * Prove the piece, and write it if it is right. Answer with `handleWritten`, `handleMismatch`, `handleStaleWrite` or
   * `handleRefused`.
   */
  write(job: Job): void;
  /** The piece is given up, and was not written. */
  drop(job: Job): void;
  /** The data and length of these files must survive a power loss: `handleFilesSynced` or `handleSaveFailed`. */
  syncFiles(files: readonly FileIndex[]): void;
  /** The names that were made must survive a power loss: `handleFoldersSynced` or `handleSaveFailed`. */
  syncFolders(): void;
  /** Look at size and time of these files: `handlePrints` or `handleSaveFailed`. */
  readPrints(files: readonly FileIndex[]): void;
  /** Begin the journal of that epoch, beside the one in use: `handleJournalStarted` or `handleJournalFailed`. */
  startJournal(epoch: number, pieces: readonly PieceIndex[]): void;
  /** Saves the record, in one durable transaction. */
  commit(claim: Claim): ShoalError | undefined;
  /** Give a file its final name: `handleNamed` or `handleNameFailed`. */
  nameFile(file: FileIndex): void;
  /** Close the file and prepare it anew before the next write: its name stands for another file, or for none. */
  forgetFile(file: FileIndex): void;
  emit(event: StoreEvent): void;
  /** Answers `handleHold`: nothing is written until `handleResume`, or it goes on because of the error. */
  onHeld(error: ShoalError | undefined): void;
  /** Answers `handleResume`. */
  onResumed(error: ShoalError | undefined): void;
  /** Answers `handleSettle`. */
  onSettled(): void;
  /** Answers `handleClose`: the machine does nothing any more. */
  onClosed(closing: Closing): void;
}

/** Queries of the machine about the files of the share. */
export interface FileStates {
  /** The file lies under its final name. */
  isFinished(file: FileIndex): boolean;
  /** Bytes of the file lie on the disk, under whatever name: not so of a pad. */
  isStored(file: FileIndex): boolean;
}
