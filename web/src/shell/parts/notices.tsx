/** The list of notices; screen readers read new ones. */
import { CircleAlert, CircleCheck, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useText } from '../texts/index.ts';
import { dropNotice, notices } from '../notices.ts';
import { IconButton } from './icon-button.tsx';

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
          <IconButton label={text.close} onPress={() => dropNotice(id)}>
            <X aria-hidden />
          </IconButton>
        </div>
      ))}
    </div>
  );
}
