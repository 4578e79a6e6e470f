import type { Disk } from '../../ground/node/disk.ts';
export interface JournalContent {
    readonly pieces: readonly number[];
    /** When the last piece was noted. */
    readonly modifiedMs: number;
}
export declare class JournalFile {
    #private;
    constructor(disk: Disk, basePath: string);
    /** What was noted in that epoch; undefined when the journal is missing or another's. */
    static read(disk: Disk, basePath: string, epoch: number): Promise<JournalContent | undefined>;
    /** Begins the journal of an epoch, in the file that the one before does not use. */
    start(epoch: number, pieces: readonly number[]): Promise<void>;
    /** The state folder is local, or the database beside this file would be slow as well. */
    append(pieces: readonly number[]): void;
    close(): void;
    /** Nothing is being written any more: the record says it all. */
    remove(): Promise<void>;
}
