/** What the state folder knows of torrents from earlier runs: metadata, piece layers, and data that was right. */
import { basename } from 'node:path';
import { Geometry } from '../../../data/content/geometry.ts';
import type { Magnet } from '../../../data/content/magnet.ts';
import { decodeMetainfo, hasAllLayers, type Metainfo } from '../../../data/content/metainfo.ts';
import { isUntouched } from '../../../data/storage/node/resume.ts';
import { type FileFingerprint, ShareFiles } from '../../../data/storage/node/share-files.ts';
import { equalBytes, toHex } from '../../../ground/bytes.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import type { PeerContext } from './context.ts';
import type { SharePathOptions } from './options.ts';

type KnownContext = Pick<PeerContext, 'state' | 'handles'>;

/** The key of a share: its info hash in hex, v1 before v2. */
export const keyOf = ({ infoHashV1, infoHashV2 }: Pick<Metainfo, 'infoHashV1' | 'infoHashV2'>): string =>
  toHex(infoHashV1 ?? infoHashV2!);

/** The metadata of an earlier run of this magnet link into this folder: no need to fetch it again. */
export function findMetadata(
  { state }: KnownContext,
  magnet: Magnet,
  outputDir: string,
): Metainfo | undefined {
  const record = state.shares.get(keyOf(magnet), outputDir);
  if (record === undefined) return undefined;
  const stored = decodeMetainfo(record.torrent, nodeHasher);
  return stored.ok ? stored.value : undefined;
}

/** A torrent file may lack piece layers that an earlier run has got from peers, or from the data. */
export function addKnownLayers({ state }: KnownContext, metainfo: Metainfo, folder: string): void {
  if (hasAllLayers(metainfo)) return;
  const record = state.shares.get(keyOf(metainfo), folder);
  if (record !== undefined) takeLayers(metainfo, record.torrent);
}

function takeLayers({ pieceLayers }: Metainfo, torrent: Uint8Array): void {
  const stored = decodeMetainfo(torrent, nodeHasher);
  if (!stored.ok) return;
  for (const [root, layer] of stored.value.pieceLayers)
    if (!pieceLayers.has(root)) pieceLayers.set(root, layer);
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
  const record = state.shares.findInPlace(path).find(({ torrent }) => isSameTorrent(torrent, metainfo));
  if (record === undefined) return false;
  takeLayers(metainfo, record.torrent);
  return record.trust === 'all' && isUntouched(record.prints, prints) && hasAllLayers(metainfo);
}

function isSameTorrent(torrent: Uint8Array, metainfo: Metainfo): boolean {
  const decoded = decodeMetainfo(torrent, nodeHasher);
  return decoded.ok && equalBytes(decoded.value.infoBytes, metainfo.infoBytes);
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
    const decoded = decodeMetainfo(record.torrent, nodeHasher);
    if (!decoded.ok || record.trust !== 'all' || !hasAllLayers(decoded.value)) continue;
    const metainfo = decoded.value;
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
