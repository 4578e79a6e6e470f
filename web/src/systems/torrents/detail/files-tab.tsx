/** The files of a share: choice, priority, progress; preview and download while the daemon fetches them. */
import { Check, Download, Eye, ListMusic, Play } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import { Checkbox } from 'react-aria-components';
import { api, type ChangeRequest, type FileSummary, type ShareSummary } from '../api.ts';
import { keys } from '../keys.ts';
import { formatBytes, formatPercent } from '../../../shell/format.ts';
import { useText } from '../texts/index.ts';
import { Choice } from '../../../shell/parts/controls.tsx';
import { DaemonLink, NeedsDaemon } from '../../../shell/parts/needs-daemon.tsx';
import { complain } from '../../../shell/notices.ts';
import { askAgain, useAnswer } from '../../../shell/queries.ts';
import { store } from '../store.ts';
import { ui } from '../ui.ts';
import { IconButton } from '../../../shell/parts/icon-button.tsx';

const LOOK_MS = 2000;
/** More rows make the page slow; the search finds the others. */
const MAX_ROWS = 500;

type FileChange = NonNullable<ChangeRequest['files']>[number];

export function FilesTab({ share }: { readonly share: ShareSummary }): ReactNode {
  const text = useText();
  const [search, setSearch] = useState('');
  const files = useAnswer(keys.files(share.id), () => api.files(share.id), LOOK_MS);
  const shown = useMemo(
    () => (files ?? []).filter(({ path }) => path.toLowerCase().includes(search.toLowerCase())),
    [files, search],
  );
  const change = (changes: readonly FileChange[]): void => {
    const done = (next: ShareSummary): void => {
      store.put(next);
      askAgain(keys.files(share.id));
    };
    api.change(share.id, { files: changes }).then(done, complain);
  };
  if (files === undefined) return null;
  if (files.length === 0) return <p className="empty">{text.noFiles}</p>;
  const isAll = files.every(({ isWanted }) => isWanted);
  const hasMedia = files.some(({ kind }) => kind === 'video' || kind === 'audio');
  return (
    <div className="stack">
      <div className="row">
        {!mayChoose(share) ? null : (
          <NeedsDaemon>
            <Checkbox
              className="check"
              isSelected={isAll}
              isIndeterminate={!isAll && files.some(({ isWanted }) => isWanted)}
              onChange={(isWanted) => change(files.map(({ index }) => ({ index, isWanted })))}
            >
              <Box /> {text.allFiles}
            </Checkbox>
          </NeedsDaemon>
        )}
        <span className="spring" />
        {files.length > 10 ? (
          <input
            className="input"
            type="search"
            aria-label={text.search}
            placeholder={text.search}
            value={search}
            onChange={(event) => setSearch(event.target.value)}
          />
        ) : null}
        {hasMedia ? (
          <DaemonLink
            className="button"
            href={`/files/${share.id}/playlist.m3u`}
            download={`${share.name}.m3u`}
          >
            <ListMusic aria-hidden /> {text.playlist}
          </DaemonLink>
        ) : null}
      </div>
      <ul className="files">
        {shown.slice(0, MAX_ROWS).map((file) => (
          <FileRow
            key={file.index}
            share={share}
            file={file}
            all={files}
            onChange={(file) => change([file])}
          />
        ))}
      </ul>
      {shown.length > MAX_ROWS ? <p className="hint">{text.andMore(shown.length - MAX_ROWS)}</p> : null}
    </div>
  );
}

interface RowProps {
  readonly share: ShareSummary;
  readonly file: FileSummary;
  readonly all: readonly FileSummary[];
  readonly onChange: (file: FileChange) => void;
}

/** A publisher made the whole of a followed version, and a person keeps what is shared in place. */
const mayChoose = ({ isInPlace, follow }: ShareSummary): boolean => !isInPlace && follow === null;

function FileRow({ share, file, all, onChange }: RowProps): ReactNode {
  const text = useText();
  const { index, path, size, done, isWanted, priority, kind, url } = file;
  const part = size === 0 ? 1 : done / size;
  const name = path.split('/').at(-1)!;
  const folder = path.slice(0, path.length - name.length);
  const isShown = kind !== 'other';
  return (
    <li className={isWanted ? 'file' : 'file is-unwanted'}>
      <NeedsDaemon>
        {!mayChoose(share) ? null : (
          <Checkbox
            className="check"
            aria-label={`${text.wanted}: ${path}`}
            isSelected={isWanted}
            onChange={(isOn) => onChange({ index, isWanted: isOn })}
          >
            <Box />
          </Checkbox>
        )}
        <span className="file-words">
          <span className="break">
            <small>{folder}</small>
            {name}
          </span>
          <span className="row-bar">
            <span className="row-fill" style={{ transform: `scaleX(${part})` }} />
          </span>
          <small>
            {formatBytes(size)}
            {part < 1 ? ` · ${formatPercent(part)}` : ''}
          </small>
        </span>
        {!mayChoose(share) || part >= 1 ? null : (
          <Choice
            label={`${text.priority}: ${path}`}
            isLabelHidden
            options={text.priorities}
            value={priority}
            onChange={(next) => onChange({ index, priority: next })}
          />
        )}
        {isShown ? (
          <IconButton
            label={`${kind === 'video' || kind === 'audio' ? text.play : text.preview}: ${path}`}
            onPress={() => ui.play({ shareId: share.id, file, all })}
          >
            {kind === 'video' || kind === 'audio' ? <Play aria-hidden /> : <Eye aria-hidden />}
          </IconButton>
        ) : null}
        <DaemonLink
          className="icon-button"
          href={url}
          download={name}
          aria-label={`${text.download}: ${path}`}
          title={text.download}
        >
          <Download aria-hidden />
        </DaemonLink>
      </NeedsDaemon>
    </li>
  );
}

function Box(): ReactNode {
  return (
    <span className="check-box" aria-hidden="true">
      <Check />
    </span>
  );
}
