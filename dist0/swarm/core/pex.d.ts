/**
 * Peer exchange (BEP 11): each minute every peer that takes such messages hears which peers we got to know and which
 * left. Only peers whose listening address is known and with whom we spoke are told of. Never used for private shares.
 */
import { type Address } from '../../ground/address.ts';
import type { Instant } from '../../ground/units.ts';
import type { SwarmContext } from './context.ts';
import type { Peer } from './peer.ts';
export declare class PeerExchange {
    #private;
    isEnabled: boolean;
    constructor(context: SwarmContext, onPeer: (address: Address, isSeed: boolean) => void);
    /** The peer told its extensions. */
    handleExtensions(peer: Peer): void;
    handleClosed(peer: Peer): void;
    handleMessage(peer: Peer, payload: Uint8Array): void;
    handleTick(now: Instant): void;
}
