/**
 * The addresses at which the page signs in by itself: the token stands in the fragment, which browsers send to nobody.
 *
 * What opens a browser has the address among its arguments, and every account of a machine sees those. On this machine the
 * fragment therefore holds the page token (`src/http/access.ts`), which is worth nothing to another account. Where the
 * system does not tell accounts apart, a file that only the owner reads leads the browser on instead.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pageTokenOf } from './access.ts';
import { isLoopback } from './server.ts';
import { ownAccount } from './socket-owner.ts';
import { ownAddresses } from '../net/link/node/own-addresses.ts';
import { replaceFile } from '../ground/node/replace-file.ts';
import { openInBrowser } from '../host/desktop.ts';

/** Listening on these is listening on every address of the machine. */
const EVERYWHERE: readonly string[] = ['0.0.0.0', '::'];
const LEAD_FILE = 'page.html';

/** @param view of the page, such as `/share/3/overview` */
export function pageOf(url: string, token: string, view = ''): string {
  return `${url}#${view === '' ? '' : `${view}&`}token=${encodeURIComponent(token)}`;
}

/** The page on this machine: nothing in it is worth anything to another account, where accounts can be told apart. */
export function ownPage(url: string, token: string, view = ''): string {
  return pageOf(url, ownAccount() === undefined ? token : pageTokenOf(token), view);
}

/** What a person opens, this machine first. @param host that the interfaces listen on */
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

/** The file holds the token: it goes with the daemon. */
export function removeLeadFile(folder: string): void {
  rmSync(join(folder, LEAD_FILE), { force: true });
}
