/**
 * Keeps what is fetched: proves and writes pieces, and sees to it that the record of the share never claims a piece
 * that is not on the disk. The order of things is docs/storage.md:
 *
 * 1. a piece is noted in the journal, 2. proved and written, 3. its files are synced, 4. their folders are synced,
 * 5. the record is saved, with a new journal, 6. whole files get their names.
 *
 * What fails is tried again: the piece stays in memory, the share rests and says why, and goes on by itself when the
 * cause is gone. The same code runs on the simulated disk of `sim/`.
 */
import type { PieceJob, PieceVerdict } from '../../disk/piece-batch.ts';
import { PIECE_OK, PIECE_UNREADABLE, PIECE_UNWRITABLE, SLICE_DIFFERS } from '../../disk/piece-batch.ts';
import { proofOf } from '../../content/geometry.ts';
import { fromSystemError, type ShoalError } from '../../../ground/errors.ts';
import { stalled } from '../../../ground/node/time-limit.ts';
import type { Timer } from '../../../ground/ports.ts';
import type { FileIndex, PieceIndex } from '../../../ground/units.ts';
import type { FilePrint } from '../resume-plan.ts';
import { forEachAhead } from './ahead.ts';
import { goOnAsPart } from './existing-files.ts';
import type { JournalFile } from './journal-file.ts';
import { ShareClaims } from './share-claims.ts';
import type { StoreOptions } from './store-options.ts';
import { RetryTimer } from './retry-timer.ts';
import { StallWatch } from './stall-watch.ts';
import type { AcquiredSlices, FileSlice, ShareFiles } from './share-files.ts';

/** Saved at the latest so long after a piece was written, … */
const SAVE_MS = 30_000;
/** … or when so much was written: what a restart has to hash is no more than this. */
const SAVE_BYTES = 256 * 1024 * 1024;
/** Whole files wait so long for others that become whole with them, and are synced together. */
const FINISH_MS = 1000;
/** Files synced side by side: journalling file systems then commit them together. */
const SYNCS_AHEAD = 8;

interface Pending {
  readonly piece: PieceIndex;
  readonly memory: NonNullable<PieceJob['memory']>;
  readonly wantsBlockHashes: boolean;
  readonly done: (verdict: PieceVerdict) => void;
}

export class ShareStore {
  readonly files: ShareFiles;
  readonly #options: StoreOptions;
  readonly #claims: ShareClaims;
  readonly #watch: StallWatch;
  /** Written, and not in the saved record: which write it was. */
  readonly #written = new Map<PieceIndex, number>();
  #writes = 0;
  #writtenBytes = 0;
  readonly #dirty = new Set<FileIndex>();
  readonly #whole = new Set<FileIndex>();
  #arriving: Pending[] = [];
  #isNoting = false;
  readonly #failed: Pending[] = [];
  /** What came while nothing may be written. */
  readonly #kept: Pending[] = [];
  #isHeld = false;
  #pending = 0;
  #trouble: ShoalError | undefined;
  readonly #retry: RetryTimer;
  #saveTimer: Timer | undefined;
  #saveAt = Number.POSITIVE_INFINITY;
  #saving: Promise<void> | undefined;
  /** Nothing new is begun, and what fails is not tried again. */
  #isClosing = false;
  #isClosed = false;
  readonly #idlers: (() => void)[] = [];

