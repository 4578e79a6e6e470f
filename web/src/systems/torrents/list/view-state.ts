/** Filter, search and order of the list. The browser remembers the order. */
import { createState, type SharedState } from '../../../shell/state.ts';
import type { ShareSummary } from '../api.ts';
import { partOf, toneOf } from '../parts/phase.ts';

export const SORTS = ['new', 'name', 'size', 'progress', 'rate'] as const;
export type Sort = (typeof SORTS)[number];
export type Filter = 'all' | 'loading' | 'sharing' | 'paused' | 'attention' | `label:${string}`;

export interface ViewState {
  readonly filter: Filter;
  readonly search: string;
  readonly sort: Sort;
}

/** Tests run without a browser, which has `localStorage`. */
const remembered = (): Sort | undefined =>
  SORTS.find((name) => name === globalThis.localStorage?.getItem('sort'));

const state: SharedState<ViewState> = createState<ViewState>({
  filter: 'all',
  search: '',
  sort: remembered() ?? 'new',
});
export const useView: () => ViewState = state.use;

export function setView(change: Partial<ViewState>): void {
  state.set({ ...state.get(), ...change });
  if (change.sort !== undefined) localStorage.setItem('sort', change.sort);
}

export function isIn(share: ShareSummary, filter: Filter): boolean {
  const { phase, labels } = share;
  if (filter.startsWith('label:')) return labels.includes(filter.slice('label:'.length));
  if (filter === 'all') return true;
  if (filter === 'attention') return toneOf(share) === 'bad';
  if (filter === 'paused') return phase === 'paused';
  if (filter === 'sharing') return phase === 'seeding';
  return phase !== 'paused' && phase !== 'seeding' && phase !== 'failed';
}

const ORDERS: Readonly<Record<Sort, (a: ShareSummary, b: ShareSummary) => number>> = {
  new: (a, b) => b.id - a.id,
  name: (a, b) => collator.compare(a.name, b.name),
  size: (a, b) => b.totalBytes - a.totalBytes,
  progress: (a, b) => partOf(a) - partOf(b),
  rate: (a, b) => b.downloadRate + b.uploadRate - a.downloadRate - a.uploadRate,
};
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** A share matches when its name or a label holds every word. */
export function select(shares: Iterable<ShareSummary>, { filter, search, sort }: ViewState): ShareSummary[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen: ShareSummary[] = [];
  for (const share of shares) {
    if (!isIn(share, filter)) continue;
    if (words.length > 0) {
      const text = `${share.name} ${share.labels.join(' ')}`.toLowerCase();
      if (!words.every((word) => text.includes(word))) continue;
    }
    chosen.push(share);
  }
  return chosen.sort((a, b) => ORDERS[sort](a, b) || b.id - a.id);
}
