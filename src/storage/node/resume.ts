/**
 * What of a share is on disk already when it starts. `resume-plan.ts` decides what can be believed; here the disk is
 * looked at, a sample of what is believed is hashed, and so is all that is in doubt.
 */
import type { Geometry } from '../../content/geometry.ts';
import type { Metainfo } from '../../content/metainfo.ts';
import type { PieceProver } from '../../content/node/piece-batch.ts';
import { Bitfield } from '../../ground/bitfield.ts';
import { ShoalError } from '../../ground/errors.ts';
import type { Prng } from '../../ground/ports.ts';
import type { FileIndex, PieceIndex } from '../../ground/units.ts';
import type { ShareRecord } from '../records.ts';
import { type FilePrint, planResume, samplePieces } from '../resume-plan.ts';
import { PART_ENDING } from '../safe-path.ts';
import { forEachAhead } from './ahead.ts';
import { JournalFile } from './journal-file.ts';
import type { FileFingerprint, ShareFiles } from './share-files.ts';
import { verifyPieces } from './verify.ts';

/** Files looked at side by side. */
const LOOKS_AHEAD = 4;

export interface ResumeOptions {
  readonly metainfo: Metainfo;
  readonly files: ShareFiles;
  readonly prover: PieceProver;
  readonly record: ShareRecord | undefined;
  /** Where the share's journal is, see `JournalFile`. */
  readonly journalPath: string;
  readonly prng: Prng;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
}

export interface Resumed {
  /** Saved before, and believed. */
  readonly trusted: Bitfield;
  /** Hashed just now, and right. */
  readonly found: readonly PieceIndex[];
  /** Pieces that were hashed because they were in doubt. */
  readonly hashed: number;
  /** Of the files as they were looked at; whatever names they have by now. */
  readonly prints: ReadonlyMap<FileIndex, FilePrint>;
}

/** Nothing has touched any file since the record was saved. */
export function isUntouched(
  recorded: ReadonlyMap<FileIndex, FilePrint>,
  now: readonly FileFingerprint[],
): boolean {
  return now.every((print) => {
    const before = recorded.get(print.file);
    return before !== undefined && before.size === print.size && before.modifiedMs === print.modifiedMs;
  });
}

/**
 * The pieces of a fetched share that are right, and its files brought to the names that fit.
 * @throws ShoalError name-conflict when another's file has a name of the share
 */
export async function resumeFetched(options: ResumeOptions): Promise<Resumed> {
  const { files, record } = options;
  const { geometry } = files;
  const finished = await findFinished(files);
  for (const file of finished) files.markFinished(file);
  const present = new Map<FileIndex, FilePrint>();
  for (const { file, size, modifiedMs } of await files.fingerprint()) present.set(file, { size, modifiedMs });
  const have = record === undefined ? undefined : Bitfield.fromBytes(record.have, geometry.pieceCount);
  const journal =
    record === undefined ? undefined : await JournalFile.read(files.disk, options.journalPath, record.epoch);
  const facts =
    record === undefined || have === undefined
      ? undefined
      : { trust: record.trust, have, prints: record.prints };
  const plan = planResume({ geometry, record: facts, journal, present });
  const doubtful = plan.doubtful.clone();
  const trusted = await checkSample(options, plan.trusted, doubtful);
  const good = doubtful.isEmpty ? doubtful : (await verifyPieces({ ...options, pieces: doubtful })).right;
  const found: PieceIndex[] = [];
  const all = trusted.clone();
  for (let piece = 0; piece < geometry.pieceCount; piece++) {
    if (!good.has(piece)) continue;
    found.push(piece);
    all.add(piece);
  }
  for (const file of finished) {
    const wasWhole = have !== undefined && holdsAll(geometry, file, have);
    await settleFinished(files, file, all, plan.ours.has(file), wasWhole);
  }
  return { trusted, found, hashed: doubtful.count, prints: present };
}

/**
 * Size and time can lie: some of what is believed is hashed. If any of it is wrong, nothing of the files that it lies in
 * is believed.
 */
