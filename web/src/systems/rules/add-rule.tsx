/** Denies, allows or checks what a person types: a list, a link, a hash, an address. */
import { type ReactNode, useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { complain, notify } from '../../shell/notices.ts';
import { Section } from '../../shell/parts/section.tsx';
import { askAgain } from '../../shell/queries.ts';
import { api } from './api.ts';
import { KEY } from './changes.ts';
import { type Messages, useText } from './texts/index.ts';

export function AddRule(): ReactNode {
  const text = useText();
  const [what, setWhat] = useState('');
  const [reason, setReason] = useState('');
  const [key, setKey] = useState('');
  const given = what.trim();
  const request = {
    what: given,
    ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
    ...(key.trim() === '' ? {} : { key: key.trim() }),
  };
  const after = (words: string): void => {
    notify(words);
    for (const clear of [setWhat, setReason, setKey]) clear('');
    askAgain(KEY);
  };
  const deny = (): void =>
    void api
      .add(request)
      .then(({ sources, own }) => after(text.done(nameOf(sources[0]?.name, own))), complain);
  const allow = (): void =>
    void api
      .allow({ what: given, ...(reason.trim() === '' ? {} : { reason: reason.trim() }) })
      .then(({ own }) => after(text.done(nameOf(undefined, own))), complain);
  const check = (): void => void api.check(given).then((found) => notify(describe(text, found)), complain);
  return (
    <Section title={text.addRule} words={text.addRuleHint}>
      <Field label={text.what} value={what} onChange={setWhat} />
      <div className="row row-bottom">
        <Field label={text.reason} value={reason} onChange={setReason} />
        <Field label={text.key} value={key} onChange={setKey} />
      </div>
      <div className="row">
        <Button className="button button-primary" onPress={deny} isDisabled={given === ''}>
          {text.deny}
        </Button>
        <Button className="button" onPress={allow} isDisabled={given === ''}>
          {text.allow}
        </Button>
        <Button className="button" onPress={check} isDisabled={given === ''}>
          {text.check}
        </Button>
      </div>
    </Section>
  );
}

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Field({ label, value, onChange }: FieldProps): ReactNode {
  return (
    <TextField className="field wide-field" value={value} onChange={onChange}>
      <Label>{label}</Label>
      <Input className="input" autoComplete="off" spellCheck="false" />
    </TextField>
  );
}

const nameOf = (list: string | undefined, own: readonly { readonly subject: string }[]): string =>
  list ?? own.map(({ subject }) => subject).join(', ');

function describe(text: Messages, checked: Awaited<ReturnType<typeof api.check>>): string {
  return checked
    .map(({ subject, isDenied, list, reason }) =>
      isDenied ? text.isDenied(subject, list ?? '', reason ?? '') : text.isAllowed(subject),
    )
    .join('\n');
}
