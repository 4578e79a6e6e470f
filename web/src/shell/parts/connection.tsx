/** The banner while the daemon does not answer, and the form to sign in. */
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { useText } from '../texts/index.ts';
import { checkConnection, type Connection } from '../connection.ts';
import { signIn } from '../request.ts';
import { Logo } from './logo.tsx';

export function ConnectionBanner({ connection }: { readonly connection: Connection }): ReactNode {
  const text = useText();
  if (connection !== 'lost') return null;
  return (
    <div className="banner" role="alert">
      <span>{text.offline}</span>
      <Button className="button" onPress={() => void checkConnection()}>
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
    signIn(token.trim()).then(
      () => void checkConnection(),
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
