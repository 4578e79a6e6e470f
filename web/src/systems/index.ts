/** The systems of the page, one line each. Torrents come with the first script; the code of another is loaded when it runs. */
import type { PageSystemEntry } from '../shell/system.ts';
import { torrents } from './torrents/index.tsx';

export const SYSTEMS: readonly PageSystemEntry[] = [
  { name: 'torrents', load: async () => torrents },
  { name: 'rules', load: async () => (await import('./rules/index.tsx')).rules },
];
