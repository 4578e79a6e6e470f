/** What `get` takes: a magnet link, an info hash, a torrent file, or the http address of a torrent file or magnet link. */
import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { splitLinks } from '../../../data/content/link-list.ts';
import { type Magnet, describeHashLength, parseMagnet } from '../../../data/content/magnet.ts';
import { cleanLink, magnetQuery } from '../../../data/content/pasted-link.ts';
import {
  decodeMetainfo,
  MAX_TORRENT_BYTES,
  type Metainfo,
  NO_TORRENT,
} from '../../../data/content/metainfo.ts';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import type { Filter } from '../../../ground/filter.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import type { Malformed } from '../../../ground/result.ts';
import { badStatus, type FetchAnswer, fetchHttp, notFetched } from '../../../net/link/node/http-fetch.ts';
import type { Reach } from '../../../net/link/node/web-access.ts';
import { USER_AGENT } from '../../../ground/version.ts';

export type { FetchAnswer } from '../../../net/link/node/http-fetch.ts';
export { isHomeName, type Reach } from '../../../net/link/node/web-access.ts';

/** A torrent in hand: it is decoded once, and its bytes are kept as they are. */
export interface TorrentFile {
  readonly metainfo: Metainfo;
  /** `kept`: they are in the state folder already. */
  readonly bytes: Uint8Array | 'kept';
}

/** A torrent file that was just read. */
export interface ReadTorrent extends TorrentFile {
  readonly bytes: Uint8Array;
}

export type LinkSource = ReadTorrent | { readonly magnet: Magnet };

export interface ReadLinkOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether the address may be in our own network. */
  readonly reach?: Reach;
  /** Denied addresses are not asked. */
  readonly filter?: Filter | undefined;
}

/** @throws ShoalError bad-link, bad-torrent, not-found, fetch-failed, private-address */
export async function readLink(text: string, options: ReadLinkOptions = {}): Promise<LinkSource> {
  // Quotes and brackets around a link are removed; in a path they may be part of the name.
  const cleaned = cleanLink(text);
  const link = isWebAddress(cleaned) || isMagnetLink(cleaned) ? cleaned : text;
  const { length } = splitLinks(link);
  if (length > 1) throw new ShoalError('bad-link', `these are ${length} links: add them one by one`);
  if (isWebAddress(link)) return readAddress(link, options);
  const isMagnet = isMagnetLink(link);
  const magnet = parseMagnet(link);
  if (isMagnet && !magnet.ok) throw new ShoalError('bad-link', magnet.error.message);
  const info = isMagnet ? undefined : await statOf(link);
  if (info?.isFile() === true) return readTorrent(link);
  if (magnet.ok) return { magnet: magnet.value };
  throw whyNoLink(link, info);
}

