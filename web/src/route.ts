/** Where we are, in the part of the address behind `#`: `#/`, `#/share/7/files`, `#/settings`. */
import { useSyncExternalStore } from 'react';

export const TABS = ['overview', 'files', 'peers', 'trackers', 'log'] as const;
export type Tab = (typeof TABS)[number];

export type Route =
  | { readonly view: 'list' }
  | { readonly view: 'settings' }
  | { readonly view: 'share'; readonly id: number; readonly tab: Tab };

function parse(hash: string): Route {
  if (hash === '#/settings') return { view: 'settings' };
  const share = /^#\/share\/(\d+)(?:\/(\w+))?$/.exec(hash);
  if (share === null) return { view: 'list' };
  const tab = TABS.find((name) => name === share[2]) ?? 'overview';
  return { view: 'share', id: Number(share[1]), tab };
}

export function hrefOf(route: Route): string {
  if (route.view === 'share') return `#/share/${route.id}/${route.tab}`;
  return route.view === 'settings' ? '#/settings' : '#/';
}

export function go(route: Route): void {
  location.hash = hrefOf(route);
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}

export function useRoute(): Route {
  return parse(useSyncExternalStore(subscribe, () => location.hash));
}
