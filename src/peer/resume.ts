/**
 * What is on disk already when a share starts: from the record of an orderly stop when nothing has touched the files
 * since, else from hashing what exists.
 */
import { lstat } from 'node:fs/promises';
import type { Metainfo } from '../content/metainfo.ts';
import type { PiecePool } from '../content/node/piece-pool.ts';
import { Bitfield } from '../ground/bitfield.ts';
import { ShoalError } from '../ground/errors.ts';
import { type FileFingerprint, PART_ENDING, type ShareFiles } from '../storage/node/share-files.ts';
import type { ShareRecord } from '../storage/node/state-db.ts';
import { verifyPieces } from '../storage/node/verify.ts';

export interface ResumeOptions {
  readonly metainfo: Metainfo;
  readonly files: ShareFiles;
  readonly pool: PiecePool;
  readonly record: ShareRecord | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
}

/** Nothing has touched any file since the record was written. */
export function isUntouched(recorded: string, now: readonly FileFingerprint[]): boolean {
  const before = parseFingerprints(recorded);
  return before?.length === now.length && before.every((print, i) => isSame(print, now[i]!));
}

function parseFingerprints(text: string): FileFingerprint[] | undefined {
  try {
    return JSON.parse(text) as FileFingerprint[];
  } catch {
    return undefined;
  }
}

function isSame(a: FileFingerprint, b: FileFingerprint): boolean {
  return a.path === b.path && a.size === b.size && a.modifiedMs === b.modifiedMs;
}

/** The proved pieces of a fetched share, and its files brought to the names that fit. */
export async function resumeFetched(options: ResumeOptions): Promise<Bitfield> {
  const { files, record } = options;
  const exists = await findExisting(files);
  for (const file of exists.finished) files.markFinished(file);
  const present = await files.fingerprint();
  if (record?.isClean === true && isUntouched(record.fingerprints, present)) {
    const recorded = Bitfield.fromBytes(record.have, files.geometry.pieceCount);
    if (recorded !== undefined) return recorded;
  }
  if (!exists.any) return new Bitfield(files.geometry.pieceCount);
  const good = await verifyPieces(options);
  const recorded = record === undefined ? [] : (parseFingerprints(record.fingerprints) ?? []);
  const before = new Map(recorded.map((print) => [print.path, print]));
  const now = new Map(present.map((print) => [print.file, print]));
  for (const file of exists.finished) {
    const print = now.get(file)!;
    const twin = before.get(print.path);
    await settleFinished(files, file, good, twin !== undefined && isSame(twin, print));
  }
  return good;
}

interface Existing {
  readonly any: boolean;
  /** Files that lie under their final name with the right length. */
  readonly finished: readonly number[];
}

async function findExisting(files: ShareFiles): Promise<Existing> {
  const finished: number[] = [];
  let any = false;
  for (const [file, entry] of files.geometry.files.entries()) {
    const path = files.finalPath(file);
    if (path === undefined || !files.isWanted(file)) {
      any ||=
        entry.lengthBytes > 0 &&
        path !== undefined &&
        (await lstat(files.currentPath(file)!).catch(() => undefined)) !== undefined;
      continue;
    }
    if (entry.symlinkTarget !== undefined) continue;
    const info = await lstat(path).catch(() => undefined);
    if (info === undefined) {
      any ||= (await lstat(path + PART_ENDING).catch(() => undefined)) !== undefined;
      continue;
    }
    if (!info.isFile() || info.size !== entry.lengthBytes) {
      throw new ShoalError(
        'name-conflict',
        `${path} exists and is something else: move it away, or choose another folder with -o`,
      );
    }
    finished.push(file);
    any = true;
  }
  return { any, finished };
}

/**
 * A file under its final name that is not whole: if some of it is right, or if we put it there and nothing touched it
 * since (a v1 piece may fail because of a neighbour alone), it goes on as a part; else it is somebody's other file,
 * which is never overwritten.
 */
async function settleFinished(
  files: ShareFiles,
  file: number,
  good: Bitfield,
  isOurs: boolean,
): Promise<void> {
  const range = files.geometry.filePieces(file);
  if (range === undefined) return;
  let right = 0;
  for (let piece = range[0]; piece <= range[1]; piece++) if (good.has(piece)) right++;
  if (right === range[1] - range[0] + 1) return;
  if (right === 0 && !isOurs) {
    const path = files.finalPath(file)!;
    throw new ShoalError(
      'name-conflict',
      `${path} exists with other content: move it away, or choose another folder with -o`,
    );
  }
  await files.reopen(file);
}
