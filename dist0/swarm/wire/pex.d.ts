/** Peer exchange, `ut_pex` (BEP 11): which peers were connected to and left since the last message. */
import { type Address } from '../../ground/address.ts';
import { type Bytes } from '../../ground/bytes.ts';
import { type Result } from '../../ground/result.ts';
/** BEP 11, flags of an added peer. */
export declare const PEX_SEED = 2;
export declare const PEX_OUTGOING = 16;
/** BEP 11: at most 50 added and 50 dropped in a message; a first one may be larger, which some clients use. */
export declare const MAX_PEX_ENTRIES = 50;
export interface PexPeer {
    readonly address: Address;
    readonly flags: number;
}
export interface PexMessage {
    readonly added: readonly PexPeer[];
    readonly dropped: readonly Address[];
}
export declare function encodePex(message: PexMessage): Uint8Array<ArrayBuffer>;
export declare function decodePex(payload: Bytes): Result<PexMessage>;
