/**
 * Pieces on their way from memory to the disk: they arrive, are noted, and are written; or they wait, refused by the disk
 * or deferred while nothing may be written. While the first blocks of a piece are on their way from a peer, its files are
 * made.
 *
 * Invariant: a piece is handed to the disk, and a file is made, only after the journal in use notes the piece. Pieces are noted
 * together, and none while the journal turns.
 */
import type { ShoalError } from '../../../ground/errors.ts';
import type { PieceIndex } from '../../../ground/units.ts';
import type { Claims } from './claims.ts';
import type { PieceInMemory, StoreSink } from './sink.ts';

export class Intake<Job extends PieceInMemory> {
  readonly #sink: Pick<StoreSink<Job>, 'noteSoon' | 'prepare' | 'write'>;
  readonly #claims: Claims;
  /** To be noted next. */
  #arriving: Job[] = [];
  #isNotingAsked = false;
  /** Noted, and handed to the disk; with the piece whose files are being made. */
  #writing = 0;
  #isPreparing = false;
  /** Pieces wait here only while there is trouble. */
  readonly #refused: Job[] = [];
  #deferred: Job[] = [];

  constructor(sink: Pick<StoreSink<Job>, 'noteSoon' | 'prepare' | 'write'>, claims: Claims) {
    this.#sink = sink;
    this.#claims = claims;
  }

  /** Nothing is on its way to the disk, nor waits to be tried again. */
  get isQuiet(): boolean {
    return this.#arriving.length === 0 && this.#writing === 0 && this.#refused.length === 0;
  }

  get hasRefused(): boolean {
    return this.#refused.length > 0;
  }

  get hasDeferred(): boolean {
    return this.#deferred.length > 0;
  }

  /**
   * Blocks of the piece were asked for: its files are made meanwhile. One piece at a time, since it only saves time; when
   * the journal refuses the note, the piece will meet that itself.
   */
  expect(piece: PieceIndex): void {
    if (this.#isPreparing || this.#claims.isTurning) return;
    if (this.#claims.note([piece]) !== undefined) return;
    this.#isPreparing = true;
    this.#writing++;
    this.#sink.prepare(piece);
  }

  /** The files of the expected piece are there, or can't be made. */
  handlePrepared(): void {
    this.#isPreparing = false;
    this.#writing--;
  }

  arrive(job: Job): void {
    this.#arriving.push(job);
    this.askToNote();
  }

  /** Also to be called when the journal has turned, for pieces that came meanwhile. */
  askToNote(): void {
    if (this.#isNotingAsked || this.#arriving.length === 0 || this.#claims.isTurning) return;
    this.#isNotingAsked = true;
    this.#sink.noteSoon();
  }

  /**
   * 1: the pieces that came are noted, in one write, and then may be written.
   * @param onRefused the journal refuses the piece
   */
  noteAll(onRefused: (job: Job, error: ShoalError) => void): void {
    this.#isNotingAsked = false;
    if (this.#claims.isTurning) return;
    const batch = this.#arriving;
    this.#arriving = [];
    const error = this.#claims.note(batch.map(({ piece }) => piece));
    this.#writing += batch.length;
    for (const job of batch) {
      if (error === undefined) this.#sink.write(job);
      else onRefused(job, error);
    }
  }

  /** The disk is done with a piece. */
  handleAnswered(): void {
    this.#writing--;
  }

  refuse(job: Job): void {
    this.#refused.push(job);
  }

  defer(job: Job): void {
    this.#deferred.push(job);
  }

  /** One refused piece tries for all of them. Returns false when there is none. */
  tryRefused(): boolean {
    const job = this.#refused.shift();
    if (job === undefined) return false;
    this.arrive(job);
    return true;
  }

  takeDeferred(): Job[] {
    const deferred = this.#deferred;
    this.#deferred = [];
    return deferred;
  }

  /** At the end: pieces that were not handed to the disk. */
  takeWaiting(): Job[] {
    return [...this.#refused.splice(0), ...this.takeDeferred()];
  }

  takeArriving(): Job[] {
    return this.#arriving.splice(0);
  }
}
