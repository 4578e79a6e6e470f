/** Options and events of the storage of a share. */
import type { FileHandles } from '../../disk/file-handles.ts';
import type { PieceProver } from '../../disk/piece-batch.ts';
import type { Metainfo } from '../../content/metainfo.ts';
import type { Bitfield } from '../../../ground/bitfield.ts';
import type { ShoalError } from '../../../ground/errors.ts';
import type { Clock, Prng } from '../../../ground/ports.ts';
import type { FileIndex, PieceIndex } from '../../../ground/units.ts';
import type { ShareKind, ShareRecords } from '../records.ts';
import type { FilePrint } from '../resume-plan.ts';
import type { ShareFiles } from './share-files.ts';

/** Where a share lies: files in place by index, or the folder that files are fetched to. */
export type SharePlace =
  | { readonly kind: 'place'; readonly path: string; readonly diskPaths: (string | undefined)[] }
  | { readonly kind: 'fetch'; readonly outputDir: string };

/** Data that was hashed before the share opens: these pieces are right, in files that look like this. */
export interface ProvedData {
  readonly pieces: Bitfield;
  readonly prints: ReadonlyMap<FileIndex, FilePrint>;
}

interface TorrentPlace {
  readonly folder: string;
  readonly kind: ShareKind;
}

/** Keeps the torrent of each share, and the folders that it lies in, so that it is found again when the records are lost. */
export interface TorrentKeeper {
  has(key: string): boolean;
  /** @throws ShoalError no-space, no-permission, … */
  save(key: string, place: TorrentPlace, torrent: Uint8Array): void;
  /** The share lies there as well; its torrent is kept already. @throws ShoalError no-space, no-permission, … */
  addPlace(key: string, place: TorrentPlace): void;
  /** The share does not lie in that folder any more. */
  drop(key: string, folder: string): void;
}

/** Shared by the storages of one peer. The simulated world brings its own. */
export interface StorageContext {
  readonly prover: PieceProver;
  readonly handles: FileHandles;
  readonly records: ShareRecords;
  readonly torrents: TorrentKeeper;
  readonly journalsFolder: string;
  readonly edgesFolder: string;
  readonly prng: Prng;
  readonly clock: Clock;
}

export interface StorageEvents {
  /** Fetching has to rest. */
  onTrouble(error: ShoalError): void;
  onRecovered(): void;
  onFinished(file: FileIndex): void;
  /** For people: written bytes will be replaced. */
  onWarning(message: string): void;
  /** Pieces that were written are gone: to be fetched anew. */
  onLost(pieces: readonly PieceIndex[]): void;
  /** A person's files that changed or went: not to be fetched over, but not served either. */
  onUnreadable(pieces: readonly PieceIndex[], error: ShoalError): void;
  onReadable(pieces: readonly PieceIndex[], path: string): void;
}

export interface StorageOptions {
  readonly context: StorageContext;
  readonly metainfo: Metainfo;
  readonly key: string;
  readonly folder: string;
  readonly place: SharePlace;
  readonly trackers: readonly (readonly string[])[];
  /** The torrent file byte for byte, or `kept` when it is in the state folder; else it is made of the metadata. */
  readonly torrent?: Uint8Array | 'kept' | undefined;
  readonly wanted: ReadonlySet<FileIndex>;
  readonly signal: AbortSignal;
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
  readonly events: StorageEvents;
  readonly totals: () => { readonly uploaded: number; readonly downloaded: number };
  /** May copy data that is at hand, before the existing files are checked. */
  readonly prepare?:
    | ((metainfo: Metainfo, files: ShareFiles, signal: AbortSignal) => Promise<void>)
    | undefined;
  /** In place: the pieces that are right, and the state of the files in which they were found so. */
  readonly proved?: ProvedData | undefined;
}
