/**
 * Drives the machine that keeps the pieces of a fetched share (`core/store.ts`): carries out its effects on the port
 * `Disk`, on the piece prover, on the journal and on the record, and hands it the answers. The rules, what is done in
 * which order and what is lost when the disk refuses, are the machine's. The same code runs on the simulated disk of
 * `sim/`.
 */
import { PIECE_UNWRITABLE, type PieceProver, type PieceVerdict } from '../../disk/piece-batch.ts';
import type { Metainfo } from '../../content/metainfo.ts';
import { Bitfield } from '../../../ground/bitfield.ts';
import { fromSystemError, type ShoalError } from '../../../ground/errors.ts';
import { stalled } from '../../../ground/node/time-limit.ts';
import type { Clock, Timer } from '../../../ground/ports.ts';
import type { FileIndex, PieceIndex } from '../../../ground/units.ts';
import type { Claim, Closing, Prints, StoreEvent, StoreSink } from '../core/sink.ts';
import { StoreMachine } from '../core/store.ts';
import type { ShareRecord, ShareRecords } from '../records.ts';
import type { JournalFile } from './journal-file.ts';
import { type Arrival, type Memory, PieceWriter } from './piece-writer.ts';
import { SaveSteps } from './save-steps.ts';
import { StallWatch } from './stall-watch.ts';
import type { ShareFiles } from './share-files.ts';

export interface StoreEvents {
  /** The share has to rest; it goes on by itself when `onRecovered` is called. */
  onTrouble(error: ShoalError): void;
  onRecovered(): void;
  /** A wanted file is whole, saved, and has its name. */
  onFinished(file: FileIndex): void;
  /** The file is a part from now on. */
  onReopened(file: FileIndex): void;
  /** For people: written bytes will be replaced. */
  onWarning(message: string): void;
  /** Pieces that were written cannot be had again: to be fetched anew. */
  onLost(pieces: readonly PieceIndex[]): void;
}

export interface StoreOptions {
  readonly metainfo: Metainfo;
  readonly files: ShareFiles;
  readonly prover: PieceProver;
  readonly group: number | undefined;
  readonly journal: JournalFile;
  readonly records: ShareRecords;
  /** As saved when the share was opened. */
  readonly record: ShareRecord;
  readonly clock: Clock;
  readonly events: StoreEvents;
  /** For the record. */
  readonly totals: () => { readonly uploaded: number; readonly downloaded: number };
}

/** Settled by the machine's answer. */
type Waiter<Value> = PromiseWithResolvers<Value>;

