import type { UdpPorts } from '../../link/node/udp.ts';
import type { AnnounceRequest, AnnounceResponse, ScrapeEntry } from '../wire/announce.ts';
export declare class UdpTrackerClient {
    #private;
    constructor(udp: UdpPorts);
    /** Announces over every family that the tracker's name has; one answer is enough. */
    announce(url: string, request: AnnounceRequest, signal?: AbortSignal): Promise<AnnounceResponse>;
    scrape(url: string, infoHashes: readonly Uint8Array[], signal?: AbortSignal): Promise<ScrapeEntry[]>;
    close(): void;
}
/** One answer of all that came; the failures matter only when there is none. */
export declare function mergeOutcomes(outcomes: readonly PromiseSettledResult<AnnounceResponse>[]): AnnounceResponse;
