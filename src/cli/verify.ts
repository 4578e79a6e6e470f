/** `shoal verify`: checks data against a torrent. */
import { Geometry } from '../content/geometry.ts';
import { FileHandles } from '../content/node/file-handles.ts';
import { PiecePool } from '../content/node/piece-pool.ts';
import type { Bitfield } from '../ground/bitfield.ts';
import { readTorrentFile } from '../peer/link-source.ts';
import { nodeDisk } from '../ground/node/disk.ts';
import { locate } from '../storage/node/find-paths.ts';
import { ShareFiles } from '../storage/node/share-files.ts';
import { verifyPieces } from '../storage/node/verify.ts';
import { type CommonOptions, createOutput } from './options.ts';
import type { Output } from './output.ts';
import { EXIT, runCommand } from './run.ts';
import { formatBytes, printable } from './terminal/format.ts';

const MAX_NAMED_FILES = 20;

export async function runVerify(torrent: string, dir: string, options: CommonOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async (signal) => {
    const started = performance.now();
    const metainfo = await readTorrentFile(torrent);
    const geometry = new Geometry(metainfo.info);
    const { path, diskPaths } = await locate(nodeDisk, metainfo.info, dir);
    const handles = new FileHandles();
    const pool = new PiecePool();
    try {
      const files = ShareFiles.inPlace(geometry, diskPaths, handles);
      const onProgress = (done: number, total: number): void => output.hashing('verifying', done, total);
      const good = await verifyPieces({ metainfo, files, prover: pool, signal, onProgress });
      const badPieces = geometry.pieceCount - good.count;
      const wrongSizes = await files.wrongSizes();
      const isWhole = good.isFull && wrongSizes.length === 0;
      const seconds = (performance.now() - started) / 1000;
      output.event('verified', { ok: isWhole, goodPieces: good.count, badPieces, seconds });
      report(output, geometry, good, path, wrongSizes);
      return isWhole ? EXIT.done : EXIT.failed;
    } finally {
      handles.closeAll();
      await pool.close();
    }
  });
}

function report(
  output: Output,
  geometry: Geometry,
  good: Bitfield,
  path: string,
  wrongSizes: readonly string[],
): void {
  if (good.isFull && wrongSizes.length === 0) {
    output.result(
      `${printable(path)}: all ${geometry.pieceCount} pieces (${formatBytes(geometry.dataLength)}) are right`,
    );
    return;
  }
  const bad = new Set<string>(wrongSizes);
  for (let piece = 0; piece < geometry.pieceCount; piece++) {
    if (good.has(piece)) continue;
    for (const { file } of geometry.slices(piece, 0, geometry.pieceLength(piece))) {
      if (!geometry.files[file]!.isPad) bad.add(geometry.files[file]!.path.join('/'));
    }
  }
  output.result(
    `${printable(path)}: ${geometry.pieceCount - good.count} of ${geometry.pieceCount} pieces are wrong or missing`,
  );
  for (const name of [...bad].slice(0, MAX_NAMED_FILES)) output.info(`  not whole: ${printable(name)}`);
  if (bad.size > MAX_NAMED_FILES) output.info(`  and ${bad.size - MAX_NAMED_FILES} more`);
}
