/** `shoal verify`: checks data against a torrent. */
import { formatCount } from '../../../ground/count.ts';
import { Geometry } from '../../../data/content/geometry.ts';
import { FileHandles } from '../../../data/disk/file-handles.ts';
import { PiecePool } from '../../../data/disk/piece-pool.ts';
import { readTorrentFile } from '../share/link-source.ts';
import { nodeDisk } from '../../../ground/node/disk.ts';
import { locate } from '../../../data/storage/node/find-paths.ts';
import { ShareFiles } from '../../../data/storage/node/share-files.ts';
import { verifyFiles, type VerifyReport } from '../../../data/storage/node/verify.ts';
import type { FileState } from '../../../data/storage/verdicts.ts';
import { type CommonOptions, createOutput } from '../../../cli/options.ts';
import type { Output } from '../../../cli/output.ts';
import { EXIT, runCommand } from '../../../cli/run.ts';
import { formatBytes, printable } from '../../../cli/terminal/format.ts';

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
      const report = await verifyFiles({ metainfo, files, prover: pool, signal, onProgress });
      const { isWhole, rightPieces: goodPieces, wrongPieces, unjudgedPieces } = report;
      for (const file of report.files) if (file.state !== 'right') output.event('file', { ...file });
      const seconds = (performance.now() - started) / 1000;
      const badPieces = wrongPieces + unjudgedPieces;
      output.event('verified', {
        ok: isWhole,
        goodPieces,
        badPieces,
        wrongPieces,
        unjudgedPieces,
        seconds,
      });
      show(output, geometry, report, path);
      return isWhole ? EXIT.done : EXIT.failed;
    } finally {
      handles.closeAll();
      await pool.close();
    }
  });
}

const LABELS: Readonly<Record<Exclude<FileState, 'right'>, string>> = {
  wrong: 'wrong',
  missing: 'missing',
  short: 'too short',
  unjudged: 'not judged',
};

function show(output: Output, geometry: Geometry, report: VerifyReport, path: string): void {
  const { pieceCount, dataLength } = geometry;
  if (report.isWhole) {
    output.result(
      `${printable(path)}: all ${formatCount(pieceCount, 'piece')} (${formatBytes(dataLength)}) are right`,
    );
    return;
  }
  const { rightPieces, wrongPieces, unjudgedPieces } = report;
  output.result(
    `${printable(path)}: of ${formatCount(pieceCount, 'piece')}, ${rightPieces} are right, ${wrongPieces} wrong, ${unjudgedPieces} not judged`,
  );
  const bad = report.files.filter(({ state }) => state !== 'right');
  for (const { path: name, state } of bad.slice(0, MAX_NAMED_FILES))
    output.info(`  ${LABELS[state as keyof typeof LABELS]}: ${printable(name)}`);
  if (bad.length > MAX_NAMED_FILES) output.info(`  and ${bad.length - MAX_NAMED_FILES} more`);
  if (bad.some(({ state }) => state === 'unjudged'))
    output.info(
      '  (not judged: a piece of it is wrong or incomplete, and reaches into another file as well)',
    );
}
