/** The question before a link is opened with a system that has no form of its own for it. */
import { type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';
import { announce, handOver, titleOfSystem } from './links.ts';
import { type AskedLink, askedLink } from './openers.ts';
import { PageDialog } from './parts/dialog.tsx';
import { NeedsDaemon } from './parts/needs-daemon.tsx';
import { useText } from './texts/index.ts';

export function LinkDialog(): ReactNode {
  const asked = askedLink.use();
  return asked === undefined ? null : <Question key={asked.link} asked={asked} />;
}

function Question({ asked: { link, system } }: { readonly asked: AskedLink }): ReactNode {
  const text = useText();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const close = (): void => askedLink.set(undefined);
  const open = async (): Promise<void> => {
    setBusy(true);
    setError('');
    try {
      const { opened } = await handOver(link);
      close();
      announce(opened);
    } catch (failure) {
      setBusy(false);
      setError((failure as Error).message);
    }
  };
  return (
    <PageDialog title={text.openWith(titleOfSystem(system))} isOpen onClose={close} isAlert>
      <div className="stack">
        <p className="mono break asked-link">{link}</p>
        {error === '' ? null : (
          <p className="error-text" role="alert">
            {error}
          </p>
        )}
        <div className="row row-end">
          <Button className="button" autoFocus onPress={close}>
            {text.cancel}
          </Button>
          <NeedsDaemon>
            <Button className="button button-primary" isPending={isBusy} onPress={() => void open()}>
              {text.open}
            </Button>
          </NeedsDaemon>
        </div>
      </div>
    </PageDialog>
  );
}