  constructor(options: StoreOptions) {
    this.#options = options;
    this.files = options.files;
    this.#claims = new ShareClaims(options);
    this.#retry = new RetryTimer(options.clock, () => this.#retryNow());
    this.#watch = new StallWatch(options.clock, {
      onStalled: (what) => this.#setTrouble(stalled(what)),
      onMoving: () => this.#settleTrouble(),
    });
  }

  /** Why the share rests. */
  get trouble(): ShoalError | undefined {
    return this.#trouble;
  }

  /**
   * Begins the journal.
   * @param found see `takeUp`
   * @throws ShoalError
   */
  async open(found: readonly PieceIndex[]): Promise<void> {
    this.takeUp(found);
    await this.#claims.turn(new Map());
  }

  /** Pieces that were hashed just now, at the start or while held: right, but perhaps in the system's memory only. */
  takeUp(found: readonly PieceIndex[]): void {
    this.#claims.noteFound(found);
    for (const piece of found) {
      this.#written.set(piece, ++this.#writes);
      this.#markDirty(piece);
    }
    if (found.length > 0) this.#saveBy(SAVE_MS);
  }

  /**
   * Proves a piece that lies in memory and writes it if it is right. `done` is called when it is proved wrong, or
   * written; while the disk refuses it, the piece waits.
   */
  prove(
    piece: PieceIndex,
    memory: NonNullable<PieceJob['memory']>,
    wantsBlockHashes: boolean,
    done: (verdict: PieceVerdict) => void,
  ): void {
    this.#pending++;
    const pending = { piece, memory, wantsBlockHashes, done };
    if (this.#isHeld) {
      this.#kept.push(pending);
      this.#wakeIdle();
    } else if (this.#trouble !== undefined) this.#failed.push(pending);
    else {
      this.#arriving.push(pending);
      if (!this.#isNoting) void this.#noteAll();
    }
  }

  /** The file is proved from its first to its last byte: it gets its name when it is saved. */
  handleWhole(file: FileIndex): void {
    if (this.files.isFinished(file)) return;
    this.#whole.add(file);
    this.#saveBy(FINISH_MS);
  }

  /** A part could not be read: it is gone, or a piece of it is. */
  handlePartFailed(file: FileIndex, piece: PieceIndex, error: ShoalError): void {
    if (error.code === 'not-found') return this.#handleUnsaved(file, error);
    // Two reads of it may fail, and it is lost once.
    if (this.#claims.have.delete(piece) || this.#written.has(piece)) this.#lose([piece]);
  }

  /** No file that such a piece lies in is whole any more. */
  #lose(pieces: readonly PieceIndex[]): void {
    const { geometry } = this.files;
    for (const piece of pieces) {
      this.#written.delete(piece);
      for (const { file } of geometry.slices(piece, 0, geometry.pieceLength(piece))) this.#whole.delete(file);
    }
    if (pieces.length > 0) this.#options.events.onLost(pieces);
  }

  /** Looks at once whether the cause of the trouble is gone. */
  retry(): void {
    this.#retry.reset();
    this.#retryNow();
  }

  /**
   * Nothing is written until `release`: what runs is written to its end and saved, what comes waits.
   * @throws ShoalError when the disk refuses
   */
  async hold(): Promise<void> {
    this.#isHeld = true;
    while (this.#pending > this.#kept.length) {
      if (this.#trouble !== undefined) {
        this.release();
        throw this.#trouble;
      }
      await this.#idle();
    }
    try {
      await this.#saveAll();
      // Nothing is on its way: there is nothing that a journal could doubt.
      this.#claims.update('all', new Map());
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Writing goes on. @param journal the files were moved, and so was the journal */
  async resume(journal?: JournalFile): Promise<void> {
    try {
      await this.#claims.turnTo(journal);
    } finally {
      this.release();
    }
  }

  release(): void {
    this.#isHeld = false;
    const kept = this.#kept.splice(0);
    this.#pending -= kept.length;
    for (const { piece, memory, wantsBlockHashes, done } of kept)
      this.prove(piece, memory, wantsBlockHashes, done);
  }

  /** While held: pieces that are not kept any more, before their files are removed. */
  discard(pieces: readonly PieceIndex[]): void {
    for (const piece of pieces) this.#claims.have.delete(piece);
    this.#claims.update('all', new Map());
  }

  /** While held: the share lies in another folder from now on, where its files look like this. */
  relocate(folder: string, prints: ReadonlyMap<FileIndex, FilePrint>): void {
    this.#claims.relocate(folder, prints);
  }

  /** Everything that is written is saved, and every whole file has its name. Waits while the disk refuses. */
  async settle(): Promise<void> {
    while (!this.#isClosed && (this.#written.size > 0 || this.#whole.size > 0 || this.#pending > 0)) {
      if (this.#pending > 0 || this.#trouble !== undefined) await this.#idle();
      else await this.#save();
    }
  }

  /**
   * Waits for writes that run, saves, and closes. Pieces that the disk refuses are given up.
   * @throws ShoalError when it cannot be saved: the next start hashes what is in doubt
   */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const pending of [...this.#failed.splice(0), ...this.#kept.splice(0)]) this.#drop(pending);
    // A disk that hangs may hang for ever: what it has not answered is as uncertain as after a crash.
    while (this.#pending > 0 && !this.#watch.isStalled) await this.#idle();
    this.#isClosed = true;
    this.#retry.reset();
    this.#saveTimer?.cancel();
    this.#watch.close();
    try {
      if (this.#watch.isStalled) return;
      await this.#saveAll();
      if (this.#claims.isAllClaimed) await this.#claims.finish();
    } finally {
      this.#claims.close();
    }
  }

  /** Process death, for the simulated world: nothing more happens here. */
  abandon(): void {
    this.#isClosing = true;
    this.#isClosed = true;
    this.#retry.reset();
    this.#saveTimer?.cancel();
    this.#watch.close();
  }

  /** Notes what has come, all of it in one write, and then lets it be written. */
  async #noteAll(): Promise<void> {
    this.#isNoting = true;
    // Pieces that complete in the same call of the machine are noted together; while the journal turns, they wait.
    await this.#claims.whenOpen();
    this.#isNoting = false;
    const batch = this.#arriving;
    this.#arriving = [];
    try {
      this.#claims.note(batch.map(({ piece }) => piece));
    } catch (error) {
      const trouble = fromSystemError('cannot write the journal in the state folder', error);
      for (const pending of batch) this.#fail(pending, trouble);
      return;
    }
    for (const pending of batch) this.#write(pending);
  }

  #write(pending: Pending): void {
    const length = this.files.geometry.pieceLength(pending.piece);
    const open = this.files.tryAcquire(pending.piece, 0, length, 'write');
    if (open !== undefined) return this.#submit(pending, open);
    const path = this.#pathUnder(pending.piece);
    this.#watch
      .run(path, () => this.files.acquire(pending.piece, 0, length, 'write'))
      .then(
        (slices) => this.#submit(pending, slices),
        (error: unknown) => void this.#failToOpen(pending, fromSystemError(`cannot write ${path}`, error)),
      );
  }

  /** A part that we made and that is gone is made again; what it held is lost. */
  async #failToOpen(pending: Pending, error: ShoalError): Promise<void> {
    const { geometry } = this.files;
    if (error.code === 'not-found') {
      for (const { file } of geometry.slices(pending.piece, 0, geometry.pieceLength(pending.piece)))
        await this.files.requirePresent(file).catch((cause: unknown) => this.#handleUnsaved(file, cause));
    }
    this.#fail(pending, error);
  }

  #submit(pending: Pending, target: AcquiredSlices): void {
    const { metainfo, prover, group } = this.#options;
    const { piece, memory, wantsBlockHashes } = pending;
    const proof = proofOf(metainfo, this.files.geometry, piece);
    const watched = this.#watch.begin(() => this.#pathUnder(piece));
    prover.submit({ ...proof, memory, slices: target.slices, wantsBlockHashes, group }, (verdict) => {
      const isLost = verdict.status === PIECE_OK && target.isStale();
      target.release();
      watched.end();
      if (isLost) {
        // It went into a file that somebody had removed: once more, into the one that has the name now.
        this.#write(pending);
        return;
      }
      if (verdict.status === PIECE_UNWRITABLE || verdict.status === PIECE_UNREADABLE) {
        const at = target.slices[verdict.failure!.slice];
        if (verdict.failure!.code === SLICE_DIFFERS) {
          void this.#settleDifference(pending, at!);
          return;
        }
        const path = at === undefined ? this.#pathUnder(piece) : this.files.currentPath(at.file);
        this.#fail(pending, fromSystemError(`cannot write ${path}`, verdict.failure));
        return;
      }
      if (verdict.status === PIECE_OK) this.#handleWritten(piece, target);
      this.#settleTrouble();
      this.#finish(pending, verdict);
    });
  }

  /** The right piece has come, and a file that is there holds other bytes: it is unfinished, or another file. */
  async #settleDifference(pending: Pending, slice: FileSlice): Promise<void> {
    try {
      const isHad = (piece: PieceIndex): boolean => this.#claims.have.has(piece) || this.#written.has(piece);
      const { events } = this.#options;
      const isReopened = await goOnAsPart(this.files, slice, isHad, (message) => events.onWarning(message));
      if (isReopened) events.onReopened(slice.file);
      this.#write(pending);
    } catch (error) {
      const trouble = fromSystemError(`cannot write ${this.files.currentPath(slice.file)}`, error);
      if (trouble.code === 'not-found') this.#handleUnsaved(slice.file, trouble);
      this.#fail(pending, trouble);
    }
  }

  #handleWritten(piece: PieceIndex, target: AcquiredSlices): void {
    for (const { file, fd } of target.slices) if (fd >= 0) this.#dirty.add(file);
    this.#written.set(piece, ++this.#writes);
    this.#writtenBytes += this.files.geometry.pieceLength(piece);
    this.#saveBy(this.#writtenBytes >= SAVE_BYTES ? 0 : SAVE_MS);
  }

  #finish(pending: Pending, verdict: PieceVerdict): void {
    this.#pending--;
    pending.done(verdict);
    if (this.#pending === this.#kept.length) this.#wakeIdle();
  }

  /** At the end: the piece is not had, which is true. */
  #drop(pending: Pending): void {
    const nothing = new Uint8Array(0);
    this.#finish(pending, { status: PIECE_UNWRITABLE, v1: nothing, v2: nothing });
  }

  #idle(): Promise<void> {
    return new Promise((resolve) => this.#idlers.push(resolve));
  }

  #wakeIdle(): void {
    for (const wake of this.#idlers.splice(0)) wake();
  }

  #pathUnder(piece: PieceIndex): string {
    const slice = this.files.geometry
      .slices(piece, 0, this.files.geometry.pieceLength(piece))
      .find(({ file }) => this.files.currentPath(file) !== undefined);
    return slice === undefined ? `piece ${piece}` : this.files.currentPath(slice.file)!;
  }

  #fail(pending: Pending, error: ShoalError): void {
    if (this.#isClosing) return this.#drop(pending);
    this.#failed.push(pending);
    this.#setTrouble(error);
    this.#retryLater();
  }

  #setTrouble(error: ShoalError): void {
    if (this.#isClosing) return this.#wakeIdle();
    const isNew = this.#trouble?.message !== error.message;
    this.#trouble = error;
    if (isNew) this.#options.events.onTrouble(error);
    this.#wakeIdle();
  }

  /** Something worked: if nothing is refused or stuck any more, the trouble is over. */
  #settleTrouble(): void {
    if (this.#trouble === undefined || this.#watch.isStalled) return;
    if (this.#failed.length > 0) return this.#retryNow();
    if (this.#retry.isWaiting) return;
    this.#trouble = undefined;
    this.#retry.reset();
    this.#options.events.onRecovered();
    this.#wakeIdle();
  }

  #retryLater(): void {
    if (!this.#isClosing) this.#retry.start();
  }

  /** One refused piece tries for all of them; without any, saving is what failed. */
  #retryNow(): void {
    if (this.#isClosed) return;
    const pending = this.#failed.shift();
    if (pending === undefined) void this.#save();
    else {
      this.#arriving.push(pending);
      if (!this.#isNoting) void this.#noteAll();
    }
  }

  #saveBy(ms: number): void {
    if (this.#isClosing) return;
    const at = this.#options.clock.now() + ms;
    if (at >= this.#saveAt) return;
    this.#saveTimer?.cancel();
    this.#saveAt = at;
    this.#saveTimer = this.#options.clock.after(ms, () => {
      this.#saveAt = Number.POSITIVE_INFINITY;
      void this.#save();
    });
  }

  /** Saves, or says why not and tries again later. Never rejects. */
  async #save(): Promise<void> {
    if (this.#saving !== undefined) return this.#saving.catch(() => {});
    try {
      await this.#saveOnce();
      if (!this.#isClosed) this.#settleTrouble();
    } catch (error) {
      this.#setTrouble(fromSystemError('cannot save what was fetched', error));
      this.#retryLater();
    } finally {
      this.#wakeIdle();
    }
  }

  /** Never two at once. */
  #saveOnce(): Promise<void> {
    this.#saving ??= this.#saveNow().finally(() => (this.#saving = undefined));
    return this.#saving;
  }

  /** Including what came while another save was under way. */
  async #saveAll(): Promise<void> {
    await this.#saving?.catch(() => {});
    await this.#saveOnce();
  }

  async #saveNow(): Promise<void> {
    this.#saveTimer?.cancel();
    this.#saveAt = Number.POSITIVE_INFINITY;
    const written = [...this.#written];
    const dirty = [...this.#dirty];
    const whole = [...this.#whole];
    if (written.length === 0 && whole.length === 0) return;
    this.#writtenBytes = 0;
    await this.#sync(dirty);
    const prints = await this.#printsOf(dirty);
    // Not what was lost meanwhile, nor what was lost and written again after the sync.
    const saved = written
      .filter(([piece, write]) => this.#written.get(piece) === write)
      .map(([piece]) => piece);
    await this.#claims.turn(prints, saved);
    for (const piece of saved) this.#written.delete(piece);
    for (const file of dirty) this.#dirty.delete(file);
    // Whatever was written while we were busy is saved the next time.
    if (this.#written.size > 0) {
      for (const piece of this.#written.keys()) this.#markDirty(piece);
      this.#saveBy(SAVE_MS);
    }
    await this.#nameAll(whole);
  }

  #markDirty(piece: PieceIndex): void {
    const { geometry } = this.files;
    for (const { file } of geometry.slices(piece, 0, geometry.pieceLength(piece))) {
      if (this.files.currentPath(file) !== undefined) this.#dirty.add(file);
    }
  }

  async #sync(dirty: readonly FileIndex[]): Promise<void> {
    await forEachAhead(dirty, SYNCS_AHEAD, async (file) => {
      const path = this.files.currentPath(file)!;
      try {
        await this.#watch.run(path, () => this.files.requirePresent(file));
        await this.#watch.run(path, () => this.files.sync(file));
      } catch (error) {
        this.#handleUnsaved(file, error);
        throw error;
      }
    });
    await this.#watch.run('the output folder', () => this.files.syncFolders());
  }

  /**
   * After a failed sync the system may have dropped what was written, and the next sync would know nothing of it: what
   * was not saved of that file counts as lost. The same if the file is gone.
   */
  #handleUnsaved(file: FileIndex, error: unknown): void {
    const { code } = fromSystemError('', error);
    if (code !== 'not-found' && code !== 'io-error') return;
    const { geometry } = this.files;
    const isGone = code === 'not-found';
    const lost = [...this.#written.keys()].filter((piece) =>
      geometry.slices(piece, 0, geometry.pieceLength(piece)).some((slice) => slice.file === file),
    );
    if (isGone) {
      const [first, last] = geometry.filePieces(file) ?? [0, -1];
      for (let piece = first; piece <= last; piece++)
        if (this.#claims.have.delete(piece) && !this.#written.has(piece)) lost.push(piece);
      try {
        // Before a new file takes the name: a crash must not find the old claims with it.
        this.#claims.update('journal', new Map([[file, { size: -1, modifiedMs: -1 }]]));
        this.files.forgetPrepared(file);
        if (!this.files.isFinished(file)) this.#options.events.onReopened(file);
      } catch (cause) {
        // Until it is, no file takes the name: who writes to it comes here again.
        this.#setTrouble(fromSystemError('cannot save the record in the state folder', cause));
        this.#retryLater();
      }
    }
    this.#dirty.delete(file);
    this.#whole.delete(file);
    this.#lose(lost);
  }

  async #printsOf(files: readonly FileIndex[]): Promise<Map<FileIndex, FilePrint>> {
    const prints = new Map<FileIndex, FilePrint>();
    await forEachAhead(files, SYNCS_AHEAD, async (file) => {
      const info = await this.files.look(file);
      prints.set(file, { size: info?.size ?? -1, modifiedMs: info?.modifiedMs ?? -1 });
    });
    return prints;
  }

  /** Not if a piece of it was lost while we saved; if that has come again, the next save has it. */
  #mayBeNamed(file: FileIndex): boolean {
    if (!this.#whole.has(file)) return false;
    const [first, last] = this.files.geometry.filePieces(file) ?? [0, -1];
    for (const piece of this.#written.keys()) {
      if (piece < first || piece > last) continue;
      this.#saveBy(FINISH_MS);
      return false;
    }
    return true;
  }

  async #nameAll(whole: readonly FileIndex[]): Promise<void> {
    for (const file of whole) {
      if (!this.#mayBeNamed(file)) continue;
      try {
        await this.#watch.run(this.files.finalPath(file)!, () => this.files.finish(file));
      } catch (error) {
        if ((error as ShoalError).code === 'not-found') this.#handleUnsaved(file, error);
        throw error;
      }
      this.#whole.delete(file);
      this.#options.events.onFinished(file);
    }
    if (whole.length > 0) await this.#watch.run('the output folder', () => this.files.syncFolders());
  }
}
