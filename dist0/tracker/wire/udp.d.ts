import { type Result } from '../../ground/result.ts';
import type { AnnounceRequest, AnnounceResponse, ScrapeEntry } from './announce.ts';
export declare const UdpAction: {
    readonly connect: 0;
    readonly announce: 1;
    readonly scrape: 2;
    readonly error: 3;
};
/** BEP 15 allows about 74 hashes a scrape: what fits an Ethernet frame. */
export declare const MAX_SCRAPE_HASHES = 74;
export declare function encodeConnect(transaction: number): Uint8Array<ArrayBuffer>;
/** @param urlData path and query of the tracker URL (BEP 41) */
export declare function encodeUdpAnnounce(connection: Uint8Array, transaction: number, request: AnnounceRequest, urlData: string): Uint8Array<ArrayBuffer>;
export declare function encodeUdpScrape(connection: Uint8Array, transaction: number, infoHashes: readonly Uint8Array[]): Uint8Array<ArrayBuffer>;
export type UdpResponse = {
    readonly action: 'connect';
    readonly transaction: number;
    readonly connection: Uint8Array;
} | {
    readonly action: 'announce';
    readonly transaction: number;
    readonly response: AnnounceResponse;
} | {
    readonly action: 'scrape';
    readonly transaction: number;
    readonly counts: readonly Omit<ScrapeEntry, 'infoHash'>[];
} | {
    readonly action: 'error';
    readonly transaction: number;
    readonly message: string;
};
/** @param family of the address that it came from: the peers in it are of that family (BEP 7 by way of BEP 15) */
export declare function decodeUdpResponse(bytes: Uint8Array, family: 4 | 6): Result<UdpResponse>;
export type UdpRequest = {
    readonly action: 'connect';
    readonly transaction: number;
} | {
    readonly action: 'announce';
    readonly transaction: number;
    readonly connection: Uint8Array;
    readonly request: AnnounceRequest;
    readonly urlData: string;
} | {
    readonly action: 'scrape';
    readonly transaction: number;
    readonly connection: Uint8Array;
    readonly infoHashes: readonly Uint8Array[];
};
export declare function decodeUdpRequest(bytes: Uint8Array): Result<UdpRequest>;
export declare function encodeUdpResponse(response: UdpResponse): Uint8Array<ArrayBuffer>;
