import { type Result } from '../../ground/result.ts';
/** BEP 14: the groups, and the port of both. */
export declare const GROUPS: Readonly<Record<4 | 6, string>>;
export declare const LSD_PORT = 6771;
/** Fits 1,400 bytes with all headers. */
export declare const MAX_HASHES = 20;
export interface LsdMessage {
    readonly infoHashes: readonly Uint8Array[];
    readonly port: number;
    /** Tells a sender its own packets. */
    readonly cookie: string | undefined;
}
export declare function encodeLsd(message: LsdMessage, family: 4 | 6): Uint8Array<ArrayBuffer>;
export declare function decodeLsd(packet: Uint8Array): Result<LsdMessage>;
