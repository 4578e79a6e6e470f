import type { UpdateLink } from '../content/update-link.ts';
import type { Address } from '../ground/address.ts';
import { type ShoalPeer } from './peer.ts';
import type { Share } from './share.ts';
export interface FollowOptions {
    readonly link: UpdateLink;
    readonly outputDir: string;
    /** Seconds between looks for a newer version. */
    readonly everySeconds?: number | undefined;
    /** Peers to ask besides those that are found. */
    readonly peers?: readonly Address[] | undefined;
    readonly signal: AbortSignal;
    readonly onNotice?: (message: string) => void;
}
export type FollowEvent = 
/** Nobody has the item (yet). */
{
    readonly type: 'nothing-found';
}
/** The version that is here is the newest that anybody knows. */
 | {
    readonly type: 'up-to-date';
    readonly sequence: number;
    readonly path: string;
}
/** A newer version is being fetched: `share` tells how far it is. */
 | {
    readonly type: 'fetching';
    readonly sequence: number;
    readonly share: Share;
} | {
    readonly type: 'version';
    readonly sequence: number;
    readonly path: string;
    readonly size: number;
    /** Bytes that were on disk already, and that came over the network. */
    readonly reusedBytes: number;
    readonly downloadBytes: number;
    /** The old version, kept because somebody had changed it. */
    readonly kept: string | undefined;
};
export declare class Follower {
    #private;
    /** @throws ShoalError bad-argument without a DHT */
    constructor(peer: ShoalPeer, options: FollowOptions);
    /** Runs until the signal; a failed version throws, and the next start goes on with it. @throws ShoalError */
    run(): AsyncGenerator<FollowEvent>;
}
