/** A card of settings: its title, what it is for, and its controls. */
import type { ReactNode } from 'react';

interface Props {
  readonly title: string;
  readonly words?: string;
  readonly children: ReactNode;
}

export function Section({ title, words, children }: Props): ReactNode {
  return (
    <section className="card stack">
      <h2>{title}</h2>
      {words === undefined ? null : <p className="hint">{words}</p>}
      {children}
    </section>
  );
}
