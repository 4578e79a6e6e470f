/** Checks the data of a share on disk against its hashes, on all cores. */
import { type Geometry, proofOf } from '../../content/geometry.ts';
import type { Metainfo } from '../../content/metainfo.ts';
import { forEachPiece } from '../../content/node/create.ts';
import { PIECE_MISMATCH, PIECE_OK, type PieceProver } from '../../disk/piece-batch.ts';
import { Bitfield } from '../../../ground/bitfield.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { type FileState, type PieceVerdicts, stateOf } from '../verdicts.ts';
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
 * Which pieces are right, and which are wrong; those that reach into a missing or short file are neither. Piece layers
 * that the torrent lacks are computed where a file is whole, and are part of the metainfo afterwards.
 */
export async function verifyPieces(options: VerifyOptions): Promise<PieceVerdicts> {
  const { metainfo, files, prover } = options;
  const { geometry } = files;
  const right = new Bitfield(geometry.pieceCount);
  const wrong = new Bitfield(geometry.pieceCount);
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
      if (isProvable && verdict.status === PIECE_OK) right.add(piece);
      else if (isProvable && verdict.status === PIECE_MISMATCH) wrong.add(piece);
      if (verdict.status === PIECE_OK) layers.add(piece, verdict.v2);
    }
    acquired?.release();
    doneBytes += proof.length;
    options.onProgress?.(doneBytes, totalBytes);
  });
  const { proved, wrongFiles } = layers.finish();
  for (const piece of proved) right.add(piece);
  return { right, wrong, wrongFiles };
}

export interface FileReport {
  /** As the torrent names it. */
  readonly path: string;
  readonly state: FileState;
}

export interface VerifyReport {
  /** Every piece is right, and every file has its length. */
  readonly isWhole: boolean;
  readonly rightPieces: number;
  readonly wrongPieces: number;
  /** They reach into files that are missing or too short. */
  readonly unjudgedPieces: number;
  /** All files but pads and links. */
  readonly files: readonly FileReport[];
}

/** Checks all of it. @throws ShoalError aborted, … */
export async function verifyFiles(options: Omit<VerifyOptions, 'pieces'>): Promise<VerifyReport> {
  const { files } = options;
  const { geometry } = files;
  const verdicts = await verifyPieces(options);
  const reports = (await files.fingerprint()).map(({ file, size }): FileReport => {
    const state = stateOf(geometry, file, verdicts, size);
    return { path: geometry.files[file]!.path.join('/'), state };
  });
  const { right, wrong } = verdicts;
  return {
    isWhole: right.isFull && reports.every(({ state }) => state === 'right'),
    rightPieces: right.count,
    wrongPieces: wrong.count,
    unjudgedPieces: geometry.pieceCount - right.count - wrong.count,
    files: reports,
  };
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
