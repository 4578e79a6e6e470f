/**
 * Magnet links: BEP 9 (`xt=urn:btih:`, `dn`, `tr`, `x.pe`), BEP 52 (`xt=urn:btmh:1220…`), BEP 53 (`so=`), web seeds
 * (`ws=`). A link with both hashes names a hybrid share.
 */
import { type Address } from '../ground/address.ts';
import { type Result } from '../ground/result.ts';
export interface Magnet {
    readonly infoHashV1?: Uint8Array;
    readonly infoHashV2?: Uint8Array;
    readonly name?: string;
    readonly trackers: readonly string[];
    readonly webSeeds: readonly string[];
    readonly peers: readonly Address[];
    /** BEP 53: indices of the wanted files, ascending ranges [first, last]; absent for all. */
    readonly selectOnly?: readonly (readonly [number, number])[];
}
/** Reads a link, or a bare info hash: 40 hex or 32 base32 digits (v1), 64 hex (v2), 68 hex (multihash). */
export declare function parseMagnet(text: string): Result<Magnet>;
export declare function formatMagnet(magnet: Magnet): string;