export class ShareStore {
  readonly files: ShareFiles;
  readonly #options: StoreOptions;
  readonly #machine: StoreMachine<Arrival>;
  readonly #watch: StallWatch;
  readonly #writer: PieceWriter;
  readonly #steps: SaveSteps;
  #journal: JournalFile;
  #folder: string;
  /** Events of the machine, delivered when its call is over. */
  readonly #outbox: (() => void)[] = [];
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #holding: Waiter<void> | undefined;
  #resuming: Waiter<void> | undefined;
  #settling: Waiter<void> | undefined;
  #closing: Waiter<Closing> | undefined;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.files = options.files;
    this.#journal = options.journal;
    this.#folder = options.record.folder;
    const { files, record, clock } = options;
    this.#machine = new StoreMachine({
      sink: this.#createSink(),
      geometry: files.geometry,
      files: {
        isFinished: (file) => files.isFinished(file),
        isStored: (file) => files.currentPath(file) !== undefined,
      },
      have: Bitfield.fromBytes(record.have, files.geometry.pieceCount)!,
      epoch: record.epoch,
    });
    this.#watch = new StallWatch(clock, {
      onStalled: (what) => {
        this.#machine.handleStalled(clock.now(), stalled(what));
        this.#afterCall();
      },
      onResponding: () => {
        this.#machine.handleResponding(clock.now());
        this.#afterCall();
      },
    });
    const machine = this.#machine;
    const watch = this.#watch;
    const afterCall = (): void => this.#afterCall();
    this.#writer = new PieceWriter({ ...options, machine, watch, afterCall });
    this.#steps = new SaveSteps({
      files,
      machine,
      watch,
      now: () => clock.now(),
      afterCall,
      onFileLost: (file, error) => this.#writer.handleFileLost(file, error),
    });
  }

  /** Why the share rests. */
  get trouble(): ShoalError | undefined {
    return this.#machine.trouble;
  }

  /**
   * Begins the journal.
   * @param found see `addFound`
   * @throws ShoalError
   */
  async open(found: readonly PieceIndex[]): Promise<void> {
    try {
      this.addFound(found);
      await this.resume();
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  /** Pieces that were hashed just now, at the start or while held: right, but perhaps in the system's memory only. */
  addFound(found: readonly PieceIndex[]): void {
    this.#machine.addFound(this.#now, found);
    this.#afterCall();
  }

  /** Blocks of the piece were asked for: its files are made and opened while they come. */
  expect(piece: PieceIndex): void {
    if (this.#writer.isReady(piece)) return;
    this.#machine.handleExpected(piece);
    this.#afterCall();
  }

  /**
   * Proves a piece that lies in memory and writes it if it is right. `done` is called when it is proved wrong, or
   * written; while the disk refuses it, the piece waits.
   */
  prove(
    piece: PieceIndex,
    memory: Memory,
    wantsBlockHashes: boolean,
    done: (verdict: PieceVerdict) => void,
  ): void {
    this.#machine.handleArrived({ piece, memory, wantsBlockHashes, done });
    this.#afterCall();
  }

  /** The file is proved from its first to its last byte: it gets its name when it is saved. */
  handleComplete(file: FileIndex): void {
    if (this.files.isFinished(file)) return;
    this.#machine.handleComplete(this.#now, file);
    this.#afterCall();
  }

  /** A part could not be read: it is gone, or a piece of it is. */
  handlePartUnreadable(file: FileIndex, piece: PieceIndex, error: ShoalError): void {
    this.#machine.handlePartUnreadable(this.#now, file, piece, error);
    this.#afterCall();
  }

  /** Looks at once whether the cause of the trouble is gone. */
  retry(): void {
    this.#machine.handleRetry(this.#now);
    this.#afterCall();
  }

  /**
   * Nothing is written until `resume`. Running writes are finished and saved; new pieces wait.
   * @throws ShoalError when the disk refuses, or the share closes
   */
  async hold(): Promise<void> {
    this.#holding = Promise.withResolvers();
    this.#machine.handleHold(this.#now);
    this.#afterCall();
    await this.#holding.promise;
  }

  /**
   * Writing goes on.
   * @param journal the files were moved, and so was the journal
   * @throws ShoalError when the journal cannot be begun: then it goes on with the one before
   */
  async resume(journal?: JournalFile): Promise<void> {
    const before = this.#journal;
    this.#journal = journal ?? before;
    this.#resuming = Promise.withResolvers();
    this.#machine.handleResume(this.#now);
    this.#afterCall();
    try {
      await this.#resuming.promise;
      if (journal !== undefined) await before.remove();
    } catch (error) {
      this.#journal = before;
      throw error;
    }
  }

  /** While held: pieces that are not kept any more, before their files are removed. @throws ShoalError */
  discard(pieces: readonly PieceIndex[]): void {
    const error = this.#machine.discard(pieces);
    if (error !== undefined) throw error;
  }

  /** While held: the share lies in another folder from now on, where its files look like this. @throws ShoalError */
  relocate(folder: string, prints: Prints): void {
    this.#folder = folder;
    const error = this.#machine.relocate(prints);
    if (error !== undefined) throw error;
  }

  /** Everything that is written is saved, and every whole file has its name. Waits while the disk refuses. */
  async settle(): Promise<void> {
    this.#settling ??= Promise.withResolvers();
    const { promise } = this.#settling;
    this.#machine.handleSettle(this.#now);
    this.#afterCall();
    await promise;
  }

  /**
   * Waits for writes that run, saves, and closes. Pieces that the disk refuses are given up.
   * @throws ShoalError when it cannot be saved: the next start hashes what is in doubt
   */
  async close(): Promise<void> {
    this.#closing ??= Promise.withResolvers();
    const { promise } = this.#closing;
    this.#machine.handleClose(this.#now);
    this.#afterCall();
    const closing = await promise;
    try {
      if (closing.kind === 'certain') await this.#journal.remove();
      if (closing.kind === 'failed') throw closing.error;
    } finally {
      this.#journal.close();
    }
  }

  /** Process death, for the simulated world: nothing more happens here. */
  abandon(): void {
    this.#machine.abandon();
    this.#timer?.cancel();
    this.#watch.close();
  }

  get #now(): number {
    return this.#options.clock.now();
  }

  #afterCall(): void {
    this.#arm();
    for (let next = this.#outbox.shift(); next !== undefined; next = this.#outbox.shift()) next();
  }

  #arm(): void {
    const at = this.#machine.nextTimeout();
    if (at === this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    if (at === Number.POSITIVE_INFINITY) return;
    // Never before its time: a timer that comes early would be set again and again.
    this.#timer = this.#options.clock.after(Math.max(0, Math.ceil(at - this.#now)), () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#machine.handleTimeout(this.#now);
      this.#afterCall();
    });
  }

  #createSink(): StoreSink<Arrival> {
    return {
      noteSoon: () =>
        queueMicrotask(() => {
          this.#machine.handleNotesDue(this.#now);
          this.#afterCall();
        }),
      appendNotes: (pieces) => this.#appendNotes(pieces),
      prepare: (piece) => void this.#writer.prepare(piece),
      write: (arrival) => this.#writer.write(arrival),
      // The piece is not had, which is true.
      drop: ({ done }) =>
        this.#outbox.push(() => done({ status: PIECE_UNWRITABLE, v1: NOTHING, v2: NOTHING })),
      syncFiles: (files) => void this.#steps.syncFiles(files),
      syncFolders: () => void this.#steps.syncFolders(),
      readPrints: (files) => void this.#steps.readPrints(files),
      startJournal: (epoch, pieces) => void this.#steps.startJournal(this.#journal, epoch, pieces),
      commit: (claim) => this.#commit(claim),
      nameFile: (file) => void this.#steps.nameFile(file),
      forgetFile: (file) => this.files.forgetPrepared(file),
      emit: (event) => this.#outbox.push(() => this.#tell(event)),
      onHeld: (error) => settle(this.#holding, error),
      onResumed: (error) => settle(this.#resuming, error),
      onSettled: () => {
        this.#settling?.resolve();
        this.#settling = undefined;
      },
      onClosed: (closing) => this.#endWaiting(closing),
    };
  }

  #endWaiting(closing: Closing): void {
    this.#watch.close();
    // Their answers may hang with the disk.
    this.#resuming?.resolve();
    this.#closing!.resolve(closing);
  }

  #tell(event: StoreEvent): void {
    const { events } = this.#options;
    switch (event.type) {
      case 'trouble':
        return events.onTrouble(event.error);
      case 'recovered':
        return events.onRecovered();
      case 'finished':
        return events.onFinished(event.file);
      case 'reopened':
        return events.onReopened(event.file);
      case 'lost':
        return events.onLost(event.pieces);
    }
  }

  #appendNotes(pieces: readonly PieceIndex[]): ShoalError | undefined {
    try {
      this.#journal.append(pieces);
      return undefined;
    } catch (error) {
      return fromSystemError('cannot write the journal in the state folder', error);
    }
  }

  #commit({ have, trust, epoch, prints }: Claim): ShoalError | undefined {
    const { records, record, totals } = this.#options;
    const { uploaded, downloaded } = totals();
    try {
      records.update({
        key: record.key,
        folder: this.#folder,
        have,
        trust,
        epoch,
        uploaded: record.uploaded + uploaded,
        downloaded: record.downloaded + downloaded,
        prints,
      });
      return undefined;
    } catch (error) {
      return fromSystemError('cannot save the record in the state folder', error);
    }
  }
}

const NOTHING = new Uint8Array(0);

function settle(waiter: Waiter<void> | undefined, error: ShoalError | undefined): void {
  if (error === undefined) waiter?.resolve();
  else waiter?.reject(error);
}
