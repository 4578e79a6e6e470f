/** Torrent files for the jobs, made once. */
import { existsSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { TorrentVersion } from '../src/data/content/metainfo.ts';
import { encodeMetainfo } from '../src/data/content/metainfo.ts';
import { createMetainfo } from '../src/data/content/node/create.ts';

export type { TorrentVersion } from '../src/data/content/metainfo.ts';

export interface TorrentJob {
  readonly dir: string;
  readonly file: string;
  readonly pieceLength: number;
  readonly version?: TorrentVersion;
}

/** Returns its path. @param announce a tracker of one run: such a torrent is made anew */
export async function makeTorrent(job: TorrentJob, announce?: string): Promise<string> {
  const { dir, file, pieceLength, version = 'v1' } = job;
  const name = `${basename(file)}-${pieceLength}-${version}${announce === undefined ? '' : '-announced'}.torrent`;
  const path = join(dir, name);
  if (existsSync(path) && announce === undefined) return path;
  const trackers = announce === undefined ? [] : [[announce]];
  const { metainfo } = await createMetainfo(file, { version, pieceLength, trackers });
  writeFileSync(path, encodeMetainfo(metainfo));
  return path;
}
