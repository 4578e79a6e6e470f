import { type Result } from '../ground/result.ts';
export interface UpdateLink {
    /** 32 bytes, Ed25519. */
    readonly publicKey: Uint8Array;
    /** Up to 64 bytes; tells the shares of one key apart. */
    readonly salt?: Uint8Array;
    readonly name?: string;
}
export declare function isUpdateLink(text: string): boolean;
export declare function parseUpdateLink(text: string): Result<UpdateLink>;
export declare function formatUpdateLink(link: UpdateLink): string;
