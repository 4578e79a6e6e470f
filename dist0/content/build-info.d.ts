import type { TorrentVersion } from './metainfo.ts';
export interface SourceFile {
    readonly path: readonly string[];
    readonly lengthBytes: number;
    readonly isExecutable: boolean;
    readonly symlinkTarget?: readonly string[];
}
export interface InfoOptions {
    readonly version: TorrentVersion;
    readonly name: string;
    readonly isSingleFile: boolean;
    readonly pieceLength: number;
    readonly isPrivate?: boolean;
    readonly source?: string;
}
export interface InfoHashes {
    /** 20 bytes a piece; v1 and hybrid. */
    readonly v1Hashes?: Uint8Array;
    /** By index in the sorted file list; v2 and hybrid. */
    readonly piecesRoots?: readonly (Uint8Array | undefined)[];
}
/** The order that BEP 52's sorted dictionaries force; used for v1 as well so that input order never matters. */
export declare function sortFiles<T extends {
    readonly path: readonly string[];
}>(files: readonly T[]): T[];
export declare function buildInfo(files: readonly SourceFile[], options: InfoOptions, hashes: InfoHashes): Uint8Array<ArrayBuffer>;
export declare function padding(length: number, alignTo: number): number;
