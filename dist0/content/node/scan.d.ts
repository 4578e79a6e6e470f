import { type SourceFile } from '../build-info.ts';
export interface ScannedFile extends SourceFile {
    /** Where it lies on disk. */
    readonly diskPath: string;
    readonly modifiedMs: number;
}
export interface Scan {
    readonly name: string;
    readonly isSingleFile: boolean;
    readonly files: readonly ScannedFile[];
    readonly totalBytes: number;
    /** Sockets, devices and pipes that were passed over. */
    readonly skipped: readonly string[];
}
/** @throws ShoalError when something cannot be read or a link points out of the folder */
export declare function scanPath(path: string): Promise<Scan>;
