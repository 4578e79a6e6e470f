/** Addresses of the views of this system: the list, and one share with the tab that is open. */

export const TABS = ['overview', 'files', 'peers', 'trackers', 'log'] as const;
export type Tab = (typeof TABS)[number];

export const HOME = '/';
/** Publications and follows. */
export const UPDATES = '/updates';
/** The pattern for the router. */
export const SHARE_PATTERN = '/share/:id/:tab?';

export const shareAddress = (id: number, tab: Tab = 'overview'): string => `/share/${id}/${tab}`;

export interface OpenShare {
  readonly id: number;
  readonly tab: Tab;
}

/** @param params of `SHARE_PATTERN` @returns undefined when the id is no number */
export function readShare(params: {
  readonly id: string;
  readonly tab?: string | undefined;
}): OpenShare | undefined {
  if (!/^\d+$/.test(params.id)) return undefined;
  return { id: Number(params.id), tab: TABS.find((name) => name === params.tab) ?? 'overview' };
}
