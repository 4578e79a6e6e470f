/** Short messages at the edge of the page, which disappear by themselves. `parts/notices.tsx` draws them. */
import { createState, type SharedState } from './state.ts';
import { getText } from './texts/index.ts';

export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly isError: boolean;
  /** Address of the view with the details. */
  readonly address: string | undefined;
}

const SHOWN_MS = 6000;
const ERROR_MS = 15_000;
const MAX_NOTICES = 4;

export const notices: SharedState<readonly Notice[]> = createState<readonly Notice[]>([]);
let nextId = 1;

const set = (next: readonly Notice[]): void => notices.set(next.slice(-MAX_NOTICES));
export const dropNotice = (id: number): void => set(notices.get().filter((notice) => notice.id !== id));

export function notify(text: string, options: { isError?: boolean; address?: string } = {}): void {
  const notice = { id: nextId++, text, isError: options.isError === true, address: options.address };
  // A repeated text, as after each change of a setting, shows once.
  set([...notices.get().filter((shown) => shown.text !== text), notice]);
  setTimeout(() => dropNotice(notice.id), notice.isError ? ERROR_MS : SHOWN_MS);
}

/** Shows the message of an error, often that of the daemon. */
export function complain(error: unknown): void {
  notify(getText().failed(error instanceof Error ? error.message : String(error)), { isError: true });
}
