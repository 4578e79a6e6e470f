/** The reason why something in the background does not work. */
import type { ReactNode } from 'react';

export function Trouble({ words }: { readonly words: string | null }): ReactNode {
  return words === null ? null : <p className="error-text break">{words}</p>;
}
