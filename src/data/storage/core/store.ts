/**
 * The machine that keeps the pieces of a fetched share: each is noted in the journal, proved and written, and saved
 * (`save.ts`), so that the record never claims a piece that is not on the disk (`claims.ts`). The order is that of
 * docs/storage.md; the calling contract is in `sink.ts`.
 *
 * A piece that the disk refuses stays in memory. The share rests and says why. One refused piece is tried for all of
 * them; when none is refused and no operation hangs, the share goes on.
 */
import type { Geometry } from '../../content/geometry.ts';
import { assert } from '../../../ground/assert.ts';
import type { Bitfield } from '../../../ground/bitfield.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { FileIndex, Instant, PieceIndex } from '../../../ground/units.ts';
import { Claims } from './claims.ts';
import { Intake } from './intake.ts';
import { Losses } from './losses.ts';
import { FINISH_MS, Save, SAVE_BYTES, SAVE_MS } from './save.ts';
import type { Closing, FileStates, PieceInMemory, Prints, StoreSink, WrittenSlice } from './sink.ts';
import { Trouble } from './trouble.ts';
import { Unsaved } from './unsaved.ts';

/**
 * `held`: nothing is written and what comes is deferred; so a machine begins, until `handleResume`.
 * `resuming`: a new journal is begun. `running`: pieces are written as they come.
 * `draining`, `saving-to-hold`: asked to hold; what came before is written to its end, then saved.
 * `closing`, `saving-to-close`, `closed`: nothing new is begun, and what the disk refuses is given up.
 */
type Mode =
  | 'held'
  | 'resuming'
  | 'running'
  | 'draining'
  | 'saving-to-hold'
  | 'closing'
  | 'saving-to-close'
  | 'closed';

export interface StoreMachineOptions<Job extends PieceInMemory> {
  readonly sink: StoreSink<Job>;
  readonly geometry: Geometry;
  readonly files: FileStates;
  /** As in the saved record. */
  readonly have: Bitfield;
  readonly epoch: number;
}

export class StoreMachine<Job extends PieceInMemory> {
  readonly #sink: StoreSink<Job>;
  readonly #claims: Claims;
  readonly #unsaved: Unsaved;
  readonly #save: Save;
  readonly #trouble: Trouble;
  readonly #losses: Losses;
  readonly #intake: Intake<Job>;
  #mode: Mode = 'held';
  #isSettling = false;

