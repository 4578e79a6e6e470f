/**
 * What the record of a fetched share claims, and what its journal doubts. A piece is noted before it is written; the
 * record claims it when it is saved, in one step with a journal that doubts it no more.
 */
import { Bitfield } from '../../../ground/bitfield.ts';
import type { FileIndex, PieceIndex } from '../../../ground/units.ts';
import type { FilePrint } from '../resume-plan.ts';
import type { JournalFile } from './journal-file.ts';
import type { StoreOptions } from './store-options.ts';

type Prints = ReadonlyMap<FileIndex, FilePrint>;

export class ShareClaims {
  readonly #options: Pick<StoreOptions, 'records' | 'record' | 'totals'>;
  /** Saved. */
  readonly have: Bitfield;
  /** Noted, and not in the saved record. */
  readonly #noted = new Set<PieceIndex>();
  #epoch: number;
  #folder: string;
  #journal: JournalFile;
  /** Until a new journal is begun: nothing is noted meanwhile, it would be in the old journal alone. */
  #turning: Promise<void> = Promise.resolve();

  constructor(options: StoreOptions) {
    this.#options = options;
    this.have = Bitfield.fromBytes(options.record.have, options.files.geometry.pieceCount)!;
    this.#epoch = options.record.epoch;
    this.#folder = options.record.folder;
    this.#journal = options.journal;
  }

  get isAllClaimed(): boolean {
    return this.#noted.size === 0;
  }

  /** Pieces that were hashed just now: right, and not saved yet. Written to the next journal. */
  noteFound(pieces: readonly PieceIndex[]): void {
    for (const piece of pieces) this.#noted.add(piece);
  }

  /** Waits while the journal turns. */
  async whenOpen(): Promise<void> {
    for (let turn: Promise<void> | undefined; turn !== this.#turning; await turn) turn = this.#turning;
  }

  /** Notes what is about to be written, all of it in one write. @throws the system's error */
  note(pieces: readonly PieceIndex[]): void {
    const fresh = pieces.filter((piece) => !this.#noted.has(piece));
    if (fresh.length === 0) return;
    this.#journal.append(fresh);
    for (const piece of fresh) this.#noted.add(piece);
  }

  /** The record claims what was saved, and the journal goes on with what was not. */
  async turn(prints: Prints, saved: readonly PieceIndex[] = []): Promise<void> {
    for (const piece of saved) this.have.add(piece);
    const turn = async (): Promise<void> => {
      const open = new Set(this.#noted);
      for (const piece of saved) open.delete(piece);
      await this.#journal.start(this.#epoch + 1, [...open]);
      this.#epoch++;
      for (const piece of saved) this.#noted.delete(piece);
      this.update('journal', prints);
    };
    const turning = turn();
    this.#turning = turning.catch(() => {});
    await turning;
  }

  /** The journal goes on in another file, or the same. */
  async turnTo(journal: JournalFile | undefined): Promise<void> {
    const before = this.#journal;
    this.#journal = journal ?? before;
    try {
      await this.turn(new Map());
      if (journal !== undefined) await before.remove();
    } catch (error) {
      this.#journal = before;
      throw error;
    }
  }

  /** The share lies in another folder from now on, where its files look like this. */
  relocate(folder: string, prints: Prints): void {
    this.#folder = folder;
    this.update('all', prints);
  }

  /** @param trust `all` while nothing is on its way */
  update(trust: 'all' | 'journal', prints: Prints): void {
    const { records, record, totals } = this.#options;
    const { uploaded, downloaded } = totals();
    records.update({
      key: record.key,
      folder: this.#folder,
      have: this.have.bytes,
      trust,
      epoch: this.#epoch,
      uploaded: record.uploaded + uploaded,
      downloaded: record.downloaded + downloaded,
      prints,
    });
  }

  /** At the end: there is nothing that a journal could doubt. */
  async finish(): Promise<void> {
    this.update('all', new Map());
    await this.#journal.remove();
  }

  close(): void {
    this.#journal.close();
  }
}
