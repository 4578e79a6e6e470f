/**
 * Creates metainfo from files on disk. The data is read once; workers compute the v1 pieces and the v2 trees of it
 * side by side on all cores.
 */
import type { Address } from '../../../ground/address.ts';
import { stat } from 'node:fs/promises';
import { toHex } from '../../../ground/bytes.ts';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { BLOCK_LENGTH } from '../../../ground/units.ts';
import { buildInfo, padding } from '../build-info.ts';
import { Geometry } from '../geometry.ts';
import { completeWidth, HASH_LENGTH, log2, merkleRoot, pieceLayerLength } from '../merkle.ts';
import {
  type FileEntry,
  type InfoDictionary,
  type Metainfo,
  metainfoFromInfo,
  type TorrentVersion,
} from '../metainfo.ts';
import { choosePieceLength, isPieceLength, MAX_PIECE_LENGTH, MIN_PIECE_LENGTH } from '../piece-length.ts';
import { FileHandles, type Handle } from '../../disk/file-handles.ts';
import type { PieceJob, PieceVerdict } from '../../disk/piece-batch.ts';
import { PIECE_UNREADABLE } from '../../disk/piece-batch.ts';
import { PiecePool } from '../../disk/piece-pool.ts';
import { type Scan, type ScannedFile, scanPath } from './scan.ts';

