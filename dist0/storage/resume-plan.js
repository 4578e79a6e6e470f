import { Bitfield } from '../ground/bitfield.js';
/**
 * A write follows its note in the journal. One that takes longer makes its file look edited, and that costs no more
 * than hashing it.
 */
const WRITE_MS = 10_000;
export function planResume(facts) {
    const { geometry, record, journal } = facts;
    const trusted = new Bitfield(geometry.pieceCount);
    const doubtful = new Bitfield(geometry.pieceCount);
    const noted = new Bitfield(geometry.pieceCount);
    for (const piece of journal?.pieces ?? [])
        if (piece < geometry.pieceCount)
            noted.add(piece);
    const files = judgeFiles(facts, noted);
    // Written after the record was saved, and nobody noted what.
    const isBlank = record === undefined || record.trust === 'none';
    const isUnnoted = isBlank || (record.trust === 'journal' && journal === undefined);
    for (let piece = 0; piece < geometry.pieceCount; piece++) {
        let isMissing = false;
        let isChanged = false;
        for (const { file } of geometry.slices(piece, 0, geometry.pieceLength(piece))) {
            const verdict = files.get(file);
            if (verdict === 'missing')
                isMissing = true;
            else if (verdict === 'changed')
                isChanged = true;
        }
        if (isMissing)
            continue;
        const isSaved = !isBlank && record.have.has(piece) && !noted.has(piece);
        if (isSaved && !isChanged)
            trusted.add(piece);
        else if (isSaved || noted.has(piece) || isChanged || isUnnoted)
            doubtful.add(piece);
    }
    const ours = new Set();
    for (const [file, verdict] of files)
        if (verdict === 'same' || verdict === 'ours')
            ours.add(file);
    return { trusted, doubtful, ours };
}
function judgeFiles(facts, noted) {
    const { geometry, record, journal, present } = facts;
    const verdicts = new Map();
    for (const [file, entry] of geometry.files.entries()) {
        const now = present.get(file);
        // A pad: zeros that lie nowhere.
        if (now === undefined || entry.lengthBytes === 0)
            continue;
        const before = record?.prints.get(file);
        if (now.size < 0)
            verdicts.set(file, 'missing');
        else if (before?.size === now.size && before.modifiedMs === now.modifiedMs)
            verdicts.set(file, 'same');
        else if (journal !== undefined &&
            now.modifiedMs <= journal.modifiedMs + WRITE_MS &&
            isNoted(geometry, file, noted))
            verdicts.set(file, 'ours');
        else
            verdicts.set(file, 'changed');
    }
    return verdicts;
}
/** We may have written it ourselves since the record was saved. */
function isNoted(geometry, file, noted) {
    const [first, last] = geometry.filePieces(file);
    for (let piece = first; piece <= last; piece++)
        if (noted.has(piece))
            return true;
    return false;
}
/** Pieces and bytes that are hashed at a start to see whether size and time tell the truth. */
const SAMPLE_PIECES = 8;
const SAMPLE_BYTES = 32 * 1024 * 1024;
/** Some of the pieces that are believed, spread by `below`, which picks a number under its bound. */
export function samplePieces(geometry, trusted, below) {
    const all = [];
    for (let piece = 0; piece < geometry.pieceCount; piece++)
        if (trusted.has(piece))
            all.push(piece);
    const count = Math.min(SAMPLE_PIECES, Math.max(1, Math.floor(SAMPLE_BYTES / geometry.nominalPieceLength)));
    const sample = [];
    for (let i = 0; i < count && all.length > 0; i++) {
        const at = below(all.length);
        sample.push(all[at]);
        all[at] = all[all.length - 1];
        all.pop();
    }
    return sample;
}
