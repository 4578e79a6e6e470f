/** What a `ShareStore` is made of, and what it has to say. */
import type { PieceProver } from '../../disk/piece-batch.ts';
import type { Metainfo } from '../../content/metainfo.ts';
import type { ShoalError } from '../../../ground/errors.ts';
import type { Clock } from '../../../ground/ports.ts';
import type { FileIndex, PieceIndex } from '../../../ground/units.ts';
import type { ShareRecord, ShareRecords } from '../records.ts';
import type { JournalFile } from './journal-file.ts';
import type { ShareFiles } from './share-files.ts';

export interface StoreEvents {
  /** The share has to rest; it goes on by itself when `onRecovered` is called. */
  onTrouble(error: ShoalError): void;
  onRecovered(): void;
  /** A wanted file is whole, saved, and has its name. */
  onFinished(file: FileIndex): void;
  /** A file is a part from now on, whatever it was. */
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
