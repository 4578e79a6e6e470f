/** The systems of the page, one line each. The first view is in the first script; the others are loaded when they run. */
import type { PageSystemEntry } from '../shell/system.ts';
import { torrents } from './torrents/index.tsx';

export const SYSTEMS: readonly PageSystemEntry[] = [{ name: 'torrents', load: async () => torrents }];
