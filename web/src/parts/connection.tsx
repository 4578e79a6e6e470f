/** What is shown when the peer does not answer, or does not know who asks. */
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { api } from '../api.ts';
import { useText } from '../i18n/index.ts';
import { type Connection, store } from '../store.ts';
import { Logo } from './logo.tsx';

export function ConnectionBanner({ connection }: { readonly connection: Connection }): ReactNode {
  const text = useText();
  if (connection !== 'lost') return null;
  return (
    <div className="banner" role="alert">
      <span>{text.offline}</span>
      <Button className="button" onPress={() => store.start()}>
        {text.retry}
      </Button>
    </div>
  );
}

export function SignIn(): ReactNode {
  const text = useText();
  const [token, setToken] = useState('');
  const [error, setError] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    api.signIn(token.trim()).then(
      () => store.start(),
      (failure: unknown) => setError((failure as Error).message),
    );
  };
  return (
    <main className="sign-in">
      <form className="card" onSubmit={submit}>
        <Logo />
        <h1>{text.signInTitle}</h1>
        <p>{text.signInText}</p>
        <TextField
          className="field"
          value={token}
          onChange={(typed) => {
            setToken(typed);
            setError('');
          }}
          type="password"
          autoFocus
          isRequired
        >
          <Label>{text.token}</Label>
          <Input className="input" autoComplete="current-password" />
        </TextField>
        {error === '' ? null : (
          <p className="error-text" role="alert">
            {error}
          </p>
        )}
        <Button className="button button-primary" type="submit">
          {text.signIn}
        </Button>
      </form>
    </main>
  );
}
