import type { Metainfo } from '../../content/metainfo.ts';
import type { PieceProver } from '../../content/node/piece-batch.ts';
import { Bitfield } from '../../ground/bitfield.ts';
import type { Prng } from '../../ground/ports.ts';
import type { FileIndex, PieceIndex } from '../../ground/units.ts';
import type { ShareRecord } from '../records.ts';
import { type FilePrint } from '../resume-plan.ts';
import { type FileFingerprint, type ShareFiles } from './share-files.ts';
export interface ResumeOptions {
    readonly metainfo: Metainfo;
    readonly files: ShareFiles;
    readonly prover: PieceProver;
    readonly record: ShareRecord | undefined;
    /** Where the share's journal is, see `JournalFile`. */
    readonly journalPath: string;
    readonly prng: Prng;
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
}
export interface Resumed {
    /** Saved before, and believed. */
    readonly trusted: Bitfield;
    /** Hashed just now, and right. */
    readonly found: readonly PieceIndex[];
    /** Pieces that were hashed because they were in doubt. */
    readonly hashed: number;
    /** Of the files as they were looked at; whatever names they have by now. */
    readonly prints: ReadonlyMap<FileIndex, FilePrint>;
}
/** Nothing has touched any file since the record was saved. */
export declare function isUntouched(recorded: ReadonlyMap<FileIndex, FilePrint>, now: readonly FileFingerprint[]): boolean;
/**
 * The pieces of a fetched share that are right, and its files brought to the names that fit.
 * @throws ShoalError name-conflict when another's file has a name of the share
 */
export declare function resumeFetched(options: ResumeOptions): Promise<Resumed>;
