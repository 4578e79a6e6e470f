/**
 * Creates metainfo from files on disk. The data is read once; workers compute the v1 pieces and the v2 trees of it
 * side by side on all cores.
 */
import type { Address } from '../../ground/address.ts';
import { type Metainfo, type TorrentVersion } from '../metainfo.ts';
import { PiecePool } from './piece-pool.ts';
import { type Scan } from './scan.ts';
export interface CreateOptions {
    readonly version?: TorrentVersion;
    readonly name?: string;
    /** Bytes; a power of two from 16 KiB to 64 MiB. Chosen by size when absent. */
    readonly pieceLength?: number;
    /** Tiers (BEP 12). */
    readonly trackers?: readonly (readonly string[])[];
    readonly webSeeds?: readonly string[];
    /** DHT nodes to begin with (BEP 5). */
    readonly dhtNodes?: readonly Address[];
    readonly isPrivate?: boolean;
    readonly comment?: string;
    readonly source?: string;
    readonly createdBy?: string;
    /** Seconds since 1970. */
    readonly creationDate?: number;
    /** Shares an existing pool; otherwise one is made and closed again. */
    readonly pool?: PiecePool;
    readonly signal?: AbortSignal;
    readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}
export interface Created {
    readonly metainfo: Metainfo;
    readonly scan: Scan;
}
/** @throws ShoalError: unreadable files, files that change while they are read, wrong options, abort */
export declare function createMetainfo(path: string, options?: CreateOptions): Promise<Created>;
/** Runs `work` for pieces 0..count-1, at most `ahead` at once; the first failure or an abort ends it. */
export declare function forEachPiece(count: number, ahead: number, signal: AbortSignal | undefined, work: (piece: number) => Promise<void>): Promise<void>;
