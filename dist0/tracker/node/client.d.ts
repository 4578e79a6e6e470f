import type { Address } from '../../ground/address.ts';
import type { UdpPorts } from '../../link/node/udp.ts';
import { type DueAnnounce, type TrackerStatus } from '../core/announcer.ts';
import { type AnnounceRequest, type AnnounceResponse, type ScrapeEntry } from '../wire/announce.ts';
export declare function isTrackerUrl(url: string): boolean;
export declare class TrackerClient {
    #private;
    constructor(userAgent: string, udp: UdpPorts);
    /** @throws ShoalError tracker-failed, unsupported, aborted */
    announce(due: DueAnnounce, request: AnnounceRequest, signal?: AbortSignal): Promise<AnnounceResponse>;
    scrape(url: string, infoHashes: readonly Uint8Array[], signal?: AbortSignal): Promise<ScrapeEntry[]>;
    close(): void;
}
export interface AnnounceCounters {
    readonly uploaded: number;
    readonly downloaded: number;
    readonly left: number;
    /** More peers would help now: small groups find newcomers within a minute. */
    readonly isShortOfPeers: boolean;
}
export interface AnnounceOptions {
    readonly tiers: readonly (readonly string[])[];
    readonly infoHash: Uint8Array;
    readonly peerId: Uint8Array;
    readonly port: number;
    readonly counters: () => AnnounceCounters;
    readonly onPeers: (peers: readonly Address[]) => void;
}
/** Runs one share's announces until it is stopped. */
export declare class AnnounceDriver {
    #private;
    constructor(client: TrackerClient, options: AnnounceOptions);
    start(): void;
    status(): TrackerStatus[];
    handleCompleted(): void;
    stop(): Promise<void>;
}
