import type { Metainfo } from '../../content/metainfo.ts';
import { type PieceProver } from '../../content/node/piece-batch.ts';
import { Bitfield } from '../../ground/bitfield.ts';
import type { ShareFiles } from './share-files.ts';
export interface VerifyOptions {
    readonly metainfo: Metainfo;
    readonly files: ShareFiles;
    readonly prover: PieceProver;
    /** Only these; all by default. */
    readonly pieces?: Bitfield;
    readonly group?: number | undefined;
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
}
/** The pieces that are right. Missing or short files count as wrong pieces, not as failures. */
export declare function verifyPieces(options: VerifyOptions): Promise<Bitfield>;
