/** Checks the data of a share on disk against its hashes, on all cores. */
import { proofOf } from '../../content/geometry.ts';
import type { Metainfo } from '../../content/metainfo.ts';
import { forEachPiece } from '../../content/node/create.ts';
import { PIECE_OK } from '../../content/node/piece-batch.ts';
import type { PiecePool } from '../../content/node/piece-pool.ts';
import { Bitfield } from '../../ground/bitfield.ts';
import { ShoalError } from '../../ground/errors.ts';
import type { AcquiredSlices, ShareFiles } from './share-files.ts';

export interface VerifyOptions {
  readonly metainfo: Metainfo;
  readonly files: ShareFiles;
  readonly pool: PiecePool;
  /** Only these; all by default. */
  readonly pieces?: Bitfield;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
}

/** The pieces that are right. Missing or short files count as wrong pieces, not as failures. */
export async function verifyPieces(options: VerifyOptions): Promise<Bitfield> {
  const { metainfo, files, pool } = options;
  const { geometry } = files;
  const good = new Bitfield(geometry.pieceCount);
  let doneBytes = 0;
  await forEachPiece(geometry.pieceCount, pool.size * 64, options.signal, async (piece) => {
    if (options.pieces !== undefined && !options.pieces.has(piece)) return;
    const proof = proofOf(metainfo, geometry, piece);
    const isProvable = proof.expectedV1 !== undefined || proof.expectedV2 !== undefined;
    const acquired = isProvable ? tryAcquire(files, piece, proof.length) : undefined;
    if (acquired !== undefined) {
      const verdict = await pool.run({ ...proof, slices: acquired.slices });
      if (verdict.status === PIECE_OK) good.add(piece);
    }
    acquired?.release();
    doneBytes += proof.length;
    options.onProgress?.(doneBytes, geometry.dataLength);
  });
  return good;
}

function tryAcquire(files: ShareFiles, piece: number, length: number): AcquiredSlices | undefined {
  try {
    return files.acquire(piece, 0, length, 'read');
  } catch (error) {
    if (error instanceof ShoalError && error.code === 'not-found') return undefined;
    throw error;
  }
}
