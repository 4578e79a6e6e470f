/** Links and paths as a person types them on the command line. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { AddRequest } from '../api/types.ts';
import { formatMagnet, parseMagnet } from '../../../data/content/magnet.ts';
import { openStandingFilter } from '../../../cli/standing-filter.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { claimOf } from '../link-claim.ts';
import { readLink, type LinkSource } from '../share/link-source.ts';

/** A magnet link without quotes ends at its first "&": the shell took the rest. @throws ShoalError bad-link */
export function checkQuoting(link: string): void {
  if (!/^magnet:/i.test(link) || /&|\bxt=/i.test(link)) return;
  const magnet = parseMagnet(link);
  if (magnet.ok) return;
  throw new ShoalError(
    'bad-link',
    `${magnet.error.message}. Put the link in quotes: without them the shell cuts it at "&"`,
  );
}

/**
 * Reads it here. An address that the rules in the state folder deny is not asked.
 * @throws ShoalError bad-link, bad-torrent, not-found, fetch-failed, …
 */
export async function readTypedLink(
  link: string,
  options: { readonly state?: string },
  signal: AbortSignal,
): Promise<LinkSource> {
  checkQuoting(link);
  const { filter, close } = await openStandingFilter(options);
  try {
    return await readLink(link, { signal, filter });
  } finally {
    close();
  }
}

/** What the daemon is to fetch. @param source the link as it was read here: a path is one of the person's */
export function requestOf(link: string, source: LinkSource): Pick<AddRequest, 'link' | 'torrent'> {
  if ('metainfo' in source) return { torrent: Buffer.from(source.bytes).toString('base64') };
  return { link: /^magnet:/i.test(link.trim()) ? link.trim() : formatMagnet(source.magnet) };
}

/**
 * The same, where a file or folder that is no torrent file is shared in place. What is not surely of torrents goes to the
 * daemon as it is: another system may take it.
 * @throws ShoalError
 */
export async function requestOrPathOf(
  what: string,
  options: { readonly state?: string },
  signal: AbortSignal,
): Promise<Pick<AddRequest, 'link' | 'torrent' | 'path'>> {
  if (what.trim() === '')
    throw new ShoalError('bad-link', '"" is no link, and no file or folder of that name is here');
  const isLink = /^(magnet:|https?:)/i.test(what) || what.toLowerCase().endsWith('.torrent');
  const exists = !isLink && (await stat(what).catch(() => undefined)) !== undefined;
  if (exists) return { path: resolve(what) };
  checkQuoting(what);
  if (claimOf(what) !== 'sure') return { link: what.trim() };
  return requestOf(what, await readTypedLink(what, options, signal));
}
