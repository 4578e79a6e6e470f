import { stat } from 'node:fs/promises';
import { toHex } from '../../ground/bytes.js';
import { fromSystemError, ShoalError } from '../../ground/errors.js';
import { nodeHasher } from '../../ground/node/hasher.js';
import { BLOCK_LENGTH } from '../../ground/units.js';
import { buildInfo, padding } from '../build-info.js';
import { Geometry } from '../geometry.js';
import { completeWidth, HASH_LENGTH, log2, merkleRoot, pieceLayerLength } from '../merkle.js';
import { metainfoFromInfo, } from '../metainfo.js';
import { choosePieceLength, isPieceLength, MAX_PIECE_LENGTH, MIN_PIECE_LENGTH } from '../piece-length.js';
import { FileHandles } from './file-handles.js';
import { PIECE_UNREADABLE } from './piece-batch.js';
import { PiecePool } from './piece-pool.js';
import { scanPath } from './scan.js';
/** @throws ShoalError: unreadable files, files that change while they are read, wrong options, abort */
export async function createMetainfo(path, options = {}) {
    const version = options.version ?? 'hybrid';
    const scan = await scanPath(path);
    const pieceLength = options.pieceLength ?? choosePieceLength(scan.totalBytes);
    if (!isPieceLength(pieceLength)) {
        throw new ShoalError('bad-argument', `piece length ${pieceLength}: it must be a power of two from ${MIN_PIECE_LENGTH} to ${MAX_PIECE_LENGTH}`);
    }
    const plan = planInfo(scan, version, pieceLength);
    const pool = options.pool ?? new PiecePool();
    try {
        const hashes = await hashFiles(scan, plan, pool, options);
        await requireUnchanged(scan.files);
        return { metainfo: assemble(scan, plan, hashes, options), scan };
    }
    finally {
        if (options.pool === undefined)
            await pool.close();
    }
}
/** The info dictionary as it will be, but for the hashes: enough to know where pieces lie. */
function planInfo(scan, version, pieceLength) {
    let offset = 0;
    const files = scan.files.map((file) => {
        const entry = { ...file, offset, isPad: false, isHidden: false };
        offset += file.lengthBytes + (version === 'v1' ? 0 : padding(file.lengthBytes, pieceLength));
        return entry;
    });
    return {
        version,
        name: scan.name,
        isSingleFile: scan.isSingleFile,
        isPrivate: false,
        pieceLength,
        files,
        ...(version === 'v2' ? {} : { v1Length: scan.isSingleFile ? scan.totalBytes : offset }),
    };
}
async function hashFiles(scan, plan, pool, options) {
    const geometry = new Geometry(plan);
    const handles = new FileHandles();
    const v1 = new Uint8Array(plan.version === 'v2' ? 0 : geometry.pieceCount * 20);
    const v2 = new Uint8Array(plan.version === 'v1' ? 0 : geometry.pieceCount * HASH_LENGTH);
    let doneBytes = 0;
    const isUnreadable = (verdict, piece) => {
        if (verdict.status !== PIECE_UNREADABLE)
            return;
        const file = scan.files[geometry.slices(piece, 0, geometry.pieceLength(piece))[0].file];
        throw fromSystemError(`cannot read ${file.diskPath}`, verdict.failure);
    };
    try {
        await forEachPiece(geometry.pieceCount, pool.size * 64, options.signal, async (piece) => {
            const length = geometry.pieceLength(piece);
            const slices = geometry.slices(piece, 0, length);
            const held = [];
            await handles.reserve(slices.length);
            let verdict;
            try {
                for (const slice of slices)
                    held.push(await handles.acquire(scan.files[slice.file].diskPath, 'read'));
                const job = {
                    length,
                    hashedLength: plan.version === 'v2' ? 0 : geometry.hashedLength(piece),
                    treeWidth: plan.version === 'v1' ? 0 : geometry.treeWidth(piece),
                    slices: slices.map(({ fileOffset, length: bytes }, i) => ({
                        fd: held[i].fd,
                        fileOffset,
                        length: bytes,
                    })),
                };
                verdict = await pool.run(job);
            }
            finally {
                for (const handle of held)
                    handles.release(handle);
                handles.unreserve(slices.length);
            }
            isUnreadable(verdict, piece);
            if (v1.length > 0)
                v1.set(verdict.v1, piece * 20);
            if (v2.length > 0)
                v2.set(verdict.v2, piece * HASH_LENGTH);
            doneBytes += length;
            options.onProgress?.(doneBytes, geometry.dataLength);
        });
    }
    finally {
        handles.closeAll();
    }
    return { v1, v2 };
}
/** Runs `work` for pieces 0..count-1, at most `ahead` at once; the first failure or an abort ends it. */
export async function forEachPiece(count, ahead, signal, work) {
    let next = 0;
    let failed = false;
    const lane = async () => {
        while (next < count && !failed) {
            if (signal?.aborted === true)
                throw new ShoalError('aborted', 'interrupted');
            const piece = next++;
            try {
                await work(piece);
            }
            catch (error) {
                failed = true;
                throw error;
            }
        }
    };
    const outcomes = await Promise.allSettled(Array.from({ length: Math.min(count, ahead) }, lane));
    for (const outcome of outcomes)
        if (outcome.status === 'rejected')
            throw outcome.reason;
}
async function requireUnchanged(files) {
    for (const file of files) {
        if (file.symlinkTarget !== undefined)
            continue;
        const now = await stat(file.diskPath).catch(() => undefined);
        if (now?.size !== file.lengthBytes || now.mtimeMs !== file.modifiedMs) {
            throw new ShoalError('file-changed', `${file.diskPath} changed while it was read: try again when it rests`);
        }
    }
}
function assemble(scan, plan, hashes, options) {
    const layers = new Map();
    const piecesRoots = plan.files.map((file) => {
        if (plan.version === 'v1' || file.lengthBytes === 0)
            return undefined;
        const first = file.offset / plan.pieceLength;
        const count = Math.ceil(file.lengthBytes / plan.pieceLength);
        const layer = hashes.v2.slice(first * HASH_LENGTH, (first + count) * HASH_LENGTH);
        if (pieceLayerLength(file.lengthBytes, plan.pieceLength) === 0)
            return layer;
        const root = merkleRoot(layer, completeWidth(count), log2(plan.pieceLength / BLOCK_LENGTH), nodeHasher);
        layers.set(toHex(root), layer);
        return root;
    });
    const infoBytes = buildInfo(scan.files, {
        version: plan.version,
        name: options.name ?? scan.name,
        isSingleFile: scan.isSingleFile,
        pieceLength: plan.pieceLength,
        ...(options.isPrivate === undefined ? {} : { isPrivate: options.isPrivate }),
        ...(options.source === undefined ? {} : { source: options.source }),
    }, { v1Hashes: hashes.v1, piecesRoots });
    const parsed = metainfoFromInfo(infoBytes, nodeHasher);
    if (!parsed.ok)
        throw ShoalError.fromMalformed('unsupported', 'cannot describe these files', parsed.error);
    return {
        ...parsed.value,
        pieceLayers: layers,
        trackers: options.trackers ?? [],
        webSeeds: options.webSeeds ?? [],
        ...(options.dhtNodes === undefined || options.dhtNodes.length === 0
            ? {}
            : { dhtNodes: options.dhtNodes }),
        ...(options.comment === undefined ? {} : { comment: options.comment }),
        ...(options.createdBy === undefined ? {} : { createdBy: options.createdBy }),
        ...(options.creationDate === undefined ? {} : { creationDate: options.creationDate }),
    };
}
