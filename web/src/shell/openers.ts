/** Links that reach the page, and the systems that take them. */
import { readDaemon } from './connection.ts';
import type { DroppedFile } from './dropped-files.ts';
import { takerOf } from './links.ts';
import { complain, notify } from './notices.ts';
import { offline } from './request.ts';
import { type RunningSystems, runningSystems, whenSettled } from './running-systems.ts';
import { createState, type SharedState } from './state.ts';
import type { Opener, PageSystem } from './system.ts';
import { getText } from './texts/index.ts';

/** A link of a system that has no opener on the page: the shell asks the person in its stead. */
export interface AskedLink {
  readonly link: string;
  readonly system: string;
}

export const askedLink: SharedState<AskedLink | undefined> = createState<AskedLink | undefined>(undefined);

function isReadyToOpen(): boolean {
  const isOpen = readDaemon().connection === 'open';
  if (!isOpen) complain(offline());
  return isOpen;
}

/**
 * Offers words to the system that takes them: the daemon says which, by the openers of all its systems. Several links at once
 * are for a system of the page that knows them by their form.
 * @returns false when no system takes them
 */
async function offer(words: string): Promise<boolean> {
  const systems = runningSystems();
  const known = systems.find(({ opener }) => opener?.takesLink(words) === true);
  // While the daemon does not answer, a notice says so: if the words are a link.
  if (readDaemon().connection !== 'open') return known !== undefined && !isReadyToOpen();
  const system = /[\r\n]/.test(words) ? undefined : await takerOf(words);
  const opener = system === undefined ? known?.opener : openerOf(systems, system);
  if (opener !== undefined) opener.openLink(words);
  else if (system !== undefined) askedLink.set({ link: words, system });
  return opener !== undefined || system !== undefined;
}

const openerOf = (systems: readonly PageSystem[], system: string): Opener | undefined =>
  systems.find(({ name }) => name === system)?.opener;

/** Words that a person pasted or dropped, also before the page knows which systems run. */
export async function openWords(words: string): Promise<void> {
  await whenSettled();
  const trimmed = words.trim();
  if (trimmed !== '') await offer(trimmed).catch(complain);
}

/** The first system that takes files gets all of them. */
export const fileOpener = (systems: readonly PageSystem[]): Opener | undefined =>
  systems.find(({ opener }) => opener?.openFiles !== undefined)?.opener;

/** Files that a person dropped, likewise. */
export async function openFiles(files: readonly DroppedFile[]): Promise<void> {
  await whenSettled();
  if (isReadyToOpen()) await fileOpener(runningSystems())?.openFiles?.(files);
}

/** Offers the link in the address (`?open=`) as soon as the daemon answers and the code of its systems is there. */
export function takeOpenedLink({ loading }: Pick<RunningSystems, 'loading'>): void {
  const link = new URLSearchParams(location.search).get('open')?.trim();
  if (link === undefined || readDaemon().connection !== 'open' || loading.length > 0) return;
  // A reload must not open it again, and the history must not keep it.
  history.replaceState(null, '', `${location.pathname}#/`);
  if (link === '') return;
  offer(link).then((isTaken) => {
    if (!isTaken) notify(getText().nobodyTakes(link), { isError: true });
  }, complain);
}