async function checkSample(options: ResumeOptions, trusted: Bitfield, doubtful: Bitfield): Promise<Bitfield> {
  const { geometry } = options.files;
  const sample = samplePieces(geometry, trusted, (bound) => options.prng.below(bound));
  if (sample.length === 0) return trusted;
  const pieces = new Bitfield(geometry.pieceCount);
  for (const piece of sample) pieces.add(piece);
  const { onProgress: _, ...quiet } = options;
  const { right: good } = await verifyPieces({ ...quiet, pieces });
  if (good.count === sample.length) return trusted;
  const believed = trusted.clone();
  for (const piece of sample) {
    if (good.has(piece)) continue;
    for (const other of piecesBeside(geometry, piece)) {
      if (!believed.delete(other)) continue;
      doubtful.add(other);
    }
  }
  return believed;
}

/** All pieces of the files that a piece lies in. */
function* piecesBeside(geometry: Geometry, piece: PieceIndex): Generator<PieceIndex> {
  for (const { file } of geometry.slices(piece, 0, geometry.pieceLength(piece))) {
    const [first, last] = geometry.filePieces(file)!;
    for (let other = first; other <= last; other++) yield other;
  }
}

/** Files that lie under their final name with the right length. */
async function findFinished(files: ShareFiles): Promise<readonly FileIndex[]> {
  const finished: FileIndex[] = [];
  const wanted = [...files.geometry.files.entries()].filter(
    ([file, entry]) => files.isWanted(file) && entry.symlinkTarget === undefined,
  );
  await forEachAhead(wanted, LOOKS_AHEAD, async ([file, entry]) => {
    const path = files.finalPath(file);
    if (path === undefined) return;
    const info = await files.disk.lstat(path);
    if (info === undefined) return;
    if (info.kind !== 'file' || info.size !== entry.lengthBytes) {
      throw new ShoalError(
        'name-conflict',
        `${path} exists and is something else: move it away, or choose another folder`,
      );
    }
    finished.push(file);
  });
  return finished;
}

function holdsAll(geometry: Geometry, file: FileIndex, pieces: Bitfield): boolean {
  const [first, last] = geometry.filePieces(file) ?? [0, -1];
  for (let piece = first; piece <= last; piece++) if (!pieces.has(piece)) return false;
  return true;
}

/** Pieces that lie in this file alone are right: what is missing is missing for a neighbour's sake. */
function isRightInside(geometry: Geometry, file: FileIndex, good: Bitfield): boolean {
  const [first, last] = geometry.filePieces(file)!;
  for (let piece = first; piece <= last; piece++) {
    const isShared = geometry
      .slices(piece, 0, geometry.pieceLength(piece))
      .some((slice) => slice.file !== file);
    if (!isShared && !good.has(piece)) return false;
  }
  return true;
}

/**
 * A file under its final name that is not whole. If it was, and somebody changed it, that is what they want: it is never
 * fetched over. If nothing touched it, only a neighbour's piece is missing, or the disk forgot: then it goes on as a part.
 * Without a record it may be another program's unfinished work, which goes on, too, if some of it is right; else it is
 * somebody's other file.
 */
async function settleFinished(
  files: ShareFiles,
  file: FileIndex,
  good: Bitfield,
  isOurs: boolean,
  wasWhole: boolean,
): Promise<void> {
  const range = files.geometry.filePieces(file);
  if (range === undefined) return;
  let right = 0;
  for (let piece = range[0]; piece <= range[1]; piece++) if (good.has(piece)) right++;
  if (right === range[1] - range[0] + 1) return;
  const path = files.finalPath(file)!;
  if (wasWhole && !isOurs) {
    throw new ShoalError(
      'name-conflict',
      `${path} was changed since it was fetched: move it away to fetch it anew, or choose another folder`,
    );
  }
  if (isOurs && isRightInside(files.geometry, file, good)) return;
  if ((await files.disk.lstat(path + PART_ENDING)) !== undefined) {
    throw new ShoalError(
      'name-conflict',
      `${path} is not whole, and ${path}${PART_ENDING} exists as well: move one of them away`,
    );
  }
  if (right === 0 && !isOurs) {
    throw new ShoalError(
      'name-conflict',
      `${path} exists with other content: move it away, or choose another folder`,
    );
  }
  await files.reopen(file);
}