  constructor({ sink, geometry, files, have, epoch }: StoreMachineOptions<Job>) {
    this.#sink = sink;
    this.#trouble = new Trouble(sink);
    this.#claims = new Claims(sink, have, epoch);
    this.#intake = new Intake(sink, this.#claims);
    this.#unsaved = new Unsaved(geometry, files);
    this.#losses = new Losses({ sink, geometry, files, claims: this.#claims, unsaved: this.#unsaved });
    this.#save = new Save({
      sink,
      claims: this.#claims,
      unsaved: this.#unsaved,
      onEnd: (now, error) => this.#handleSaveEnd(now, error),
    });
  }

  /** Why the share rests. */
  get trouble(): ShoalError | undefined {
    return this.#trouble.error;
  }

  /** The piece is written, and not lost again. */
  has(piece: PieceIndex): boolean {
    return this.#claims.have.has(piece) || this.#unsaved.has(piece);
  }

  /** When `handleTimeout` is due; infinite for never. */
  nextTimeout(): Instant {
    if (this.#mode !== 'running') return Number.POSITIVE_INFINITY;
    return Math.min(this.#save.dueAt, this.#trouble.retryAt);
  }

  handleTimeout(now: Instant): void {
    if (this.#mode !== 'running') return;
    if (now >= this.#save.dueAt) this.#save.begin(now);
    if (this.#trouble.takeRetry(now)) this.#retry(now);
  }

  /** Blocks of a piece were asked for whose files are not ready. */
  handleExpected(piece: PieceIndex): void {
    if (this.#mode === 'running' && this.#trouble.error === undefined) this.#intake.expect(piece);
  }

  /** The files of the expected piece are ready; or they are not, and the piece will find out why. */
  handlePrepared(now: Instant): void {
    if (this.#mode === 'closed') return;
    this.#intake.handlePrepared();
    this.#advance(now);
  }

  /** A piece is whole in memory. */
  handleArrived(job: Job): void {
    switch (this.#mode) {
      case 'running':
        return this.#trouble.error === undefined ? this.#intake.arrive(job) : this.#intake.refuse(job);
      case 'closing':
      case 'saving-to-close':
      case 'closed':
        return this.#sink.drop(job);
      default:
        this.#intake.defer(job);
    }
  }

  /** 1: the pieces that came are noted, and then may be written. */
  handleNotesDue(now: Instant): void {
    if (this.#mode !== 'closed') this.#intake.noteAll((job, error) => this.handleRefused(now, job, error));
  }

  /** 2: the piece is right, and written. @param slices where it lies */
  handleWritten(now: Instant, job: Job, slices: readonly WrittenSlice[]): void {
    if (this.#mode === 'closed') return;
    this.#unsaved.addWritten(job.piece, slices);
    this.#save.scheduleWithin(now, this.#unsaved.writtenBytes >= SAVE_BYTES ? 0 : SAVE_MS);
    this.#handleAnswered(now);
  }

  /** The piece is wrong, and was written nowhere. */
  handleMismatch(now: Instant): void {
    if (this.#mode !== 'closed') this.#handleAnswered(now);
  }

  #handleAnswered(now: Instant): void {
    this.#intake.handleAnswered();
    this.#settleTrouble(now);
    this.#advance(now);
  }

  /** It went into a file that had lost its name, or a file that was only compared is a part now: once more. */
  handleStaleWrite(job: Job): void {
    if (this.#mode === 'closed') this.#sink.drop(job);
    else this.#sink.write(job);
  }

  /** The disk, or the state folder, refuses the piece. */
  handleRefused(now: Instant, job: Job, error: ShoalError): void {
    if (this.#mode === 'closed') return this.#sink.drop(job);
    this.#intake.handleAnswered();
    if (this.#isClosing) this.#sink.drop(job);
    else {
      this.#intake.refuse(job);
      this.#handleFailure(now, error);
    }
    this.#advance(now);
  }

  /** The file is proved from its first to its last byte: it gets its name when it is saved. */
  handleComplete(now: Instant, file: FileIndex): void {
    this.#unsaved.addComplete(file);
    this.#save.scheduleWithin(now, FINISH_MS);
  }

  /** While held: pieces that were hashed just now are right, but perhaps in the system's memory only. */
  addFound(now: Instant, found: readonly PieceIndex[]): void {
    this.#claims.noteFound(found);
    for (const piece of found) this.#unsaved.addFound(piece);
    if (found.length > 0) this.#save.scheduleWithin(now, SAVE_MS);
  }

  /** While held: pieces that are not kept any more, before their files are removed. */
  discard(pieces: readonly PieceIndex[]): ShoalError | undefined {
    for (const piece of pieces) this.#claims.have.delete(piece);
    return this.#claims.record('all');
  }

  /** While held: the files were moved, and look like this. */
  relocate(prints: Prints): ShoalError | undefined {
    return this.#claims.record('all', prints);
  }

  handleFilesSynced(): void {
    this.#save.handleFilesSynced();
  }

  handleFoldersSynced(now: Instant): void {
    this.#save.handleFoldersSynced(now);
  }

  handlePrints(now: Instant, prints: Prints): void {
    this.#save.handlePrints(now, prints);
  }

  handleJournalStarted(now: Instant): void {
    if (this.#mode !== 'closed') this.#handleTurned(now, this.#claims.finishTurn());
  }

  handleJournalFailed(now: Instant, error: ShoalError): void {
    if (this.#mode === 'closed') return;
    this.#claims.failTurn();
    this.#handleTurned(now, error);
  }

  #handleTurned(now: Instant, error: ShoalError | undefined): void {
    this.#intake.askToNote();
    if (this.#save.isClaiming) return this.#save.handleClaimed(now, error);
    this.#endResume(now, error);
  }

  handleNamed(now: Instant): void {
    this.#save.handleNamed(now);
  }

  /** @param error `not-found`: the file, or what was its part, is gone */
  handleNameFailed(now: Instant, file: FileIndex, error: ShoalError): void {
    if (error.code === 'not-found') this.handleFileLost(now, file, error);
    this.#save.handleFailed(now, error);
  }

  handleSaveFailed(now: Instant, error: ShoalError): void {
    this.#save.handleFailed(now, error);
  }

  #handleSaveEnd(now: Instant, error: ShoalError | undefined): void {
    if (this.#mode === 'saving-to-close') return this.#endClose(error);
    if (error === undefined) this.#settleTrouble(now);
    else this.#handleFailure(now, error);
    if (this.#mode === 'saving-to-hold') {
      // Nothing is on its way: there is nothing that a journal could doubt.
      const failure = error ?? this.#claims.record('all');
      if (failure !== undefined) return this.#endHold(now, failure);
      this.#mode = 'held';
      this.#sink.onHeld(undefined);
    }
    this.#advance(now);
  }

  /** A file could not be synced, or is not there: see `Losses`. */
  handleFileLost(now: Instant, file: FileIndex, error: ShoalError): void {
    if (this.#mode === 'closed') return;
    const failure = this.#losses.handleFile(file, error);
    if (failure !== undefined) this.#handleFailure(now, failure);
    this.#advance(now);
  }

  /** A part could not be read: it is gone, or a piece of it is. */
  handlePartUnreadable(now: Instant, file: FileIndex, piece: PieceIndex, error: ShoalError): void {
    if (error.code === 'not-found') this.handleFileLost(now, file, error);
    else if (this.#mode !== 'closed') this.#losses.handlePiece(piece);
  }

  /** The disk has not answered an operation for too long. */
  handleStalled(now: Instant, error: ShoalError): void {
    this.#trouble.handleStalled(this.#isClosing ? undefined : error);
    this.#advance(now);
  }

  /** The disk has answered every operation that hung. */
  handleResponding(now: Instant): void {
    this.#trouble.handleResponding();
    this.#settleTrouble(now);
    this.#advance(now);
  }

  /** Look at once whether the cause of the trouble is gone. */
  handleRetry(now: Instant): void {
    // While held, the wait stays: nothing can be tried, and something must be when it goes on.
    if (this.#mode !== 'running') return;
    this.#trouble.resetRetry();
    this.#retry(now);
  }

  /** One refused piece tries for all of them; without any, saving is what failed. */
  #retry(now: Instant): void {
    if (this.#mode !== 'running') return;
    if (!this.#intake.tryRefused() && !this.#save.isRunning) this.#save.begin(now);
  }

  /** A write or a save failed: the share rests until one succeeds. */
  #handleFailure(now: Instant, error: ShoalError): void {
    if (!this.#isClosing) this.#trouble.handleRefusal(now, error);
  }

  /** A write or a save succeeded. */
  #settleTrouble(now: Instant): void {
    if (this.#trouble.error === undefined || this.#trouble.isStalled || this.#isClosing) return;
    if (this.#intake.hasRefused) this.#retry(now);
    else this.#trouble.clear();
  }

  /** Nothing is to be written until `handleResume`: answered by `onHeld`. */
  handleHold(now: Instant): void {
    if (this.#isClosing) return this.#sink.onHeld(new ShoalError('aborted', 'the share is being closed'));
    assert(this.#mode === 'running', 'one holds at a time');
    this.#mode = 'draining';
    this.#advance(now);
  }

  /** Writing goes on, with a new journal: answered by `onResumed`. It goes on also when that could not be made. */
  handleResume(now: Instant): void {
    if (this.#isClosing) return this.#sink.onResumed(undefined);
    this.#mode = 'resuming';
    const error = this.#claims.startTurn([], new Map());
    if (error !== undefined) this.#endResume(now, error);
  }

  #endResume(now: Instant, error: ShoalError | undefined): void {
    this.#sink.onResumed(error);
    if (this.#mode === 'resuming') this.#release();
    this.#advance(now);
  }

  #endHold(now: Instant, error: ShoalError): void {
    this.#sink.onHeld(error);
    this.#release();
    this.#advance(now);
  }

  #release(): void {
    this.#mode = 'running';
    for (const job of this.#intake.takeDeferred()) this.handleArrived(job);
  }

  /** Everything is to be saved, and every complete file to have its name: answered by `onSettled`, also at the end. */
  handleSettle(now: Instant): void {
    this.#isSettling = true;
    this.#advance(now);
  }

  /** The end. Running writes are finished and saved, unless the disk hangs. `onClosed` answers. */
  handleClose(now: Instant): void {
    if (this.#isClosing) return;
    if (this.#mode === 'draining' || this.#mode === 'saving-to-hold')
      this.#sink.onHeld(new ShoalError('aborted', 'the share is being closed'));
    this.#mode = 'closing';
    for (const job of this.#intake.takeWaiting()) this.#sink.drop(job);
    this.#advance(now);
  }

  /** Process death, for the simulated world: nothing more happens here. */
  abandon(): void {
    this.#mode = 'closed';
    this.#save.stop();
  }

  get #isClosing(): boolean {
    return this.#mode === 'closing' || this.#mode === 'saving-to-close' || this.#mode === 'closed';
  }

  /** Takes the next step towards the state that was asked for. */
  #advance(now: Instant): void {
    if (this.#isSettling && this.#isSettled) {
      this.#isSettling = false;
      this.#sink.onSettled();
    }
    switch (this.#mode) {
      case 'running': {
        const isIdle = this.#intake.isQuiet && this.#trouble.error === undefined && !this.#save.isRunning;
        if (this.#isSettling && isIdle) this.#save.begin(now);
        return;
      }
      case 'draining':
        if (!this.#intake.isQuiet) {
          if (this.#trouble.error !== undefined) this.#endHold(now, this.#trouble.error);
        } else if (!this.#save.isRunning) {
          this.#mode = 'saving-to-hold';
          this.#save.begin(now);
        }
        return;
      case 'closing':
        // A disk that hangs may hang for ever. Unanswered writes are as uncertain as after a crash.
        if (this.#trouble.isStalled) return this.#finishClose({ kind: 'in-doubt' });
        if (!this.#intake.isQuiet || this.#save.isRunning || this.#claims.isTurning) return;
        this.#mode = 'saving-to-close';
        this.#save.begin(now);
        return;
      case 'saving-to-close':
        if (this.#trouble.isStalled) this.#finishClose({ kind: 'in-doubt' });
        return;
      default:
    }
  }

  get #isSettled(): boolean {
    if (this.#mode === 'closed') return true;
    const isSaved = this.#unsaved.isEmpty && !this.#save.isRunning;
    return isSaved && this.#intake.isQuiet && !this.#intake.hasDeferred;
  }

  #endClose(error: ShoalError | undefined): void {
    if (error !== undefined) return this.#finishClose({ kind: 'failed', error });
    if (!this.#claims.isAllClaimed) return this.#finishClose({ kind: 'in-doubt' });
    const failure = this.#claims.record('all');
    this.#finishClose(failure === undefined ? { kind: 'certain' } : { kind: 'failed', error: failure });
  }

  #finishClose(closing: Closing): void {
    this.abandon();
    for (const job of this.#intake.takeArriving()) this.#sink.drop(job);
    this.#sink.onClosed(closing);
    if (this.#isSettling) this.#sink.onSettled();
    this.#isSettling = false;
  }
}
