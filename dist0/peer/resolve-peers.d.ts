import { type Address } from '../ground/address.ts';
/** @throws ShoalError not-found for a name that nobody knows */
export declare function resolvePeers(peers: readonly Address[]): Promise<Address[]>;
