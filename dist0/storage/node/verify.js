/** Checks the data of a share on disk against its hashes, on all cores. */
import { proofOf } from '../../content/geometry.js';
import { forEachPiece } from '../../content/node/create.js';
import { PIECE_OK } from '../../content/node/piece-batch.js';
import { Bitfield } from '../../ground/bitfield.js';
import { ShoalError } from '../../ground/errors.js';
/** The pieces that are right. Missing or short files count as wrong pieces, not as failures. */
export async function verifyPieces(options) {
    const { metainfo, files, prover } = options;
    const { geometry } = files;
    const good = new Bitfield(geometry.pieceCount);
    const totalBytes = options.pieces === undefined ? geometry.dataLength : lengthOf(geometry, options.pieces);
    let doneBytes = 0;
    await forEachPiece(geometry.pieceCount, prover.size * 64, options.signal, async (piece) => {
        if (options.pieces !== undefined && !options.pieces.has(piece))
            return;
        const proof = proofOf(metainfo, geometry, piece);
        const isProvable = proof.expectedV1 !== undefined || proof.expectedV2 !== undefined;
        const acquired = isProvable ? await tryAcquire(files, piece, proof.length) : undefined;
        if (acquired !== undefined) {
            const verdict = await prover.run({ ...proof, slices: acquired.slices, group: options.group });
            if (verdict.status === PIECE_OK)
                good.add(piece);
        }
        acquired?.release();
        doneBytes += proof.length;
        options.onProgress?.(doneBytes, totalBytes);
    });
    return good;
}
function lengthOf(geometry, pieces) {
    let bytes = 0;
    for (let piece = 0; piece < geometry.pieceCount; piece++)
        if (pieces.has(piece))
            bytes += geometry.pieceLength(piece);
    return bytes;
}
async function tryAcquire(files, piece, length) {
    try {
        return files.tryAcquire(piece, 0, length, 'read') ?? (await files.acquire(piece, 0, length, 'read'));
    }
    catch (error) {
        if (error instanceof ShoalError && error.code === 'not-found')
            return undefined;
        throw error;
    }
}