export interface CreateOptions {
  readonly version?: TorrentVersion;
  readonly name?: string;
  /** Bytes; a power of two from 16 KiB to 64 MiB. Chosen by size when absent. */
  readonly pieceLength?: number;
  /** Tiers (BEP 12). */
  readonly trackers?: readonly (readonly string[])[];
  readonly webSeeds?: readonly string[];
  /** DHT nodes to begin with (BEP 5). */
  readonly dhtNodes?: readonly Address[];
  readonly isPrivate?: boolean;
  readonly comment?: string;
  readonly source?: string;
  readonly createdBy?: string;
  /** Seconds since 1970. */
  readonly creationDate?: number;
  /** Shares an existing pool; otherwise one is made and closed again. */
  readonly pool?: PiecePool;
  readonly signal?: AbortSignal;
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

export interface Created {
  readonly metainfo: Metainfo;
  readonly scan: Scan;
}

/** @throws ShoalError: unreadable files, files that change while they are read, wrong options, abort */
export async function createMetainfo(path: string, options: CreateOptions = {}): Promise<Created> {
  const version = options.version ?? 'hybrid';
  const scan = await scanPath(path);
  const pieceLength = options.pieceLength ?? choosePieceLength(scan.totalBytes);
  if (!isPieceLength(pieceLength)) {
    throw new ShoalError(
      'bad-argument',
      `piece length ${pieceLength}: it must be a power of two from ${MIN_PIECE_LENGTH} to ${MAX_PIECE_LENGTH}`,
    );
  }
  const plan = planInfo(scan, version, pieceLength);
  const pool = options.pool ?? new PiecePool();
  try {
    const hashes = await hashFiles(scan, plan, pool, options);
    await requireUnchanged(scan.files);
    return { metainfo: assemble(scan, plan, hashes, options), scan };
  } finally {
    // Its threads are idle now. We do not wait for them to end.
    if (options.pool === undefined) void pool.close();
  }
}

/** The info dictionary as it will be, but for the hashes: enough to know where pieces lie. */
function planInfo(scan: Scan, version: TorrentVersion, pieceLength: number): InfoDictionary {
  let offset = 0;
  const files = scan.files.map((file): FileEntry => {
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

interface Hashes {
  readonly v1: Uint8Array;
  readonly v2: Uint8Array;
}

async function hashFiles(
  scan: Scan,
  plan: InfoDictionary,
  pool: PiecePool,
  options: CreateOptions,
): Promise<Hashes> {
  const geometry = new Geometry(plan);
  const handles = new FileHandles();
  const v1 = new Uint8Array(plan.version === 'v2' ? 0 : geometry.pieceCount * 20);
  const v2 = new Uint8Array(plan.version === 'v1' ? 0 : geometry.pieceCount * HASH_LENGTH);
  let doneBytes = 0;
  const isUnreadable = (verdict: PieceVerdict, piece: number): void => {
    if (verdict.status !== PIECE_UNREADABLE) return;
    const file = scan.files[geometry.slices(piece, 0, geometry.pieceLength(piece))[0]!.file]!;
    throw fromSystemError(`cannot read ${file.diskPath}`, verdict.failure);
  };
  try {
    await forEachPiece(geometry.pieceCount, pool.size * 64, options.signal, async (piece) => {
      const length = geometry.pieceLength(piece);
      const slices = geometry.slices(piece, 0, length);
      const held: Handle[] = [];
      await handles.reserve(slices.length);
      let verdict: PieceVerdict;
      try {
        for (const slice of slices)
          held.push(await handles.acquire(scan.files[slice.file]!.diskPath, 'read'));
        const job: PieceJob = {
          length,
          hashedLength: plan.version === 'v2' ? 0 : geometry.hashedLength(piece),
          treeWidth: plan.version === 'v1' ? 0 : geometry.treeWidth(piece),
          slices: slices.map(({ fileOffset, length: bytes }, i) => ({
            fd: held[i]!.fd,
            fileOffset,
            length: bytes,
          })),
        };
        verdict = await pool.run(job);
      } finally {
        for (const handle of held) handles.release(handle);
        handles.unreserve(slices.length);
      }
      isUnreadable(verdict, piece);
      if (v1.length > 0) v1.set(verdict.v1, piece * 20);
      if (v2.length > 0) v2.set(verdict.v2, piece * HASH_LENGTH);
      doneBytes += length;
      options.onProgress?.(doneBytes, geometry.dataLength);
    });
  } finally {
    handles.closeAll();
  }
  return { v1, v2 };
}

/** Runs `work` for pieces 0..count-1, at most `ahead` at once; the first failure or an abort ends it. */
export async function forEachPiece(
  count: number,
  ahead: number,
  signal: AbortSignal | undefined,
  work: (piece: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < count && !failed) {
      if (signal?.aborted === true) throw new ShoalError('aborted', 'interrupted');
      const piece = next++;
      try {
        await work(piece);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: Math.min(count, ahead) }, lane));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

async function requireUnchanged(files: readonly ScannedFile[]): Promise<void> {
  for (const file of files) {
    if (file.symlinkTarget !== undefined) continue;
    const now = await stat(file.diskPath).catch(() => undefined);
    if (now?.size !== file.lengthBytes || now.mtimeMs !== file.modifiedMs) {
      throw new ShoalError(
        'file-changed',
        `${file.diskPath} changed while it was read: try again when it rests`,
      );
    }
  }
}

function assemble(scan: Scan, plan: InfoDictionary, hashes: Hashes, options: CreateOptions): Metainfo {
  const layers = new Map<string, Uint8Array>();
  const piecesRoots = plan.files.map((file): Uint8Array | undefined => {
    if (plan.version === 'v1' || file.lengthBytes === 0) return undefined;
    const first = file.offset / plan.pieceLength;
    const count = Math.ceil(file.lengthBytes / plan.pieceLength);
    const layer = hashes.v2.slice(first * HASH_LENGTH, (first + count) * HASH_LENGTH);
    if (pieceLayerLength(file.lengthBytes, plan.pieceLength) === 0) return layer;
    const root = merkleRoot(layer, completeWidth(count), log2(plan.pieceLength / BLOCK_LENGTH), nodeHasher);
    layers.set(toHex(root), layer);
    return root;
  });
  const infoBytes = buildInfo(
    scan.files,
    {
      version: plan.version,
      name: options.name ?? scan.name,
      isSingleFile: scan.isSingleFile,
      pieceLength: plan.pieceLength,
      ...(options.isPrivate === undefined ? {} : { isPrivate: options.isPrivate }),
      ...(options.source === undefined ? {} : { source: options.source }),
    },
    { v1Hashes: hashes.v1, piecesRoots },
  );
  const parsed = metainfoFromInfo(infoBytes, nodeHasher);
  if (!parsed.ok) throw ShoalError.fromMalformed('unsupported', 'cannot describe these files', parsed.error);
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
