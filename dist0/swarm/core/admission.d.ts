/**
 * Whom to let in. A full house is no reason to turn an honest peer away while somebody sits there who neither gives nor
 * takes: of those the one goes whose network has the most of them. One address has few seats, whoever comes.
 */
import { type Address } from '../../ground/address.ts';
import type { SwarmContext } from './context.ts';
import type { Blame } from './sink.ts';
/** Why an incoming connection, which is among the peers already, is refused. May send somebody else away for it. */
export declare function refuseIncoming(context: SwarmContext, address: Address, maxPeers: number): Blame | undefined;
