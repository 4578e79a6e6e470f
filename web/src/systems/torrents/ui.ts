/** What lies open over the page: one thing at a time, opened from anywhere. */
import { useSyncExternalStore } from 'react';
import type { FileSummary } from './api.ts';

export interface Playing {
  readonly shareId: number;
  readonly file: FileSummary;
  readonly all: readonly FileSummary[];
}

export interface UiState {
  /** The dialog for adding, and the link that it begins with. */
  readonly adding: string | undefined;
  /** The share whose link is being sent. */
  readonly sending: number | undefined;
  readonly playing: Playing | undefined;
}

let state: UiState = { adding: undefined, sending: undefined, playing: undefined };
const listeners = new Set<() => void>();

function set(change: Partial<UiState>): void {
  state = { ...state, ...change };
  for (const listener of listeners) listener();
}

export const ui = {
  openAdd: (link = ''): void => set({ adding: link }),
  closeAdd: (): void => set({ adding: undefined }),
  send: (id: number | undefined): void => set({ sending: id }),
  play: (playing: Playing | undefined): void => set({ playing }),
};

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useUi(): UiState {
  return useSyncExternalStore(subscribe, () => state);
}
