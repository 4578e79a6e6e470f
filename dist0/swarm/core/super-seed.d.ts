/**
 * Super-seeding (BEP 16), for a share's first seed: peers are shown one piece each, rare ones first, and another only
 * when the last was seen at somebody else, so that the seed sends little more than one copy.
 */
import type { ConnectionId } from '../../ground/units.ts';
import type { Share } from './context.ts';
import type { Peer } from './peer.ts';
export declare class SuperSeed {
    #private;
    /** @param reveal sends HAVE for the piece */
    constructor(share: Share, reveal: (peer: Peer, piece: number) => void);
    mayServe(peer: Peer, piece: number): boolean;
    handleOpened(peer: Peer): void;
    handleClosed(peer: Peer): void;
    /** `peer` has `piece`: whoever was shown it before has passed it on. */
    handleHave(peer: Peer, piece: number, peers: ReadonlyMap<ConnectionId, Peer>): void;
}
