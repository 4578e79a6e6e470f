/** `shoal verify`: checks data against a torrent. */
import { Geometry } from '../content/geometry.js';
import { FileHandles } from '../content/node/file-handles.js';
import { PiecePool } from '../content/node/piece-pool.js';
import { readTorrentFile } from '../peer/link-source.js';
import { locate } from '../peer/peer.js';
import { ShareFiles } from '../storage/node/share-files.js';
import { verifyPieces } from '../storage/node/verify.js';
import { createOutput } from './options.js';
import { EXIT, runCommand } from './run.js';
import { formatBytes, printable } from './terminal/format.js';
const MAX_NAMED_FILES = 20;
export async function runVerify(torrent, dir, options) {
    const output = createOutput(options);
    await runCommand(output, async (signal) => {
        const started = performance.now();
        const metainfo = await readTorrentFile(torrent);
        const geometry = new Geometry(metainfo.info);
        const { path, diskPaths } = await locate(metainfo, dir);
        const handles = new FileHandles();
        const pool = new PiecePool();
        try {
            const files = ShareFiles.inPlace(geometry, diskPaths, handles);
            const onProgress = (done, total) => output.hashing('verifying', done, total);
            const good = await verifyPieces({ metainfo, files, prover: pool, signal, onProgress });
            const badPieces = geometry.pieceCount - good.count;
            const wrongSizes = await files.wrongSizes();
            const isWhole = good.isFull && wrongSizes.length === 0;
            const seconds = (performance.now() - started) / 1000;
            output.event('verified', { ok: isWhole, goodPieces: good.count, badPieces, seconds });
            report(output, geometry, good, path, wrongSizes);
            return isWhole ? EXIT.done : EXIT.failed;
        }
        finally {
            handles.closeAll();
            await pool.close();
        }
    });
}
function report(output, geometry, good, path, wrongSizes) {
    if (good.isFull && wrongSizes.length === 0) {
        output.result(`${printable(path)}: all ${geometry.pieceCount} pieces (${formatBytes(geometry.dataLength)}) are right`);
        return;
    }
    const bad = new Set(wrongSizes);
    for (let piece = 0; piece < geometry.pieceCount; piece++) {
        if (good.has(piece))
            continue;
        for (const { file } of geometry.slices(piece, 0, geometry.pieceLength(piece))) {
            if (!geometry.files[file].isPad)
                bad.add(geometry.files[file].path.join('/'));
        }
    }
    output.result(`${printable(path)}: ${geometry.pieceCount - good.count} of ${geometry.pieceCount} pieces are wrong or missing`);
    for (const name of [...bad].slice(0, MAX_NAMED_FILES))
        output.info(`  not whole: ${printable(name)}`);
    if (bad.size > MAX_NAMED_FILES)
        output.info(`  and ${bad.size - MAX_NAMED_FILES} more`);
}
