/**
 * Carries out one effect of the store's machine: proves a piece that lies in memory and writes it to its files, which are
 * opened, or made, for that. Says what became of it.
 */
import { PIECE_OK, PIECE_UNREADABLE, PIECE_UNWRITABLE, SLICE_DIFFERS } from '../../disk/piece-batch.ts';
import type { PieceJob, PieceProver, PieceVerdict } from '../../disk/piece-batch.ts';
import type { Metainfo } from '../../content/metainfo.ts';
import { proofOf } from '../../content/geometry.ts';
import { fromSystemError, type ShoalError } from '../../../ground/errors.ts';
import type { Clock } from '../../../ground/ports.ts';
import type { FileIndex, PieceIndex } from '../../../ground/units.ts';
import type { PieceInMemory } from '../core/sink.ts';
import type { StoreMachine } from '../core/store.ts';
import { goOnAsPart } from './existing-files.ts';
import type { AcquiredSlices, FileSlice, ShareFiles } from './share-files.ts';
import type { StallWatch } from './stall-watch.ts';

export type Memory = NonNullable<PieceJob['memory']>;

/** A piece on its way to the disk. */
export interface Arrival extends PieceInMemory {
  readonly memory: Memory;
  readonly wantsBlockHashes: boolean;
  readonly done: (verdict: PieceVerdict) => void;
}

export interface PieceWriterOptions {
  readonly metainfo: Metainfo;
  readonly files: ShareFiles;
  readonly prover: PieceProver;
  readonly group: number | undefined;
  readonly clock: Clock;
  readonly events: {
    onReopened(file: FileIndex): void;
    onWarning(message: string): void;
  };
  readonly machine: StoreMachine<Arrival>;
  readonly watch: StallWatch;
  /** After each call of the machine. */
  readonly afterCall: () => void;
}

export class PieceWriter {
  readonly #options: PieceWriterOptions;
  readonly #files: ShareFiles;
  readonly #machine: StoreMachine<Arrival>;
  readonly #watch: StallWatch;

  constructor(options: PieceWriterOptions) {
    this.#options = options;
    this.#files = options.files;
    this.#machine = options.machine;
    this.#watch = options.watch;
  }

  get #now(): number {
    return this.#options.clock.now();
  }

  /** The files under the piece are open. */
  isReady(piece: PieceIndex): boolean {
    const open = this.#files.tryAcquire(piece, 0, this.#files.geometry.pieceLength(piece), 'write');
    open?.release();
    return open !== undefined;
  }

  /** Makes and opens the files under a piece. What hinders it, the piece will meet as well: it is told then. */
  async prepare(piece: PieceIndex): Promise<void> {
    const length = this.#files.geometry.pieceLength(piece);
    try {
      const open = await this.#watch.run(this.#pathUnder(piece), () =>
        this.#files.acquire(piece, 0, length, 'write'),
      );
      open.release();
    } catch {
      // Not now.
    }
    this.#machine.handlePrepared(this.#now);
    this.#options.afterCall();
  }

  /** Answers the machine when it is done, never from within the call. */
  write(arrival: Arrival): void {
    const { piece } = arrival;
    const length = this.#files.geometry.pieceLength(piece);
    const open = this.#files.tryAcquire(piece, 0, length, 'write');
    if (open !== undefined) return this.#submit(arrival, open);
    const path = this.#pathUnder(piece);
    this.#watch
      .run(path, () => this.#files.acquire(piece, 0, length, 'write'))
      .then(
        (slices) => this.#submit(arrival, slices),
        (error: unknown) => void this.#failToOpen(arrival, fromSystemError(`cannot write ${path}`, error)),
      );
  }

  /** A part of ours that is gone is made again. Its contents are lost. */
  async #failToOpen(arrival: Arrival, error: ShoalError): Promise<void> {
    const { geometry } = this.#files;
    if (error.code === 'not-found') {
      for (const { file } of geometry.slices(arrival.piece, 0, geometry.pieceLength(arrival.piece)))
        await this.#files.requirePresent(file).catch((cause: unknown) => this.handleFileLost(file, cause));
    }
    this.#refuse(arrival, error);
  }

  #submit(arrival: Arrival, target: AcquiredSlices): void {
    const { metainfo, prover, group } = this.#options;
    const { piece, memory, wantsBlockHashes } = arrival;
    const proof = proofOf(metainfo, this.#files.geometry, piece);
    const watched = this.#watch.begin(() => this.#pathUnder(piece));
    prover.submit({ ...proof, memory, slices: target.slices, wantsBlockHashes, group }, (verdict) => {
      const isStale = verdict.status === PIECE_OK && target.isStale();
      target.release();
      watched.end();
      if (isStale) this.#writeAgain(arrival);
      else this.#handleVerdict(arrival, target, verdict);
    });
  }

  /** The swarm gets the verdict before the machine: a file that it completes is then in the same save. */
  #handleVerdict(arrival: Arrival, { slices }: AcquiredSlices, verdict: PieceVerdict): void {
    const { piece, done } = arrival;
    if (verdict.status === PIECE_UNWRITABLE || verdict.status === PIECE_UNREADABLE) {
      const at = slices[verdict.failure!.slice];
      if (verdict.failure!.code === SLICE_DIFFERS) return void this.#settleDifference(arrival, at!);
      const path = at === undefined ? this.#pathUnder(piece) : this.#files.currentPath(at.file);
      return this.#refuse(arrival, fromSystemError(`cannot write ${path}`, verdict.failure));
    }
    done(verdict);
    if (verdict.status === PIECE_OK) this.#machine.handleWritten(this.#now, arrival, slices);
    else this.#machine.handleMismatch(this.#now);
    this.#options.afterCall();
  }

  /** The right piece has come, and a file that is there holds other bytes: it is unfinished, or another file. */
  async #settleDifference(arrival: Arrival, slice: FileSlice): Promise<void> {
    const { events } = this.#options;
    try {
      const isHad = (piece: PieceIndex): boolean => this.#machine.has(piece);
      const isReopened = await goOnAsPart(this.#files, slice, isHad, (message) => events.onWarning(message));
      if (isReopened) events.onReopened(slice.file);
      this.#writeAgain(arrival);
    } catch (error) {
      const trouble = fromSystemError(`cannot write ${this.#files.currentPath(slice.file)}`, error);
      if (trouble.code === 'not-found') this.handleFileLost(slice.file, trouble);
      this.#refuse(arrival, trouble);
    }
  }

  #writeAgain(arrival: Arrival): void {
    this.#machine.handleStaleWrite(arrival);
    this.#options.afterCall();
  }

  #refuse(arrival: Arrival, error: ShoalError): void {
    this.#machine.handleRefused(this.#now, arrival, error);
    this.#options.afterCall();
  }

  /** The file could not be synced, or is not there. */
  handleFileLost(file: FileIndex, error: unknown): void {
    const path = this.#files.currentPath(file);
    this.#machine.handleFileLost(this.#now, file, fromSystemError(`cannot save ${path}`, error));
    this.#options.afterCall();
  }

  #pathUnder(piece: PieceIndex): string {
    const { geometry } = this.#files;
    const slices = geometry.slices(piece, 0, geometry.pieceLength(piece));
    const slice = slices.find(({ file }) => this.#files.currentPath(file) !== undefined);
    return slice === undefined ? `piece ${piece}` : this.#files.currentPath(slice.file)!;
  }
}
