import { type Bytes } from '../../ground/bytes.ts';
import { type Result } from '../../ground/result.ts';
/** Larger than any packet that a DHT sends: the UDP payload of an Ethernet frame, with room. */
export declare const MAX_PACKET = 2048;
/** BEP 44: a value is less than 1,000 bytes. */
export declare const MAX_VALUE_LENGTH = 1000;
export declare const MAX_SALT_LENGTH = 64;
export declare const WANT_V4 = 1;
export declare const WANT_V6 = 2;
/** Everything that a message may carry; absent fields are undefined. Views are valid as long as the packet. */
export declare class KrpcMessage {
    kind: 'query' | 'response' | 'error';
    transaction: Bytes;
    method: string;
    /** 20 bytes; present in every query and response that decodes. */
    id: Bytes;
    isReadOnly: boolean;
    /** BEP 42: our address as the sender sees it. */
    ip: Bytes | undefined;
    target: Bytes | undefined;
    infoHash: Bytes | undefined;
    token: Bytes | undefined;
    port: number | undefined;
    isPortImplied: boolean;
    isSeed: boolean;
    wantsNoSeeds: boolean;
    wantsScrape: boolean;
    /** Bits WANT_V4 and WANT_V6; 0 when the sender did not say (BEP 32). */
    wants: number;
    /** The bencoded value, as it is signed (BEP 44). */
    value: Bytes | undefined;
    key: Bytes | undefined;
    signature: Bytes | undefined;
    salt: Bytes | undefined;
    sequence: number | undefined;
    cas: number | undefined;
    /** Compact node infos: 26 and 38 bytes each. */
    nodes: Bytes | undefined;
    nodes6: Bytes | undefined;
    values: Bytes[] | undefined;
    samples: Bytes | undefined;
    intervalSeconds: number | undefined;
    count: number | undefined;
    bloomPeers: Bytes | undefined;
    bloomSeeds: Bytes | undefined;
    errorCode: number;
    errorText: string;
}
export declare function decodeKrpc(packet: Bytes): Result<KrpcMessage>;
