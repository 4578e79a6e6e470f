/** Short news at the edge of the page, read out by screen readers; they go by themselves. */
import { CircleAlert, CircleCheck, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { getText, useText } from '../texts/index.ts';
import { createState, type SharedState } from '../state.ts';
import { IconButton } from './icon-button.tsx';

interface Notice {
  readonly id: number;
  readonly text: string;
  readonly isError: boolean;
  /** Of the view that has more of it. */
  readonly address: string | undefined;
}

const SHOWN_MS = 6000;
const ERROR_MS = 15_000;
const MAX_NOTICES = 4;

const notices: SharedState<readonly Notice[]> = createState<readonly Notice[]>([]);
let nextId = 1;

const set = (next: readonly Notice[]): void => notices.set(next.slice(-MAX_NOTICES));
const drop = (id: number): void => set(notices.get().filter((notice) => notice.id !== id));

export function notify(text: string, options: { isError?: boolean; address?: string } = {}): void {
  const notice = { id: nextId++, text, isError: options.isError === true, address: options.address };
  // The same words again, as after each change of a setting: once is enough.
  set([...notices.get().filter((shown) => shown.text !== text), notice]);
  setTimeout(() => drop(notice.id), notice.isError ? ERROR_MS : SHOWN_MS);
}

/** Tells of what went wrong, in the words of the peer. */
export function complain(error: unknown): void {
  notify(getText().failed(error instanceof Error ? error.message : String(error)), { isError: true });
}

export function Notices(): ReactNode {
  const text = useText();
  const shown = notices.use();
  return (
    <div className="notices" role="status" aria-live="polite">
      {shown.map(({ id, text: words, isError, address }) => (
        <div key={id} className={isError ? 'notice notice-error' : 'notice'}>
          {isError ? <CircleAlert aria-hidden /> : <CircleCheck aria-hidden />}
          <span className="notice-text">{words}</span>
          {address === undefined ? null : (
            <a className="link-button" href={`#${address}`}>
              {text.details}
            </a>
          )}
          <IconButton label={text.close} onPress={() => drop(id)}>
            <X aria-hidden />
          </IconButton>
        </div>
      ))}
    </div>
  );
}
