/**
 * Finds the pieces of a share that are on disk when it starts. `resume-plan.ts` decides which pieces to believe.
 * This file hashes a sample of those, and every piece in doubt. `existing-files.ts` then decides which of the files
 * belong to the share.
 */
import type { Geometry } from '../../content/geometry.ts';
import type { Metainfo } from '../../content/metainfo.ts';
import type { PieceProver } from '../../disk/piece-batch.ts';
import { Bitfield } from '../../../ground/bitfield.ts';
import type { Prng } from '../../../ground/ports.ts';
import type { FileIndex, PieceIndex } from '../../../ground/units.ts';
import type { ShareRecord } from '../records.ts';
import { type FilePrint, planResume, samplePieces } from '../resume-plan.ts';
import { piecesOf } from '../selection.ts';
import { isShared } from '../verdicts.ts';
import { type FileHistory, findExisting, holdsAll, settleExisting } from './existing-files.ts';
import { JournalFile } from './journal-file.ts';
import type { FileFingerprint, ShareFiles } from './share-files.ts';
import { verifyPieces } from './verify.ts';

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
  /** A message for the person, before something is done. */
  readonly onWarning: (message: string) => void;
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
  const have = record === undefined ? undefined : Bitfield.fromBytes(record.have, geometry.pieceCount);
  const existing = await findExisting(files, have);
  const present = new Map<FileIndex, FilePrint>();
  for (const { file, size, modifiedMs } of await files.fingerprint()) present.set(file, { size, modifiedMs });
  const journal =
    record === undefined ? undefined : await JournalFile.read(files.disk, options.journalPath, record.epoch);
  const facts =
    record === undefined || have === undefined
      ? undefined
      : { trust: record.trust, have, prints: record.prints };
  const plan = planResume({ geometry, record: facts, journal, present });
  const doubtful = plan.doubtful.clone();
  const trusted = await checkSample(options, plan.trusted, doubtful);
  const none = { right: doubtful, wrong: doubtful, wrongFiles: new Set<FileIndex>() };
  const verdicts = doubtful.isEmpty ? none : await verifyPieces({ ...options, pieces: doubtful });
  const found: PieceIndex[] = [];
  const right = trusted.clone();
  for (let piece = 0; piece < geometry.pieceCount; piece++) {
    if (!verdicts.right.has(piece)) continue;
    found.push(piece);
    right.add(piece);
  }
  const noted = new Set(journal?.pieces);
  // A power loss takes unsaved notes, and may leave bytes that were written after them.
  const mayBeUnnoted = record !== undefined && record.trust !== 'all';
  const historyOf = (file: FileIndex): FileHistory => ({
    isOurs: plan.ours.has(file),
    wasComplete: have !== undefined && holdsAll(geometry, file, have),
    isBegun: mayBeUnnoted || plan.ours.has(file) || isBegun(geometry, file, have, noted),
    size: present.get(file)?.size ?? -1,
  });
  await settleExisting(files, existing, { ...verdicts, right }, historyOf, options.onWarning);
  return { trusted, found, hashed: doubtful.count, prints: present };
}

/** Pieces that lie in it alone say so: of those that it shares with a neighbour, its bytes may lie in the side file. */
function isBegun(
  geometry: Geometry,
  file: FileIndex,
  have: Bitfield | undefined,
  noted: ReadonlySet<PieceIndex>,
): boolean {
  const [first, last] = geometry.filePieces(file) ?? [0, -1];
  for (let piece = first; piece <= last; piece++)
    if (noted.has(piece) || (have?.has(piece) === true && !isShared(geometry, piece))) return true;
  return false;
}

/**
 * Files that are wanted from now on and were not before: what there is of them is taken as at a start.
 * @returns pieces of them that are right
 * @throws ShoalError name-conflict
 */
export async function resumeChosen(
  options: Pick<ResumeOptions, 'metainfo' | 'files' | 'prover' | 'signal' | 'onWarning'>,
  chosen: ReadonlySet<FileIndex>,
): Promise<PieceIndex[]> {
  const { files } = options;
  try {
    const existing = await findExisting(files, undefined, chosen);
    const there = new Set([...existing.finished, ...existing.parts, ...existing.foreignParts]);
    if (there.size === 0) return [];
    const sizes = new Map<FileIndex, number>();
    for (const file of there) sizes.set(file, (await files.look(file))?.size ?? -1);
    const verdicts = await verifyPieces({ ...options, pieces: piecesOf(files.geometry, there) });
    const unknown = { isOurs: false, wasComplete: false, isBegun: false };
    const historyOf = (file: FileIndex): FileHistory => ({ ...unknown, size: sizes.get(file) ?? -1 });
    await settleExisting(files, existing, verdicts, historyOf, options.onWarning);
    const { right } = verdicts;
    return [...Array(right.length).keys()].filter((piece) => right.has(piece));
  } catch (error) {
    for (const file of chosen) {
      await files.settleForeignPart(file, false);
      if (files.isFinished(file)) files.markUnfinished(file);
    }
    throw error;
  }
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
