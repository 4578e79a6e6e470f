/** Opens the share of a roster entry: seeds files in place, or fetches what its link or its torrent names. */
import { existsSync } from 'node:fs';
import { decodeMetainfo, type Metainfo } from '../../../data/content/metainfo.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import type { ShoalPeer } from '../share/peer.ts';
import type { Share } from '../share/share.ts';
import type { RosterEntry } from './entry.ts';
import { strategyOf } from './preferences.ts';

/**
 * @param select asked for the wanted files when the metadata is known
 * @throws ShoalError
 */
export async function openShare(
  peer: ShoalPeer,
  entry: RosterEntry,
  select: (metainfo: Metainfo) => ReadonlySet<number>,
): Promise<Share> {
  const { stored } = entry;
  const { torrents } = peer.state;
  const path = torrents.pathOf(stored.key);
  const { trackers, announce } = stored.preferences;
  if (stored.kind === 'place') {
    const bytes = torrents.read(stored.key);
    const decoded = bytes === undefined ? undefined : decodeMetainfo(bytes, nodeHasher);
    if (decoded?.ok !== true) throw new ShoalError('not-found', `${path} is gone: share the folder again`);
    return peer.seed(decoded.value, stored.folder, { trackers, announce, isRoot: true });
  }
  const link = stored.link ?? (existsSync(path) ? path : undefined);
  if (link === undefined) throw new ShoalError('not-found', `${path} is gone: add the torrent again`);
  return peer.get(link, {
    outputDir: stored.folder,
    trackers,
    announce,
    strategy: strategyOf(stored.preferences),
    select,
    onWarning: (text) => entry.log.add(text, true),
  });
}
