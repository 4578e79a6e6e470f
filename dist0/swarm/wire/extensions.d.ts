import { type Bytes } from '../../ground/bytes.ts';
import { type Result } from '../../ground/result.ts';
/** Id 0 is the handshake itself; the others are ours to number and say what peers send *us* under. */
export declare const EXTENDED_HANDSHAKE = 0;
export declare const OUR_METADATA_ID = 1;
export declare const OUR_DONT_HAVE_ID = 2;
export declare const OUR_UPLOAD_ONLY_ID = 3;
export declare const OUR_PEX_ID = 4;
export interface ExtendedHandshake {
    /** Under which ids the sender wants messages; undefined for what it does not take. */
    readonly metadataId?: number;
    readonly dontHaveId?: number;
    readonly uploadOnlyId?: number;
    readonly pexId?: number;
    readonly metadataSize?: number;
    /** Requests that the sender lets us have outstanding (`reqq`). */
    readonly requestQueue?: number;
    readonly listenPort?: number;
    readonly client?: string;
    /** Our address as the sender sees it: 4 or 16 bytes. */
    readonly yourIp?: Uint8Array;
    readonly isUploadOnly?: boolean;
}
export declare function encodeExtendedHandshake(handshake: {
    readonly metadataSize?: number | undefined;
    readonly requestQueue: number;
    readonly listenPort?: number | undefined;
    readonly client: string;
    readonly yourIp?: Uint8Array | undefined;
    readonly isUploadOnly: boolean;
    /** False for a private share: no peer is to tell us of others. */
    readonly takesPex?: boolean;
}): Uint8Array<ArrayBuffer>;
export declare function decodeExtendedHandshake(payload: Bytes): Result<ExtendedHandshake>;
/** BEP 9: metadata travels in blocks of 16 KiB. */
export declare const METADATA_BLOCK_LENGTH = 16384;
export type MetadataMessage = {
    readonly type: 'request';
    readonly block: number;
} | {
    readonly type: 'reject';
    readonly block: number;
} | {
    readonly type: 'data';
    readonly block: number;
    readonly totalSize: number;
    readonly data: Bytes;
};
export declare function encodeMetadataMessage(message: MetadataMessage): Uint8Array<ArrayBuffer>;
export declare function decodeMetadataMessage(payload: Bytes): Result<MetadataMessage>;
export declare function encodeDontHave(piece: number): Uint8Array<ArrayBuffer>;
export declare function decodeDontHave(payload: Bytes): number | undefined;
