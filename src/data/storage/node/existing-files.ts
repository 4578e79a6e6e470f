/**
 * Files that are there when a fetched share starts, and that Shoal may not have made: whole, half finished by another
 * client, changed by a person, or something else under the same name. Their pieces decide:
 *
 * | under its final name | what happens |
 * |---|---|
 * | every piece is right | it is finished |
 * | no piece says that it is wrong: those that are not right reach into other files | finished, and *compared*: what comes of those pieces is compared with it before anything is written |
 * | some pieces are right, or nothing is written in it at all | it goes on as a part |
 * | no piece is right, and something is written in it | other content: `name-conflict` |
 * | it was whole, and is not as we left it, and a piece is wrong | a person changed it: `name-conflict` |
 *
 * Invariant: nothing is written to a file under its final name, and no byte that may be a person's is overwritten unless
 * other pieces say that the file is this one.
 */
import type { Geometry } from '../../content/geometry.ts';
import type { Bitfield } from '../../../ground/bitfield.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { FileIndex, PieceIndex } from '../../../ground/units.ts';
import { PART_ENDING } from '../safe-path.ts';
import { isShared, judgeFile, type PieceVerdicts } from '../verdicts.ts';
import { forEachConcurrent } from './concurrent.ts';
import { FOREIGN_PART_ENDINGS } from './find-paths.ts';
import { isBlank } from './same-content.ts';
import type { FileSlice, ShareFiles } from './share-files.ts';

/** Files looked at side by side. */
const MAX_LOOKS = 4;

export interface ExistingFiles {
  /** Under their final name, no longer than they should be. */
  readonly finished: readonly FileIndex[];
  /** Not wanted, and whole when they were last. */
  readonly unwanted: readonly FileIndex[];
  /** Our parts, or Transmission's, which have the same ending. */
  readonly parts: readonly FileIndex[];
  /** Under the names that other clients give to unfinished files. */
  readonly foreignParts: readonly FileIndex[];
}

/** Facts about a file besides its pieces. */
export interface FileHistory {
  /** It looks as we left it. */
  readonly isOurs: boolean;
  /** Every piece of it was had once. */
  readonly wasComplete: boolean;
  /** A part of it may be ours: a piece was saved or noted, or notes may be lost. */
  readonly isBegun: boolean;
  /** Bytes. */
  readonly size: number;
}

/**
 * Looks which files are there. Those that may be part of the share are read from where they are until
 * `settleExisting`.
 * @param have pieces that were had
 * @param among only these; all by default
 * @throws ShoalError name-conflict for what cannot be such a file, whatever is in it
 */
export async function findExisting(
  files: ShareFiles,
  have: Bitfield | undefined,
  among?: ReadonlySet<FileIndex>,
): Promise<ExistingFiles> {
  const existing = { finished: [], unwanted: [], parts: [], foreignParts: [] } as Record<
    keyof ExistingFiles,
    FileIndex[]
  >;
  const { geometry, disk } = files;
  const candidates = [...geometry.files.entries()].filter(
    ([, entry]) => !entry.isPad && entry.symlinkTarget === undefined,
  );
  // A file of the share may be called like the part of another.
  let finalPaths: Set<string | undefined> | undefined;
  const isFinalPath = (path: string): boolean => {
    finalPaths ??= new Set(candidates.map(([file]) => files.finalPath(file)));
    return finalPaths.has(path);
  };
  await forEachConcurrent(candidates, MAX_LOOKS, async ([file, { lengthBytes }]) => {
    const path = files.finalPath(file);
    if (path === undefined || among?.has(file) === false) return;
    if (!files.isWanted(file)) {
      // It was fetched before a person chose other files.
      if (have === undefined || !holdsAll(geometry, file, have)) return;
      const info = await disk.lstat(path);
      if (info?.kind === 'file' && info.size === lengthBytes) existing.unwanted.push(file);
      return;
    }
    const info = await disk.lstat(path);
    if (info !== undefined) {
      if (info.kind !== 'file' || info.size > lengthBytes) throw otherContent(path);
      existing.finished.push(file);
      return;
    }
    const part = await disk.lstat(path + PART_ENDING);
    if (part !== undefined && !isFinalPath(path + PART_ENDING)) {
      existing.parts.push(file);
      return;
    }
    for (const ending of FOREIGN_PART_ENDINGS) {
      const foreign = await disk.lstat(path + ending);
      if (foreign?.kind !== 'file' || foreign.size > lengthBytes || isFinalPath(path + ending)) continue;
      files.readForeignPart(file, path + ending);
      existing.foreignParts.push(file);
      return;
    }
  });
  for (const file of [...existing.finished, ...existing.unwanted]) files.markFinished(file);
  return existing;
}

