import type { AnnounceRequest, AnnounceResponse, ScrapeEntry } from '../wire/announce.ts';
export interface FetchOptions {
    readonly userAgent: string;
    /** 4 or 6 to use only that family. */
    readonly family?: 4 | 6;
    readonly signal?: AbortSignal | undefined;
    readonly maxBytes?: number;
    /** Not by a torrent. */
    readonly isNamedByPerson?: boolean;
}
export declare function announceHttp(url: string, request: AnnounceRequest, trackerId: string | undefined, options: FetchOptions): Promise<AnnounceResponse>;
export declare function scrapeHttp(url: string, hashes: readonly Uint8Array[], options: FetchOptions): Promise<ScrapeEntry[]>;
/**
 * GET with redirects, within bounds.
 * @throws ShoalError tracker-failed, aborted
 */
export declare function fetchBytes(url: string, options: FetchOptions): Promise<Uint8Array>;
