/**
 * The claims of a fetched share's record, and the notes of its journal, which take claims back.
 *
 * Invariant: at every moment, a piece that the saved record claims and that the journal of its epoch does not note is on
 * the disk, synced and right. Hence the order: a piece is noted before its first byte is written. The record claims it in
 * one transaction with the epoch of a journal that notes it no more. Until the record names the journal in use, nothing
 * is noted: a note in another journal than the record's doubts nothing.
 */
import type { Bitfield } from '../../../ground/bitfield.ts';
import type { ShoalError } from '../../../ground/errors.ts';
import type { FileIndex, PieceIndex } from '../../../ground/units.ts';
import type { FilePrint, Trust } from '../resume-plan.ts';
import type { Prints, StoreSink } from './sink.ts';

type ClaimsSink = Pick<StoreSink<never>, 'appendNotes' | 'startJournal' | 'commit'>;

type JournalState =
  /** The record names the journal in use. */
  | { readonly kind: 'current' }
  /** The next journal is being made. */
  | { readonly kind: 'starting'; readonly saved: readonly PieceIndex[] }
  /** The next journal is in use, and the record could not be saved. */
  | { readonly kind: 'unrecorded' };

const CURRENT: JournalState = { kind: 'current' };

export class Claims {
  /** Saved. */
  readonly have: Bitfield;
  readonly #sink: ClaimsSink;
  /** Noted, and not in the saved record. */
  readonly #noted = new Set<PieceIndex>();
  #epoch: number;
  #journal: JournalState = CURRENT;
  /** Not in the saved record yet. */
  #prints = new Map<FileIndex, FilePrint>();

  /** @param have as in the saved record */
  constructor(sink: ClaimsSink, have: Bitfield, epoch: number) {
    this.#sink = sink;
    this.have = have;
    this.#epoch = epoch;
  }

  /** There is nothing that a journal could doubt. */
  get isAllClaimed(): boolean {
    return this.#noted.size === 0;
  }

  /** The next journal is being made: nothing can be noted until it is. */
  get isTurning(): boolean {
    return this.#journal.kind === 'starting';
  }

  /** Pieces that were hashed just now: right, and not saved yet. The next journal notes them. */
  noteFound(pieces: readonly PieceIndex[]): void {
    for (const piece of pieces) this.#noted.add(piece);
  }

  /** Notes pieces that are about to be written, in one write. Not while the journal turns. */
  note(pieces: readonly PieceIndex[]): ShoalError | undefined {
    const fresh = pieces.filter((piece) => !this.#noted.has(piece));
    const error = this.#nameJournal() ?? (fresh.length === 0 ? undefined : this.#sink.appendNotes(fresh));
    if (error !== undefined) return error;
    for (const piece of fresh) this.#noted.add(piece);
    return undefined;
  }

  /**
   * Begins the next journal, which goes on with what was not saved. Then `finishTurn` or `failTurn`.
   * @param saved synced since they were written
   */
  startTurn(saved: readonly PieceIndex[], prints: Prints): ShoalError | undefined {
    // A second turn would begin in the file of the journal that the record still names.
    const error = this.#nameJournal();
    if (error !== undefined) return error;
    for (const [file, print] of prints) this.#prints.set(file, print);
    const open = new Set(this.#noted);
    for (const piece of saved) {
      // Before the turn is over: what is lost meanwhile is taken back in `have`.
      this.have.add(piece);
      open.delete(piece);
    }
    this.#journal = { kind: 'starting', saved };
    this.#sink.startJournal(this.#epoch + 1, [...open]);
    return undefined;
  }

  /** The next journal is in use: the record claims what was saved, and names the journal. */
  finishTurn(): ShoalError | undefined {
    if (this.#journal.kind === 'starting') for (const piece of this.#journal.saved) this.#noted.delete(piece);
    this.#epoch++;
    this.#journal = { kind: 'unrecorded' };
    return this.#nameJournal();
  }

  /** The next journal could not be made: the present one stays in use. */
  failTurn(): void {
    this.#journal = CURRENT;
  }

  /** Saves the record. @param trust `all` only while nothing is on its way */
  record(trust: Trust, prints?: Prints): ShoalError | undefined {
    for (const [file, print] of prints ?? []) this.#prints.set(file, print);
    const error = this.#sink.commit({
      have: this.have.bytes,
      trust,
      epoch: this.#epoch,
      prints: this.#prints,
    });
    if (error !== undefined) return error;
    this.#prints = new Map();
    if (this.#journal.kind === 'unrecorded') this.#journal = CURRENT;
    return undefined;
  }

  #nameJournal(): ShoalError | undefined {
    return this.#journal.kind === 'unrecorded' ? this.record('journal') : undefined;
  }
}
