/**
 * Shares that lie where a person keeps them: makes the torrent of a path, or finds out that the data of a torrent is right.
 * What was right in an earlier run and has not changed is not read again.
 */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Geometry } from '../../../data/content/geometry.ts';
import type { Metainfo } from '../../../data/content/metainfo.ts';
import { createMetainfo } from '../../../data/content/node/create.ts';
import { scanPath } from '../../../data/content/node/scan.ts';
import { locate } from '../../../data/storage/node/find-paths.ts';
import { ShareFiles } from '../../../data/storage/node/share-files.ts';
import type { ProvedData, SharePlace } from '../../../data/storage/node/storage-options.ts';
import { type FileReport, verifyFiles, type VerifyReport } from '../../../data/storage/node/verify.ts';
import { Bitfield } from '../../../ground/bitfield.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { USER_AGENT } from '../../../ground/version.ts';
import type { PeerContext } from './context.ts';
import { findUnchanged, type FoundPrint, isKnownWhole } from './known-torrents.ts';
import type { SeedOptions, SharePathOptions } from './options.ts';

type PlaceContext = Pick<PeerContext, 'state' | 'handles' | 'pool'>;

/** A share that is whole where it lies. */
export interface WholeShare {
  readonly metainfo: Metainfo;
  readonly place: SharePlace;
  readonly proved: ProvedData;
}

/** The torrent of a file or folder: hashed, or as it was hashed before. @throws ShoalError */
export async function describePath(
  context: PlaceContext,
  path: string,
  options: SharePathOptions,
): Promise<WholeShare> {
  const root = await realpath(path).catch(() => resolve(path));
  const scan = await scanPath(root);
  const diskPaths = scan.files.map((file) => file.diskPath);
  const { metainfo, prints } =
    (await findUnchanged(context, root, diskPaths, options)) ?? (await hashPath(context, root, options));
  return { metainfo, place: { kind: 'place', path: root, diskPaths }, proved: wholeOf(metainfo, prints) };
}

async function hashPath(
  { pool }: PlaceContext,
  root: string,
  options: SharePathOptions,
): Promise<{ readonly metainfo: Metainfo; readonly prints: readonly FoundPrint[] }> {
  const { version, pieceLength, isPrivate, signal, onProgress } = options;
  const { metainfo, scan } = await createMetainfo(root, {
    pool,
    createdBy: USER_AGENT,
    ...(version === undefined ? {} : { version }),
    ...(pieceLength === undefined ? {} : { pieceLength }),
    ...(isPrivate === undefined ? {} : { isPrivate }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const prints = scan.files.map(({ lengthBytes, modifiedMs }, file) => ({
    file,
    size: lengthBytes,
    modifiedMs,
  }));
  return { metainfo, prints };
}

/**
 * The data of a torrent in `dir`: hashed, unless it is known to be right.
 * @throws ShoalError not-found; data-mismatch when the data is not whole
 */
export async function findWhole(
  context: PlaceContext,
  metainfo: Metainfo,
  dir: string,
  options: SeedOptions,
): Promise<WholeShare> {
  const { handles, pool: prover } = context;
  const { path, diskPaths } = await locate(handles.disk, metainfo.info, dir, options.isRoot === true);
  const files = ShareFiles.inPlace(new Geometry(metainfo.info), diskPaths, handles);
  const prints = await files.fingerprint();
  if (!isKnownWhole(context, metainfo, path, prints)) {
    const { signal, onProgress } = options;
    const report = await verifyFiles({ metainfo, files, prover, signal, onProgress });
    if (!report.isWhole) throw describeMismatch(path, report);
  }
  return { metainfo, place: { kind: 'place', path, diskPaths }, proved: wholeOf(metainfo, prints) };
}

/** All of it is right, in that state of the files. */
function wholeOf(metainfo: Metainfo, prints: readonly FoundPrint[]): ProvedData {
  const pieces = new Bitfield(new Geometry(metainfo.info).pieceCount);
  pieces.fillAll();
  return {
    pieces,
    prints: new Map(prints.map(({ file, size, modifiedMs }) => [file, { size, modifiedMs }])),
  };
}

function describeMismatch(path: string, report: VerifyReport): ShoalError {
  const { rightPieces, wrongPieces, unjudgedPieces, files } = report;
  const count = rightPieces + wrongPieces + unjudgedPieces;
  const isBad = ({ state }: FileReport): boolean => state !== 'right' && state !== 'unjudged';
  const first = files.find(isBad);
  const others = files.filter(isBad).length - 1;
  const what =
    first === undefined
      ? ''
      : ` (${first.path} is ${first.state}${others > 0 ? `, and ${others} more` : ''})`;
  return new ShoalError(
    'data-mismatch',
    `${path}: ${rightPieces} of ${count} pieces are right, ${wrongPieces} wrong, ${unjudgedPieces} not judged${what}`,
  );
}
