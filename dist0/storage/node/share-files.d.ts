import type { FileHandles } from '../../content/node/file-handles.ts';
import type { FdSlice } from '../../content/node/piece-batch.ts';
import type { Geometry } from '../../content/geometry.ts';
import type { Disk, FileStat } from '../../ground/node/disk.ts';
import type { FileIndex } from '../../ground/units.ts';
export declare const PART_ENDING = ".part";
/** A stretch of an open file, and which file of the share that is. */
export interface FileSlice extends FdSlice {
    readonly file: FileIndex;
}
export interface AcquiredSlices {
    readonly slices: FileSlice[];
    /** A file that was opened has lost its name meanwhile: what is written to it is lost. */
    isStale(): boolean;
    release(): void;
}
interface FetchOptions {
    readonly outputDir: string;
    /** By file: path below the output folder; undefined for pads. */
    readonly paths: readonly (readonly string[] | undefined)[];
    readonly wanted: ReadonlySet<FileIndex>;
    /** The side file for bytes of unwanted files. */
    readonly edgesPath: string;
}
export declare class ShareFiles {
    #private;
    readonly geometry: Geometry;
    readonly handles: FileHandles;
    private constructor();
    /** @param diskPaths by file index; undefined for pads */
    static inPlace(geometry: Geometry, diskPaths: (string | undefined)[], handles: FileHandles): ShareFiles;
    static fetched(geometry: Geometry, options: FetchOptions, handles: FileHandles): ShareFiles;
    /** Where files lie below the output folder; undefined for pads. */
    get paths(): readonly (readonly string[] | undefined)[];
    /** The files were moved: nothing of it is in use. */
    relocate(outputDir: string, edgesPath: string): void;
    /** Other files are wanted from now on: nothing of it is in use. */
    select(wanted: ReadonlySet<FileIndex>): void;
    /** A file gets another name; it is not in use. @throws ShoalError name-conflict */
    rename(file: FileIndex, path: readonly string[]): Promise<void>;
    /** Lets go of every file: their disk may be taken out. */
    closeAll(): void;
    get disk(): Disk;
    /** Where a file lies, or will lie when it is finished. */
    finalPath(file: FileIndex): string | undefined;
    isWanted(file: FileIndex): boolean;
    /** The file that holds a file's bytes now. */
    currentPath(file: FileIndex): string | undefined;
    /** True for bytes of an unwanted file, which lie in the side file. */
    isAside(file: FileIndex): boolean;
    markFinished(file: FileIndex): void;
    isFinished(file: FileIndex): boolean;
    /**
     * The files under a stretch of a piece, if all of them are open already: the way without waiting, for most pieces of
     * most shares.
     */
    tryAcquire(piece: number, begin: number, length: number, mode: 'read' | 'write'): AcquiredSlices | undefined;
    /**
     * Opens the files under a stretch of a piece; for writing, makes them.
     * @throws ShoalError
     */
    acquire(piece: number, begin: number, length: number, mode: 'read' | 'write'): Promise<AcquiredSlices>;
    /**
     * Makes sure that a file to be written exists, in a folder that is really ours, sparse, with its full length.
     * @throws ShoalError
     */
    prepare(file: FileIndex): Promise<void>;
    /** The file is to be made again before it is written: it vanished. */
    forgetPrepared(file: FileIndex): void;
    /**
     * A wanted file is proved from its first to its last byte: gives it its executable bit and its name.
     * @throws ShoalError name-conflict when something took the name meanwhile
     */
    finish(file: FileIndex): Promise<void>;
    /** Symbolic links come last, when every file lies in a real folder. */
    finishLinks(): Promise<void>;
    /** A file that lies under its final name but is not whole goes back to being a part. */
    reopen(file: FileIndex): Promise<void>;
    removeEdges(): Promise<void>;
    /** @throws ShoalError */
    makeOutputFolder(): Promise<void>;
    /**
     * The data and length of a file will survive a power loss.
     * @throws ShoalError
     */
    sync(file: FileIndex): Promise<void>;
    /** The names that were made since the last call will survive, too. */
    syncFolders(): Promise<void>;
    /**
     * The part under its name is the one that is open for writing.
     * @throws ShoalError not-found: somebody removed, moved or replaced it
     */
    requirePresent(file: FileIndex): Promise<void>;
    /** Files that are missing or have another length than the torrent says: more bytes than hashed is wrong, too. */
    wrongSizes(): Promise<string[]>;
    /** The file that holds a file's bytes now; undefined when nothing has its name. */
    look(file: FileIndex): Promise<FileStat | undefined>;
    /** Size and time of each file that holds data, for telling later whether anything touched them. */
    fingerprint(): Promise<FileFingerprint[]>;
}
export interface FileFingerprint {
    readonly file: FileIndex;
    readonly path: string;
    /** -1 when the file does not exist. */
    readonly size: number;
    readonly modifiedMs: number;
}
export {};
