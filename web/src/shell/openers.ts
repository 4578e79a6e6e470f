/** Links that reach the page, and the systems that take them. */
import { type RunningSystems, runningSystems } from './running-systems.ts';
import type { PageSystem } from './system.ts';

/** @returns whether a system took them */
export function openWords(words: string, systems: readonly PageSystem[] = runningSystems()): boolean {
  const trimmed = words.trim();
  const taker = systems.find(({ opener }) => opener?.takesLink(trimmed) === true);
  taker?.opener?.openLink(trimmed);
  return taker !== undefined;
}

/** The link that the page was opened with (`?open=`) stays in its address until a system takes it, or none will. */
export function takeOpenedLink({ systems, loading }: RunningSystems): void {
  const link = new URLSearchParams(location.search).get('open');
  if (link === null) return;
  if (!openWords(link, systems) && (systems.length === 0 || loading.length > 0)) return;
  // It must not be opened again by a reload, nor stay in the history.
  history.replaceState(null, '', `${location.pathname}#/`);
}
