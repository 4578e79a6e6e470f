/** What `get` takes: a magnet link, an info hash, a torrent file, or the address of one. */
import { readFile, stat } from 'node:fs/promises';
import { type Magnet, parseMagnet } from '../content/magnet.ts';
import { decodeMetainfo, MAX_TORRENT_BYTES, type Metainfo, NO_TORRENT } from '../content/metainfo.ts';
import { fromSystemError, ShoalError } from '../ground/errors.ts';
import { nodeHasher } from '../ground/node/hasher.ts';
import { fetchBody } from '../link/node/http-fetch.ts';
import type { Malformed } from '../ground/result.ts';
import { USER_AGENT } from './version.ts';

export type LinkSource = { readonly metainfo: Metainfo } | { readonly magnet: Magnet };

/** @throws ShoalError bad-link, bad-torrent, not-found, fetch-failed, private-address */
export async function readLink(
  link: string,
  signal?: AbortSignal,
  mayReachPrivate = true,
): Promise<LinkSource> {
  if (/^https?:\/\//i.test(link)) {
    const bytes = await fetchForPerson(link, MAX_TORRENT_BYTES, mayReachPrivate, signal);
    return { metainfo: decodeTorrent(bytes, link) };
  }
  const isMagnet = /^magnet:/i.test(link);
  const magnet = parseMagnet(link);
  if (magnet.ok && (isMagnet || !(await exists(link)))) return { magnet: magnet.value };
  if (isMagnet && !magnet.ok) {
    const hint =
      link.includes('&') || !link.includes('xt=') ? '' : ' (quote the link: the shell cuts it at "&")';
    throw new ShoalError('bad-link', `${magnet.error.message}${hint} (${magnet.error.code})`);
  }
  if (!(await exists(link))) {
    throw new ShoalError('bad-link', `"${link}" is no magnet link, info hash, torrent file or http address`);
  }
  return { metainfo: await readTorrentFile(link) };
}

/**
 * What lies at an address that a person named.
 * @param mayReachPrivate false where a program may have named it in the person's stead
 * @throws ShoalError fetch-failed, private-address, aborted
 */
export function fetchForPerson(
  url: string,
  maxBytes: number,
  mayReachPrivate: boolean,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const reach = mayReachPrivate ? 'named' : 'public';
  return fetchBody(url, { userAgent: USER_AGENT, signal, maxBytes, reach });
}

/** @throws ShoalError bad-torrent, not-found, no-permission */
export async function readTorrentFile(path: string): Promise<Metainfo> {
  try {
    const { size } = await stat(path);
    if (size > MAX_TORRENT_BYTES)
      throw new ShoalError('bad-torrent', `${path} is too large for a torrent file`);
    return decodeTorrent(await readFile(path), path);
  } catch (error) {
    throw fromSystemError(`cannot read ${path}`, error);
  }
}

function decodeTorrent(bytes: Uint8Array, from: string): Metainfo {
  const decoded = decodeMetainfo(bytes, nodeHasher);
  if (!decoded.ok) throw badTorrent(from, decoded.error);
  return decoded.value;
}

/** @param what was to be a torrent file: its path or address */
export function badTorrent(what: string, error: Malformed): ShoalError {
  if (error.code === NO_TORRENT)
    return new ShoalError('bad-torrent', `${what} is no torrent file: ${error.message}`, error);
  return ShoalError.fromMalformed('bad-torrent', `${what} is not a valid torrent`, error);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}
