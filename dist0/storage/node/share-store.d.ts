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
import type { PieceJob, PieceVerdict } from '../../content/node/piece-batch.ts';
import { type ShoalError } from '../../ground/errors.ts';
import type { FileIndex, PieceIndex } from '../../ground/units.ts';
import type { FilePrint } from '../resume-plan.ts';
import type { JournalFile } from './journal-file.ts';
import type { StoreOptions } from './store-options.ts';
import type { ShareFiles } from './share-files.ts';
export declare class ShareStore {
    #private;
    readonly files: ShareFiles;
    constructor(options: StoreOptions);
    /** Why the share rests. */
    get trouble(): ShoalError | undefined;
    /**
     * Begins the journal.
     * @param found pieces that were hashed just now: right, but perhaps in the system's memory only
     * @throws ShoalError
     */
    open(found: readonly PieceIndex[]): Promise<void>;
    /**
     * Proves a piece that lies in memory and writes it if it is right. `done` is called when it is proved wrong, or
     * written; while the disk refuses it, the piece waits.
     */
    prove(piece: PieceIndex, memory: NonNullable<PieceJob['memory']>, wantsBlockHashes: boolean, done: (verdict: PieceVerdict) => void): void;
    /** The file is proved from its first to its last byte: it gets its name when it is saved. */
    handleWhole(file: FileIndex): void;
    /** A part could not be read: it is gone, or a piece of it is. */
    handlePartFailed(file: FileIndex, piece: PieceIndex, error: ShoalError): void;
    /** Looks at once whether the cause of the trouble is gone. */
    retry(): void;
    /**
     * Nothing is written until `release`: what runs is written to its end and saved, what comes waits.
     * @throws ShoalError when the disk refuses
     */
    hold(): Promise<void>;
    /** Writing goes on. @param journal the files were moved, and so was the journal */
    resume(journal?: JournalFile): Promise<void>;
    release(): void;
    /** While held: pieces that are not kept any more, before their files are removed. */
    discard(pieces: readonly PieceIndex[]): void;
    /** While held: the share lies in another folder from now on, where its files look like this. */
    relocate(folder: string, prints: ReadonlyMap<FileIndex, FilePrint>): void;
    /** Everything that is written is saved, and every whole file has its name. Waits while the disk refuses. */
    settle(): Promise<void>;
    /**
     * Waits for writes that run, saves, and closes. Pieces that the disk refuses are given up.
     * @throws ShoalError when it cannot be saved: the next start hashes what is in doubt
     */
    close(): Promise<void>;
    /** Process death, for the simulated world: nothing more happens here. */
    abandon(): void;
}
