/** Checks the data of a share on disk against its hashes, on all cores. */
import { type Geometry, proofOf } from '../../content/geometry.ts';
import type { Metainfo } from '../../content/metainfo.ts';
import { forEachPiece } from '../../content/node/create.ts';
import { PIECE_OK, type PieceProver } from '../../content/node/piece-batch.ts';
import { Bitfield } from '../../ground/bitfield.ts';
import { ShoalError } from '../../ground/errors.ts';
import { LayerCollector } from './layer-collector.ts';
import type { AcquiredSlices, ShareFiles } from './share-files.ts';

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

/**
 * The pieces that are right. Missing or short files count as wrong pieces, not as failures. Piece layers that the
 * torrent lacks are computed where a file is whole, and are part of the metainfo afterwards.
 */
export async function verifyPieces(options: VerifyOptions): Promise<Bitfield> {
  const { metainfo, files, prover } = options;
  const { geometry } = files;
  const good = new Bitfield(geometry.pieceCount);
  const totalBytes = options.pieces === undefined ? geometry.dataLength : lengthOf(geometry, options.pieces);
  const layers = new LayerCollector(metainfo, geometry, options.pieces);
  let doneBytes = 0;
  await forEachPiece(geometry.pieceCount, prover.size * 64, options.signal, async (piece) => {
    if (options.pieces !== undefined && !options.pieces.has(piece)) return;
    const proof = proofOf(metainfo, geometry, piece);
    const isProvable = proof.expectedV1 !== undefined || proof.expectedV2 !== undefined;
    const treeWidth = proof.treeWidth > 0 ? proof.treeWidth : layers.treeWidth(piece);
    const isWanted = isProvable || treeWidth > 0;
    const acquired = isWanted ? await tryAcquire(files, piece, proof.length) : undefined;
    if (acquired !== undefined) {
      const job = { ...proof, treeWidth, slices: acquired.slices, group: options.group };
      const verdict = await prover.run(job);
      if (verdict.status === PIECE_OK && isProvable) good.add(piece);
      if (verdict.status === PIECE_OK) layers.add(piece, verdict.v2);
    }
    acquired?.release();
    doneBytes += proof.length;
    options.onProgress?.(doneBytes, totalBytes);
  });
  for (const piece of layers.finish()) good.add(piece);
  return good;
}

function lengthOf(geometry: Geometry, pieces: Bitfield): number {
  let bytes = 0;
  for (let piece = 0; piece < geometry.pieceCount; piece++)
    if (pieces.has(piece)) bytes += geometry.pieceLength(piece);
  return bytes;
}

async function tryAcquire(
  files: ShareFiles,
  piece: number,
  length: number,
): Promise<AcquiredSlices | undefined> {
  try {
    return files.tryAcquire(piece, 0, length, 'read') ?? (await files.acquire(piece, 0, length, 'read'));
  } catch (error) {
    if (error instanceof ShoalError && error.code === 'not-found') return undefined;
    throw error;
  }
}
