/** Looks up torrents of earlier runs in the state folder: metadata, piece layers, and whether data was complete. */
import { basename } from 'node:path';
import { Geometry } from '../../../data/content/geometry.ts';
import type { Magnet } from '../../../data/content/magnet.ts';
import { decodeMetainfo, hasAllLayers, type Metainfo } from '../../../data/content/metainfo.ts';
import { isUntouched } from '../../../data/storage/node/resume.ts';
import { type FileFingerprint, ShareFiles } from '../../../data/storage/node/share-files.ts';
import { toHex } from '../../../ground/bytes.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import type { StateDb } from '../state/state-db.ts';
import type { PeerContext } from './context.ts';
import type { SharePathOptions } from './options.ts';

type KnownContext = Pick<PeerContext, 'state' | 'handles'>;
type TorrentLookup = Pick<StateDb, 'torrentOf'>;

/** The key of a share: its info hash in hex, v1 before v2. */
export const keyOf = ({ infoHashV1, infoHashV2 }: Pick<Metainfo, 'infoHashV1' | 'infoHashV2'>): string =>
  toHex(infoHashV1 ?? infoHashV2!);

/** The metadata of a magnet link that was fetched into this folder before. */
export function findMetadata(
  { state }: KnownContext,
  magnet: Magnet,
  outputDir: string,
): Metainfo | undefined {
  const key = keyOf(magnet);
  return state.shares.has(key, outputDir) ? readTorrent(state, key, outputDir) : undefined;
}

/**
 * A torrent file, or metadata from peers, may lack piece layers that an earlier run has got from peers, or from the data:
 * they are taken from the torrent that is kept, before it is replaced.
 * @returns whether there were any
 */
export function addKnownLayers(state: TorrentLookup, metainfo: Metainfo, folder: string): boolean {
  if (hasAllLayers(metainfo)) return false;
  const stored = readTorrent(state, keyOf(metainfo), folder);
  return stored !== undefined && takeLayers(metainfo, stored);
}

function takeLayers({ pieceLayers }: Metainfo, stored: Metainfo): boolean {
  const before = pieceLayers.size;
  for (const [root, layer] of stored.pieceLayers) if (!pieceLayers.has(root)) pieceLayers.set(root, layer);
  return pieceLayers.size > before;
}

function readTorrent(state: TorrentLookup, key: string, folder: string): Metainfo | undefined {
  const bytes = state.torrentOf(key, folder);
  const decoded = bytes === undefined ? undefined : decodeMetainfo(bytes, nodeHasher);
  return decoded?.ok === true ? decoded.value : undefined;
}

/**
 * Takes the piece layers that an earlier run has got.
 * @returns all data was right then, and nothing has touched it since
 */
export function isKnownWhole(
  { state }: KnownContext,
  metainfo: Metainfo,
  path: string,
  prints: readonly FileFingerprint[],
): boolean {
  const record = state.shares.findInPlace(path).find(({ key }) => key === keyOf(metainfo));
  if (record === undefined) return false;
  const stored = readTorrent(state, record.key, path);
  if (stored !== undefined) takeLayers(metainfo, stored);
  return record.trust === 'all' && isUntouched(record.prints, prints) && hasAllLayers(metainfo);
}

/** The state in which a file was found, by its index. */
export type FoundPrint = Pick<FileFingerprint, 'file' | 'size' | 'modifiedMs'>;

export interface UnchangedTorrent {
  readonly metainfo: Metainfo;
  readonly prints: readonly FoundPrint[];
}

/** The torrent of an earlier run, if it is what would be made again now. */
export async function findUnchanged(
  { state, handles }: KnownContext,
  path: string,
  diskPaths: readonly string[],
  options: SharePathOptions,
): Promise<UnchangedTorrent | undefined> {
  for (const record of state.shares.findInPlace(path)) {
    if (record.trust !== 'all') continue;
    const metainfo = readTorrent(state, record.key, path);
    if (metainfo === undefined || !hasAllLayers(metainfo)) continue;
    if (!isAsAsked(metainfo, path, options)) continue;
    // A v1 torrent lists pads; ours never do, so files match one to one.
    if (metainfo.info.files.length !== diskPaths.length) continue;
    const files = ShareFiles.inPlace(new Geometry(metainfo.info), [...diskPaths], handles);
    const prints = await files.fingerprint();
    if (isUntouched(record.prints, prints)) return { metainfo, prints };
  }
  return undefined;
}

function isAsAsked({ info }: Metainfo, path: string, options: SharePathOptions): boolean {
  const { version, isPrivate, pieceLength } = options;
  if (info.version !== (version ?? 'hybrid') || info.isPrivate !== (isPrivate === true)) return false;
  if (pieceLength !== undefined && info.pieceLength !== pieceLength) return false;
  return info.source === undefined && info.name === basename(path);
}
