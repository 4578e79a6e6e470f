/** Links that reach the page, and the systems that take them. */
import { readDaemon } from './connection.ts';
import { complain } from './notices.ts';
import { offline } from './request.ts';
import { type RunningSystems, runningSystems, whenSettled } from './running-systems.ts';
import type { DroppedFile } from './dropped-files.ts';
import type { Opener, PageSystem } from './system.ts';

/** The system that takes these words, which gets them. While the daemon does not answer, a notice says so instead. */
function offer(words: string, systems: readonly PageSystem[]): boolean {
  const trimmed = words.trim();
  const taker = systems.find(({ opener }) => opener?.takesLink(trimmed) === true);
  if (taker !== undefined && isReadyToOpen()) taker.opener?.openLink(trimmed);
  return taker !== undefined;
}

function isReadyToOpen(): boolean {
  const isOpen = readDaemon().connection === 'open';
  if (!isOpen) complain(offline());
  return isOpen;
}

/** Words that a person pasted or dropped, also before the page knows which systems run. */
export async function openWords(words: string): Promise<void> {
  await whenSettled();
  offer(words, runningSystems());
}

/** The first system that takes files gets all of them. */
export const fileOpener = (systems: readonly PageSystem[]): Opener | undefined =>
  systems.find(({ opener }) => opener?.openFiles !== undefined)?.opener;

/** Files that a person dropped, likewise. */
export async function openFiles(files: readonly DroppedFile[]): Promise<void> {
  await whenSettled();
  if (isReadyToOpen()) await fileOpener(runningSystems())?.openFiles?.(files);
}

/** Hands the link in the address (`?open=`) to a system. It stays there until a system takes it, or all have been asked. */
export function takeOpenedLink({ systems, loading }: RunningSystems): void {
  const link = new URLSearchParams(location.search).get('open');
  if (link === null) return;
  if (!offer(link, systems) && (systems.length === 0 || loading.length > 0)) return;
  // A reload must not open it again, and the history must not keep it.
  history.replaceState(null, '', `${location.pathname}#/`);
}
