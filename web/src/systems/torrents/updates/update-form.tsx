/** The form of two fields that publishes or follows: what is wrong stands below them, and goes when a person corrects it. */
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';

interface Props {
  readonly title: string;
  readonly hint: string;
  readonly action: string;
  readonly fields: readonly UpdateField[];
  /** @returns what is wrong with the fields, before anything is asked of the daemon */
  readonly check: () => string | undefined;
  /** @throws Error with the reason */
  readonly work: () => Promise<void>;
}

export interface UpdateField {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly placeholder?: string | undefined;
  readonly maxLength?: number;
  readonly hasFocus?: boolean;
}

export function UpdateForm({ title, hint, action, fields, check, work }: Props): ReactNode {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const submit = async (): Promise<void> => {
    if (isBusy) return;
    const wrong = check();
    setError(wrong ?? '');
    if (wrong !== undefined) return;
    setBusy(true);
    await work().catch((failure: unknown) => setError((failure as Error).message));
    setBusy(false);
  };
  return (
    <form
      className="stack update-form"
      aria-label={title}
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void submit();
      }}
    >
      <h3>{title}</h3>
      <p className="hint">{hint}</p>
      <div className="row row-bottom">
        {fields.map(({ label, value, onChange, placeholder = '', maxLength, hasFocus = false }) => (
          <TextField
            key={label}
            className="field wide-field"
            value={value}
            autoFocus={hasFocus}
            {...(maxLength === undefined ? {} : { maxLength })}
            onChange={(typed) => {
              onChange(typed);
              setError('');
            }}
          >
            <Label>{label}</Label>
            <Input className="input" placeholder={placeholder} autoComplete="off" spellCheck="false" />
          </TextField>
        ))}
      </div>
      {error === '' ? null : (
        <p className="error-text break" role="alert">
          {error}
        </p>
      )}
      <div className="row">
        <Button className="button button-primary" type="submit" isPending={isBusy}>
          {action}
        </Button>
      </div>
    </form>
  );
}
