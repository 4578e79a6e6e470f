/** One publication or follow: its name, how it is doing, facts about it, its link, and what can be done with it. */
import { type ReactNode, useId } from 'react';
import { Input, Label, TextField } from 'react-aria-components';
import { CopyButton } from '../parts/copy-button.tsx';
import { useText } from '../texts/index.ts';
import type { Condition } from './words.ts';

interface Props {
  readonly name: string;
  readonly link: string;
  readonly condition: Condition;
  /** Pairs of a word and what it says. */
  readonly facts: readonly (readonly [string, string])[];
  /** Buttons. */
  readonly children: ReactNode;
}

export function UpdateCard({ name, link, condition, facts, children }: Props): ReactNode {
  const text = useText();
  const id = useId();
  return (
    <li className={`update tone-${condition.tone}`} aria-labelledby={id}>
      <h3 id={id} className="update-name">
        {name}
      </h3>
      <p className="update-state break">{condition.words}</p>
      <dl className="facts">
        {facts.map(([word, what]) => (
          <div key={word} className="fact">
            <dt>{word}</dt>
            <dd className="break">{what}</dd>
          </div>
        ))}
      </dl>
      <div className="row row-bottom">
        <TextField className="field wide-field" value={link} isReadOnly>
          <Label>{text.link}</Label>
          <Input className="input mono" onFocus={(event) => event.target.select()} />
        </TextField>
        <CopyButton words={link} />
      </div>
      <div className="row">{children}</div>
    </li>
  );
}
