/**
 * Addresses at which the page signs in by itself: the token stands in the fragment, which browsers do not send.
 *
 * A browser is started with the address as an argument, which every account of the machine can read. The address for
 * this machine therefore holds the page token (`src/http/access.ts`), which is worthless to another account. Where the
 * system does not tell accounts apart, the browser opens a file that only the owner can read, and the file redirects it.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pageTokenOf } from './access.ts';
import { isLoopback } from './loopback.ts';
import { ownAccount } from './socket-owner.ts';
import { ownAddresses } from '../net/link/node/own-addresses.ts';
import { replaceFile } from '../ground/node/replace-file.ts';
import { openInBrowser } from '../host/desktop.ts';

/** A server on one of these listens on every address of the machine. */
const EVERYWHERE: readonly string[] = ['0.0.0.0', '::'];
const LEAD_FILE = 'page.html';

/** @param view of the page, such as `/share/3/overview` */
export function pageOf(url: string, token: string, view = ''): string {
  return `${url}#${view === '' ? '' : `${view}&`}token=${encodeURIComponent(token)}`;
}

/** The address of the page on this machine: worthless to another account, where the system tells accounts apart. */
export function ownPage(url: string, token: string, view = ''): string {
  return pageOf(url, ownAccount() === undefined ? token : pageTokenOf(token), view);
}

/** The addresses of the page, that of this machine first. @param host the interfaces listen on it */
export function pagesOf(url: string, token: string, host: string): string[] {
  if (isLoopback(host)) return [ownPage(url, token)];
  if (!EVERYWHERE.includes(host)) return [pageOf(url, token)];
  const hosts = ownAddresses(Number(new URL(url).port || 80)).map((address) => address.host);
  const others = hosts
    .filter((own) => !isLoopback(own) && (host === '::' || !own.includes(':')))
    .map((own) => {
      const other = new URL(url);
      other.hostname = own.includes(':') ? `[${own}]` : own;
      return pageOf(other.href, token);
    });
  return [ownPage(url, token), ...others];
}

/** Opens the page on a desktop. @param folder the state folder @returns when a program was started for it */
export async function openPage(url: string, token: string, folder: string, view = ''): Promise<void> {
  if (ownAccount() !== undefined) return openInBrowser(ownPage(url, token, view));
  const path = join(folder, LEAD_FILE);
  const target = pageOf(url, token, view).replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  const html = `<!doctype html><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0;url=${target}">`;
  replaceFile(path, new TextEncoder().encode(html));
  await openInBrowser(pathToFileURL(path).href);
}

/** The file holds the token, so it is removed when the daemon ends. */
export function removeLeadFile(folder: string): void {
  rmSync(join(folder, LEAD_FILE), { force: true });
}
