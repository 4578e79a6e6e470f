/** One share in the list. */
import {
  Archive,
  Check,
  File,
  Folder,
  Image as ImageIcon,
  Link as LinkIcon,
  Music,
  Pause,
  Play,
  Video,
} from 'lucide-react';
import { memo, type MouseEvent, type ReactNode } from 'react';
import { api, type ShareSummary } from '../api.ts';
import { formatPercent, formatRate } from '../../../shell/format.ts';
import { type Messages, useText } from '../texts/index.ts';
import { useIsConnected } from '../../../shell/parts/needs-daemon.tsx';
import { complain } from '../../../shell/notices.ts';
import { describe, partOf, shorten, toneOf } from '../parts/phase.ts';
import { store } from '../store.ts';
import { ui } from '../ui.ts';

interface Props {
  readonly share: ShareSummary;
  readonly index: number;
  readonly top: number;
  readonly isActive: boolean;
  readonly isOpen: boolean;
  readonly isChosen: boolean;
  readonly onClick: (index: number, event: MouseEvent) => void;
  readonly onToggle: (index: number) => void;
}

const KINDS: readonly (readonly [RegExp, typeof File])[] = [
  [/\.(mp4|mkv|webm|mov|avi|m4v|mpg)$/i, Video],
  [/\.(mp3|flac|ogg|opus|m4a|wav)$/i, Music],
  [/\.(jpe?g|png|gif|webp|avif)$/i, ImageIcon],
  [/\.(zip|tar|gz|xz|zst|7z|rar|iso)$/i, Archive],
];

export function iconOf({ name, fileCount }: ShareSummary): typeof File {
  if (fileCount > 1) return Folder;
  return KINDS.find(([pattern]) => pattern.test(name))?.[1] ?? File;
}

/** True for a share that a person paused or an error ended: it can be started. */
export const isStopped = ({ phase }: Pick<ShareSummary, 'phase'>): boolean =>
  phase === 'paused' || phase === 'failed';

/** The label of the button that starts or pauses the share. */
export function startLabel({ phase }: Pick<ShareSummary, 'phase'>, text: Messages): string {
  if (phase === 'failed') return text.retry;
  return phase === 'paused' ? text.resume : text.pause;
}

export async function setPaused(id: number, isPaused: boolean): Promise<void> {
  store.put(await api.change(id, { isPaused }));
}

function Row(props: Props): ReactNode {
  const { share, index, top, isActive, isOpen, isChosen, onClick, onToggle } = props;
  const text = useText();
  const isConnected = useIsConnected();
  const { id, name, downloadRate, uploadRate } = share;
  const Icon = iconOf(share);
  const part = partOf(share);
  const tone = toneOf(share);
  const isAtRest = isStopped(share);
  const classes = ['share-row', `tone-${tone}`];
  if (isActive) classes.push('is-active');
  if (isOpen) classes.push('is-open');
  const label = startLabel(share, text);
  const state = describe(share, text);
  const stop = (event: MouseEvent, act: () => void): void => {
    event.stopPropagation();
    act();
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid takes the keys
    <div
      id={`share-${id}`}
      className={classes.join(' ')}
      role="row"
      tabIndex={-1}
      aria-rowindex={index + 1}
      aria-selected={isChosen}
      style={{ transform: `translateY(${top}px)` }}
      onClick={(event) => onClick(index, event)}
    >
      <span role="gridcell" className="row-icon">
        <button
          type="button"
          tabIndex={-1}
          className={isChosen ? 'row-check is-on' : 'row-check'}
          aria-label={`${text.select}: ${name}`}
          aria-pressed={isChosen}
          onClick={(event) => stop(event, () => onToggle(index))}
        >
          <Icon aria-hidden className="row-kind" />
          <Check aria-hidden className="row-tick" />
        </button>
      </span>
      <span role="gridcell" className="row-words">
        <span className="row-name">{name}</span>
        <span className="row-bar">
          <span className="row-fill" style={{ transform: `scaleX(${part})` }} />
        </span>
        <span className="row-state" title={state}>
          {shorten(state)}
        </span>
      </span>
      <span role="gridcell" className="row-numbers">
        <span className="rate rate-down">
          {downloadRate >= 1 && isConnected ? `↓ ${formatRate(downloadRate)}` : ''}
        </span>
        <span className="rate rate-up">
          {uploadRate >= 1 && isConnected ? `↑ ${formatRate(uploadRate)}` : ''}
        </span>
        <span className="row-percent">{share.totalBytes === 0 || part >= 1 ? '' : formatPercent(part)}</span>
      </span>
      <span role="gridcell" className="row-actions">
        <button
          type="button"
          tabIndex={-1}
          className="icon-button"
          aria-label={`${label}: ${name}`}
          title={label}
          disabled={!isConnected}
          onClick={(event) => stop(event, () => void setPaused(id, !isAtRest).catch(complain))}
        >
          {isAtRest ? <Play aria-hidden /> : <Pause aria-hidden />}
        </button>
        <button
          type="button"
          tabIndex={-1}
          className="icon-button"
          aria-label={`${text.shareTitle}: ${name}`}
          title={text.shareTitle}
          onClick={(event) => stop(event, () => ui.send(id))}
        >
          <LinkIcon aria-hidden />
        </button>
      </span>
    </div>
  );
}

/** React draws only rows that changed. */
export const ShareRow: typeof Row = memo(
  Row,
  (a, b) =>
    a.share === b.share &&
    a.index === b.index &&
    a.top === b.top &&
    a.isActive === b.isActive &&
    a.isOpen === b.isOpen &&
    a.isChosen === b.isChosen,
) as unknown as typeof Row;
