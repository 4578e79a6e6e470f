/**
 * The record of a share's data between runs, and the port to the database that keeps it. The torrent is kept beside it, once
 * for all folders that the share lies in (`torrent-copies.ts`).
 */
import type { FileIndex } from '../../ground/units.ts';
import type { FilePrint, Trust } from './resume-plan.ts';

export type ShareKind = 'place' | 'fetch';

export interface ShareRecord {
  /** Info hash in hex, v1 before v2. */
  readonly key: string;
  /** In place: the path that is shared. Fetched: the output folder. */
  readonly folder: string;
  readonly kind: ShareKind;
  /** Pieces that were proved and saved: bits as in a bitfield message. */
  readonly have: Uint8Array;
  readonly trust: Trust;
  /** Of the journal that says what was written since. */
  readonly epoch: number;
  readonly uploaded: number;
  readonly downloaded: number;
  /** Of each file that held data then. */
  readonly prints: ReadonlyMap<FileIndex, FilePrint>;
}

/** The fields that change while a share runs. `prints` has the files that changed; the others stay as they were. */
export type RecordUpdate = Pick<
  ShareRecord,
  'key' | 'folder' | 'have' | 'trust' | 'epoch' | 'uploaded' | 'downloaded' | 'prints'
>;

export interface Move {
  readonly from: string;
  readonly to: string;
}

/** A name of a file that is not the planned one, found on the disk or given by a person. */
export interface FileName {
  /** Below the output folder. */
  readonly path: readonly string[];
  /** Where it lay before, until it is certain that it was renamed. */
  readonly previous: readonly string[] | undefined;
}

/** Each call is one transaction: after a crash all of it is there, or nothing. */
export interface ShareRecords {
  get(key: string, folder: string): ShareRecord | undefined;
  put(record: ShareRecord): void;
  update(update: RecordUpdate): void;
  /** Before the first file moves. */
  beginMove(key: string, from: string, to: string): void;
  /** A move that was begun from or to that folder. */
  findMove(key: string, folder: string): Move | undefined;
  finishMove(key: string, move: Move): void;
  /** It failed, and everything lies where it lay. */
  cancelMove(key: string, move: Move): void;
  setName(key: string, folder: string, file: FileIndex, name: FileName): void;
  /** Files were found under these names. */
  setNames(key: string, folder: string, paths: ReadonlyMap<FileIndex, readonly string[]>): void;
  names(key: string, folder: string): ReadonlyMap<FileIndex, FileName>;
}