/** The error for a text that is no link: a missing path is named as such. */
function whyNoLink(text: string, info: Stats | undefined): ShoalError {
  if (info?.isDirectory() === true)
    return new ShoalError('bad-link', `${text} is a folder: name a torrent file, or share the folder`);
  if (info !== undefined) return new ShoalError('bad-link', `${text} is no regular file`);
  const scheme = /^\s*([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1];
  if (scheme !== undefined)
    return new ShoalError('bad-link', `${scheme} addresses are not fetched: only http and https`);
  const wrongLength = describeHashLength(text.trim());
  if (wrongLength !== undefined)
    return new ShoalError('bad-link', `"${text.trim()}" is no info hash: ${wrongLength}`);
  const isPath = /[/\\]|\.torrent$/i.test(text);
  if (isPath) return new ShoalError('not-found', `${text}: no such file`);
  return new ShoalError(
    'bad-link',
    `"${text}" is no magnet link, info hash or http address, and no torrent file of that name is here`,
  );
}

const isWebAddress = (link: string): boolean => /^\s*https?:\/\//i.test(link);
const isMagnetLink = (link: string): boolean => magnetQuery(cleanLink(link)) !== undefined;

/** Indexers answer with a torrent file, or with a magnet link: as a redirect, or as text. */
async function readAddress(url: string, options: ReadLinkOptions): Promise<LinkSource> {
  const answer = await fetchPage(url, { maxBytes: MAX_TORRENT_BYTES, ...options });
  if (answer.elsewhere !== undefined) return magnetFrom(answer.elsewhere, url);
  const body = isGzip(answer.body) ? await unpack(answer.body, MAX_TORRENT_BYTES) : answer.body;
  if (isDictionary(body)) return { metainfo: decodeTorrent(body, url), bytes: body };
  const text = new TextDecoder().decode(body.subarray(0, MAX_MAGNET_BYTES));
  if (isMagnetLink(text)) return magnetFrom(text, url);
  const { host } = new URL(url);
  if (body.length === 0) throw new ShoalError('fetch-failed', `${host} gave an empty answer`);
  if (isWebPage(answer)) {
    const what = `${host} gave a web page, not a torrent file`;
    throw new ShoalError(
      'bad-torrent',
      `${what}: it may want you to sign in, or be the page about the torrent`,
    );
  }
  throw new ShoalError('bad-torrent', `what ${host} gave is no torrent file`);
}

/** Longer magnet links are refused as well. */
const MAX_MAGNET_BYTES = 64 * 1024;

function magnetFrom(text: string, url: string): LinkSource {
  if (!isMagnetLink(text)) throw notFetched(text);
  const magnet = parseMagnet(text);
  if (magnet.ok) return { magnet: magnet.value };
  const { host } = new URL(url);
  throw new ShoalError('bad-link', `the magnet link that ${host} gave is broken: ${magnet.error.message}`);
}

/** A bencoded dictionary, as torrent files are: with a key that has a length (BEP 3). */
const isDictionary = (body: Uint8Array): boolean =>
  body[0] === 0x64 && body[1] !== undefined && body[1] >= 0x30 && body[1] <= 0x39;

/** By its type and its first bytes: some servers send torrent files as `text/html`. */
export function isWebPage({ type, body }: FetchAnswer): boolean {
  const start = new TextDecoder('latin1').decode(body.subarray(0, 1024)).trimStart().toLowerCase();
  return start.startsWith('<!doctype html') || start.startsWith('<html') || /^text\/html|xhtml/.test(type);
}

export interface FetchPageOptions extends ReadLinkOptions {
  readonly maxBytes: number;
  /** Time limit of the whole fetch. */
  readonly totalMs?: number;
}

/**
 * Fetches an address: the body of a good answer, or the address of another scheme that it redirects to.
 * @throws ShoalError fetch-failed, private-address, aborted
 */
export async function fetchPage(url: string, options: FetchPageOptions): Promise<FetchAnswer> {
  if (!URL.canParse(url)) throw new ShoalError('bad-link', `"${url}" is no http address`);
  const answer = await fetchHttp(url, { userAgent: USER_AGENT, reach: 'inside', ...options });
  if (answer.elsewhere === undefined && answer.status !== 200) throw badStatus(answer.url, answer.status);
  return answer;
}

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** @throws ShoalError fetch-failed */
async function unpack(bytes: Uint8Array, maxOutputLength: number): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength });
  } catch (error) {
    throw new ShoalError('fetch-failed', `it is packed, and cannot be unpacked: ${(error as Error).message}`);
  }
}

/** @throws ShoalError bad-torrent, not-found, no-permission */
export async function readTorrentFile(path: string): Promise<Metainfo> {
  return (await readTorrent(path)).metainfo;
}

async function readTorrent(path: string): Promise<ReadTorrent> {
  try {
    const info = await stat(path);
    if (info.isDirectory()) throw new ShoalError('bad-torrent', `${path} is a folder, not a torrent file`);
    const { size } = info;
    if (size > MAX_TORRENT_BYTES)
      throw new ShoalError('bad-torrent', `${path} is too large for a torrent file`);
    const bytes = await readFile(path);
    return { metainfo: decodeTorrent(bytes, path), bytes };
  } catch (error) {
    throw fromSystemError(`cannot read ${path}`, error);
  }
}

/** @param from its path or address, for people @throws ShoalError bad-torrent */
export function decodeTorrent(bytes: Uint8Array, from: string): Metainfo {
  const decoded = decodeMetainfo(bytes, nodeHasher);
  if (!decoded.ok) throw badTorrent(from, decoded.error);
  return decoded.value;
}

/** A torrent that a program sends. @throws ShoalError bad-torrent */
export function readTorrentBytes(bytes: Uint8Array): ReadTorrent {
  return { metainfo: decodeTorrent(bytes, 'this'), bytes };
}

/** @param what path or address of the alleged torrent file */
export function badTorrent(what: string, error: Malformed): ShoalError {
  if (error.code === NO_TORRENT)
    return new ShoalError('bad-torrent', `${what} is no torrent file: ${error.message}`, error);
  return ShoalError.fromMalformed('bad-torrent', `${what} is not a valid torrent`, error);
}

/** Undefined when no file has that name, or none can. @throws ShoalError no-permission, io-error */
async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
    // A NUL in the text: no path at all.
    if (code === 'ERR_INVALID_ARG_VALUE') return undefined;
    throw fromSystemError(`cannot read ${path}`, error);
  }
}
