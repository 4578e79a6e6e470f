/** The question before a publication or a follow ends. */
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { complain } from '../../../shell/notices.ts';
import { PageDialog } from '../../../shell/parts/dialog.tsx';
import { NeedsDaemon } from '../../../shell/parts/needs-daemon.tsx';
import { useText } from '../texts/index.ts';

interface Props {
  readonly title: string;
  /** What stays, and what does not. */
  readonly words: string;
  readonly action: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onStop: () => Promise<void>;
}

export function StopDialog({ title, words, action, isOpen, onClose, onStop }: Props): ReactNode {
  const text = useText();
  const stop = (): void => {
    onClose();
    onStop().catch(complain);
  };
  return (
    <PageDialog title={title} isOpen={isOpen} onClose={onClose} isAlert>
      <div className="stack">
        <p>{words}</p>
        <div className="row row-end">
          <Button className="button" autoFocus onPress={onClose}>
            {text.cancel}
          </Button>
          <NeedsDaemon>
            <Button className="button button-danger" onPress={stop}>
              {action}
            </Button>
          </NeedsDaemon>
        </div>
      </div>
    </PageDialog>
  );
}