export function holdsAll(geometry: Geometry, file: FileIndex, pieces: Bitfield): boolean {
  const [first, last] = geometry.filePieces(file) ?? [0, -1];
  for (let piece = first; piece <= last; piece++) if (!pieces.has(piece)) return false;
  return true;
}

/**
 * Brings the files to the names that fit.
 * @param onWarning told of bytes that will be replaced, before anything is done
 * @throws ShoalError name-conflict
 */
export async function settleExisting(
  files: ShareFiles,
  existing: ExistingFiles,
  verdicts: PieceVerdicts,
  historyOf: (file: FileIndex) => FileHistory,
  onWarning: (message: string) => void,
): Promise<void> {
  for (const file of existing.finished) {
    if (!(await isToBeReopened(files, file, verdicts, historyOf))) continue;
    await warnOfReplacement(files, file, verdicts, onWarning);
    await files.reopen(file);
  }
  for (const file of existing.unwanted)
    if (!holdsAll(files.geometry, file, verdicts.right)) files.markUnfinished(file);
  for (const file of existing.parts) {
    const history = historyOf(file);
    if (history.isBegun) continue;
    await requireOurPart(files, file, verdicts, history);
    await warnOfReplacement(files, file, verdicts, onWarning);
  }
  for (const file of existing.foreignParts) {
    const isOurs = !(await holdsOtherContent(files, file, verdicts));
    if (isOurs) await warnOfReplacement(files, file, verdicts, onWarning);
    await files.settleForeignPart(file, isOurs);
  }
}

/** Early enough for a person who changed the file on purpose to copy it. */
async function warnOfReplacement(
  files: ShareFiles,
  file: FileIndex,
  verdicts: PieceVerdicts,
  onWarning: (message: string) => void,
): Promise<void> {
  const [first, last] = files.geometry.filePieces(file) ?? [0, -1];
  let count = 0;
  for (let piece = first; piece <= last; piece++)
    if (verdicts.wrong.has(piece) && !(await isBlankIn(files, file, piece))) count++;
  if (count > 0) onWarning(replacing(files.currentPath(file)!, count, last - first + 1));
}

function replacing(path: string, count: number, total: number): string {
  return `${path} is not as it was published: ${count} of its ${total} pieces hold other bytes, which are replaced`;
}

/** Nothing is written of the piece in the file. */
async function isBlankIn(files: ShareFiles, file: FileIndex, piece: PieceIndex): Promise<boolean> {
  const path = files.currentPath(file)!;
  for (const slice of files.geometry.slices(piece, 0, files.geometry.pieceLength(piece))) {
    const { file: other, fileOffset, length } = slice;
    if (other === file && !(await isBlank(files.disk, path, fileOffset, fileOffset + length))) return false;
  }
  return true;
}

/** It is not this file as it should be, and may be written to. */
async function isToBeReopened(
  files: ShareFiles,
  file: FileIndex,
  verdicts: PieceVerdicts,
  historyOf: (file: FileIndex) => FileHistory,
): Promise<boolean> {
  const { geometry } = files;
  const { isOurs, wasComplete, size } = historyOf(file);
  const { wrong, wrongShared, unjudged } = judgeFile(geometry, file, verdicts);
  const isShort = size < geometry.files[file]!.lengthBytes;
  if (wrong + wrongShared + unjudged === 0 && !isShort) return false;
  // Only a neighbour's piece is missing.
  if (isOurs && wasComplete && !isShort && isRightInside(geometry, file, verdicts.right)) return false;
  const path = files.finalPath(file)!;
  const isWrong =
    wrong > 0 || isShort || isBlamed(geometry, file, verdicts, (other) => historyOf(other).isOurs);
  if (wasComplete && !isOurs && isWrong) {
    throw new ShoalError(
      'name-conflict',
      `${path} was changed since it was fetched: move it away to fetch it anew, or choose another folder`,
    );
  }
  const isRightSoFar = wrong === 0 && !isShort;
  if (isRightSoFar && !(await hasBlankBorder(files, file, verdicts))) {
    files.compareOnly(file, !wasComplete);
    return false;
  }
  if ((await files.disk.lstat(path + PART_ENDING)) !== undefined) {
    throw new ShoalError(
      'name-conflict',
      `${path} is not whole, and ${path}${PART_ENDING} exists as well: move one of them away`,
    );
  }
  if (!isOurs && (await holdsOtherContent(files, file, verdicts))) throw otherContent(path);
  return true;
}

