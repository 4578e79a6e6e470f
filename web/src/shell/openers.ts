/** Links that reach the page, and the systems that take them. */
import { readDaemon } from './connection.ts';
import { complain } from './notices.ts';
import { offline } from './request.ts';
import { type RunningSystems, runningSystems } from './running-systems.ts';
import type { PageSystem } from './system.ts';

/** False while the daemon does not answer; a notice says so. */
export function isReadyToOpen(): boolean {
  const isOpen = readDaemon().connection === 'open';
  if (!isOpen) complain(offline());
  return isOpen;
}

/** @returns whether a system took them */
export function openWords(words: string, systems: readonly PageSystem[] = runningSystems()): boolean {
  const trimmed = words.trim();
  const taker = systems.find(({ opener }) => opener?.takesLink(trimmed) === true);
  if (taker !== undefined && isReadyToOpen()) taker.opener?.openLink(trimmed);
  return taker !== undefined;
}

/** Hands the link in the address (`?open=`) to a system. It stays there until a system takes it, or all have been asked. */
export function takeOpenedLink({ systems, loading }: RunningSystems): void {
  const link = new URLSearchParams(location.search).get('open');
  if (link === null) return;
  if (!openWords(link, systems) && (systems.length === 0 || loading.length > 0)) return;
  // A reload must not open it again, and the history must not keep it.
  history.replaceState(null, '', `${location.pathname}#/`);
}
