/** The log of a share, the latest line first. */
import type { ReactNode } from 'react';
import { api, type ShareSummary } from '../api.ts';
import { keys } from '../keys.ts';
import { formatTime } from '../../../shell/format.ts';
import { useText } from '../texts/index.ts';
import { useAnswer } from '../../../shell/queries.ts';

const LOOK_MS = 2000;

export function LogTab({ share }: { readonly share: ShareSummary }): ReactNode {
  const text = useText();
  const lines = useAnswer(keys.log(share.id), () => api.log(share.id), LOOK_MS);
  if (lines === undefined) return null;
  if (lines.length === 0) return <p className="empty">{text.emptyLog}</p>;
  return (
    <ol className="log">
      {lines
        .map((line, i) => ({ ...line, key: `${line.at}-${i}` }))
        .reverse()
        .map(({ at, text: words, key }) => (
          <li key={key}>
            <time dateTime={at}>{formatTime(at)}</time>
            <span className="break">{words}</span>
          </li>
        ))}
    </ol>
  );
}
