import type { Instant } from '../../ground/units.ts';
import type { SwarmContext } from './context.ts';
import type { Peer } from './peer.ts';
/** The info dictionary of a million files has some 100 MiB; peers get less credit than files. */
export declare const MAX_METADATA_BYTES: number;
export declare class MetadataExchange {
    #private;
    /** @param isNeeded false when the metadata is known already: then it is only served */
    constructor(context: SwarmContext, isNeeded: boolean, accept: (infoBytes: Uint8Array) => boolean);
    /** 0 to 1, for people. */
    get progress(): number;
    handleMessage(peer: Peer, payload: Uint8Array): void;
    /** Asks for what is missing, wherever it may be had. Called when peers come, answer or time out. */
    request(): void;
    handleClosed(peer: Peer): void;
    handleTick(now: Instant): void;
}
