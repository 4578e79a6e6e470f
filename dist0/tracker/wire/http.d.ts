import { type Result } from '../../ground/result.ts';
import type { AnnounceFailure, AnnounceRequest, AnnounceResponse, ScrapeEntry } from './announce.ts';
/** 1 MiB holds over 50,000 compact peers: no honest answer is larger. */
export declare const MAX_RESPONSE_BYTES: number;
/** Percent-encodes raw bytes: everything but RFC 3986's unreserved characters. */
export declare function escapeBytes(bytes: Uint8Array): string;
/** Bytes of a percent-encoded query value; undefined when an escape is broken or the text is not bytes. */
export declare function unescapeBytes(text: string): Uint8Array<ArrayBuffer> | undefined;
export declare function announceUrl(base: string, request: AnnounceRequest, trackerId?: string): string;
/** BEP 48: the last path element must start with "announce"; undefined where there is no scrape. */
export declare function scrapeUrl(base: string, infoHashes: readonly Uint8Array[]): string | undefined;
export type HttpAnnounce = {
    readonly response: AnnounceResponse;
} | {
    readonly failure: AnnounceFailure;
};
export declare function decodeAnnounce(bytes: Uint8Array): Result<HttpAnnounce>;
export declare function decodeScrape(bytes: Uint8Array): Result<ScrapeEntry[]>;
/** Our server's answer; dictionaries only for the rare client that says `compact=0`. */
export declare function encodeAnnounce(response: AnnounceResponse, isCompact: boolean): Uint8Array<ArrayBuffer>;
export declare function encodeFailure(failure: AnnounceFailure): Uint8Array<ArrayBuffer>;
export declare function encodeScrape(entries: readonly ScrapeEntry[]): Uint8Array<ArrayBuffer>;
