/** What lies open over the page: one thing at a time, opened from anywhere. */
import { createState, type SharedState } from '../../shell/state.ts';
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

const state: SharedState<UiState> = createState<UiState>({
  adding: undefined,
  sending: undefined,
  playing: undefined,
});
export const useUi: () => UiState = state.use;

const set = (change: Partial<UiState>): void => state.set({ ...state.get(), ...change });

export const ui = {
  openAdd: (link = ''): void => set({ adding: link }),
  closeAdd: (): void => set({ adding: undefined }),
  send: (id: number | undefined): void => set({ sending: id }),
  play: (playing: Playing | undefined): void => set({ playing }),
};
