/** Opens the share of a roster entry: seeds files in place, or fetches what its link or its torrent names. */
import { existsSync } from 'node:fs';
import type { Metainfo } from '../../../data/content/metainfo.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { ShoalPeer } from '../share/peer.ts';
import type { Share } from '../share/share.ts';
import type { RosterEntry } from './entry.ts';
import { strategyOf } from './preferences.ts';

export interface OpenShareOptions {
  readonly peer: Pick<ShoalPeer, 'seed' | 'get' | 'state'>;
  readonly entry: RosterEntry;
  readonly signal: AbortSignal;
  /** Asked for the wanted files when the metadata is known. @throws ShoalError */
  select(metainfo: Metainfo): ReadonlySet<number>;
}

/** @throws ShoalError */
export async function openShare({ peer, entry, signal, select }: OpenShareOptions): Promise<Share> {
  const { stored } = entry;
  const { torrents } = peer.state;
  const path = torrents.pathOf(stored.key);
  const { trackers, announce, usesDht, usesLsd, isSuperSeeding } = stored.preferences;
  const ways = { usesDht, usesLsd, signal };
  const { metainfo } = entry;
  const torrent = metainfo === undefined ? undefined : ({ metainfo, bytes: 'kept' } as const);
  if (stored.kind === 'place') {
    if (torrent === undefined) throw new ShoalError('not-found', `${path} is gone: share the folder again`);
    return peer.seed(torrent, stored.folder, { ...ways, trackers, announce, isSuperSeeding, isRoot: true });
  }
  // A file that cannot be decoded is read again, for the error that names what is wrong with it.
  const source = stored.link ?? torrent ?? (existsSync(path) ? path : undefined);
  if (source === undefined) throw new ShoalError('not-found', `${path} is gone: add the torrent again`);
  return peer.get(source, {
    ...ways,
    outputDir: stored.folder,
    peers: entry.namedPeers,
    prepare: entry.prepare,
    trackers,
    announce,
    strategy: strategyOf(stored.preferences),
    select,
    onWarning: (text) => entry.log.add(text, true),
  });
}
