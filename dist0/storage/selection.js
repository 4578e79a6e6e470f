import { Bitfield } from '../ground/bitfield.js';
export function piecesOf(geometry, files) {
    const pieces = new Bitfield(geometry.pieceCount);
    for (const file of files) {
        const range = geometry.filePieces(file);
        if (range === undefined)
            continue;
        for (let piece = range[0]; piece <= range[1]; piece++)
            pieces.add(piece);
    }
    return pieces;
}
