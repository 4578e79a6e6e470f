/** The dialogs that are open, from wherever they were opened. */
import { go } from '../../shell/navigate.ts';
import { createState, type SharedState } from '../../shell/state.ts';
import { UPDATES } from './addresses.ts';
import type { FileSummary } from './api.ts';

export interface Playing {
  readonly shareId: number;
  readonly file: FileSummary;
  readonly all: readonly FileSummary[];
}

export interface UiState {
  /** The first link of the dialog for adding; undefined while that is closed. */
  readonly adding: string | undefined;
  /** The link in the form that follows, from wherever it was pasted. */
  readonly following: string | undefined;
  /** Id of the share whose link the sheet shows. */
  readonly sending: number | undefined;
  readonly playing: Playing | undefined;
}

const state: SharedState<UiState> = createState<UiState>({
  adding: undefined,
  following: undefined,
  sending: undefined,
  playing: undefined,
});
export const useUi: () => UiState = state.use;

const set = (change: Partial<UiState>): void => state.set({ ...state.get(), ...change });

export const ui = {
  openAdd: (link = ''): void => set({ adding: link }),
  closeAdd: (): void => set({ adding: undefined }),
  openFollow: (link: string | undefined): void => {
    set({ following: link });
    go(UPDATES);
  },
  send: (id: number | undefined): void => set({ sending: id }),
  play: (playing: Playing | undefined): void => set({ playing }),
};
