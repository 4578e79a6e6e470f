/**
 * What of a new version of a share is there already in an older one: whole files by the root of their Merkle tree (v2,
 * whatever they are called now and however long pieces are), and pieces by their hash, wherever they lie.
 */
import { toHex } from '../ground/bytes.js';
import { Geometry, v1PieceHash, v2PieceHash } from './geometry.js';
export function planReuse(before, now) {
    const files = [];
    const byRoot = new Map();
    for (const [index, file] of before.info.files.entries()) {
        if (file.piecesRoot !== undefined)
            byRoot.set(`${toHex(file.piecesRoot)} ${file.lengthBytes}`, index);
    }
    const whole = new Set();
    for (const [index, file] of now.info.files.entries()) {
        if (file.piecesRoot === undefined)
            continue;
        const from = byRoot.get(`${toHex(file.piecesRoot)} ${file.lengthBytes}`);
        if (from === undefined)
            continue;
        files.push({ from, to: index });
        whole.add(index);
    }
    return { files, pieces: matchPieces(before, now, whole) };
}
function matchPieces(before, now, whole) {
    if (before.info.pieceLength !== now.info.pieceLength)
        return [];
    const [older, newer] = [new Geometry(before.info), new Geometry(now.info)];
    const byHash = new Map();
    for (let piece = 0; piece < older.pieceCount; piece++) {
        for (const key of keysOf(before, older, piece))
            byHash.set(key, piece);
    }
    const pieces = [];
    for (let piece = 0; piece < newer.pieceCount; piece++) {
        const slices = newer.slices(piece, 0, newer.pieceLength(piece));
        if (slices.every(({ file }) => whole.has(file)))
            continue;
        const from = keysOf(now, newer, piece)
            .map((key) => byHash.get(key))
            .find((found) => found !== undefined);
        if (from !== undefined)
            pieces.push({ from, to: piece });
    }
    return pieces;
}
function keysOf(metainfo, geometry, piece) {
    const keys = [];
    const v1 = v1PieceHash(metainfo, piece);
    if (v1 !== undefined)
        keys.push(`1 ${toHex(v1)}`);
    const v2 = v2PieceHash(metainfo, geometry, piece);
    if (v2 !== undefined)
        keys.push(`2 ${toHex(v2)}`);
    return keys;
}