/** All pieces that lie in this file alone are right. Only pieces that it shares with a neighbour are missing. */
function isRightInside(geometry: Geometry, file: FileIndex, right: Bitfield): boolean {
  const [first, last] = geometry.filePieces(file) ?? [0, -1];
  for (let piece = first; piece <= last; piece++)
    if (!isShared(geometry, piece) && !right.has(piece)) return false;
  return true;
}

/** A wrong piece of several files, of which all others look as we left them. */
function isBlamed(
  geometry: Geometry,
  file: FileIndex,
  { wrong }: PieceVerdicts,
  isOurs: (file: FileIndex) => boolean,
): boolean {
  const [first, last] = geometry.filePieces(file) ?? [0, -1];
  for (const piece of new Set([first, last])) {
    if (!wrong.has(piece)) continue;
    const slices = geometry.slices(piece, 0, geometry.pieceLength(piece));
    const others = slices.filter(({ file: other }) => other !== file && !geometry.files[other]!.isPad);
    if (others.every(({ file: other }) => isOurs(other))) return true;
  }
  return false;
}

/** Where a piece that is not right reaches into the file, nothing is written: another client has not come so far. */
async function hasBlankBorder(
  files: ShareFiles,
  file: FileIndex,
  { right }: PieceVerdicts,
): Promise<boolean> {
  const [first, last] = files.geometry.filePieces(file)!;
  for (const piece of new Set([first, last]))
    if (!right.has(piece) && (await isBlankIn(files, file, piece))) return true;
  return false;
}

/** No piece says that it is this file, some say that it is not, and something is written in it. */
async function holdsOtherContent(
  files: ShareFiles,
  file: FileIndex,
  verdicts: PieceVerdicts,
): Promise<boolean> {
  const { right, wrong, wrongShared, unjudged } = judgeFile(files.geometry, file, verdicts);
  if (right > 0 || wrong + wrongShared + unjudged === 0) return false;
  const path = files.currentPath(file)!;
  return !(await isBlank(files.disk, path, 0, files.geometry.files[file]!.lengthBytes));
}

/** A part of which we know nothing may be a person's file that happens to be called so. */
async function requireOurPart(
  files: ShareFiles,
  file: FileIndex,
  verdicts: PieceVerdicts,
  { size }: FileHistory,
): Promise<void> {
  const { right, wrong } = judgeFile(files.geometry, file, verdicts);
  const isLonger = size > files.geometry.files[file]!.lengthBytes;
  if (!isLonger && (right > 0 || wrong === 0)) return;
  if (isLonger || (await holdsOtherContent(files, file, verdicts)))
    throw otherContent(files.currentPath(file)!);
}

/**
 * A compared file differs from a piece that has come and is right.
 * @returns true when it has become a part; false when it was one already
 * @throws ShoalError name-conflict; not-found when it was moved away
 */
export async function goOnAsPart(
  files: ShareFiles,
  { file, fileOffset, length }: FileSlice,
  isHad: (piece: PieceIndex) => boolean,
  onWarning: (message: string) => void,
): Promise<boolean> {
  const state = files.stateOf(file);
  if (state?.kind !== 'compared') return false;
  const path = files.finalPath(file)!;
  // The open file may not be the one that has the name now.
  files.handles.forget(path);
  await files.requirePresent(file);
  const [first, last] = files.geometry.filePieces(file)!;
  let hasRight = false;
  for (let piece = first; piece <= last; piece++) if (isHad(piece)) hasRight = true;
  const isNew = await isBlank(files.disk, path, fileOffset, fileOffset + length);
  const mayGoOn = state.mayBecomePart && (hasRight || isNew);
  if (!mayGoOn || (await files.disk.lstat(path + PART_ENDING)) !== undefined) throw otherContent(path);
  if (!isNew) onWarning(replacing(path, 1, last - first + 1));
  await files.reopen(file);
  return true;
}

function otherContent(path: string): ShoalError {
  return new ShoalError(
    'name-conflict',
    `${path} exists with other content: move it away, or choose another folder`,
  );
}
