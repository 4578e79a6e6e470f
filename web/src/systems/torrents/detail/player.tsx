/** Player of one file while the daemon fetches it: films with their subtitles, music, pictures, text. */
import { type ReactNode, useEffect, useState } from 'react';
import type { FileSummary } from '../api.ts';
import { useText } from '../texts/index.ts';
import { PageDialog } from '../../../shell/parts/dialog.tsx';
import { ui, useUi } from '../ui.ts';

const MAX_TEXT_BYTES = 512 * 1024;

export function Player(): ReactNode {
  const { playing } = useUi();
  if (playing === undefined) return null;
  const { file, all } = playing;
  return (
    <PageDialog title={file.path.split('/').at(-1)!} isOpen isWide onClose={() => ui.play(undefined)}>
      <Show key={file.index} file={file} all={all} />
    </PageDialog>
  );
}

function Show({
  file,
  all,
}: {
  readonly file: FileSummary;
  readonly all: readonly FileSummary[];
}): ReactNode {
  const text = useText();
  const [hasFailed, setFailed] = useState(false);
  const address = new URL(file.playerUrl, location.href).href;
  if (hasFailed)
    return (
      <div className="stack">
        <p>{text.cannotPlay}</p>
        <code className="break">{address}</code>
      </div>
    );
  switch (file.kind) {
    case 'video':
      return (
        // biome-ignore lint/a11y/useMediaCaption: captions come from the subtitle files of the share
        <video
          className="player"
          src={file.url}
          controls
          playsInline
          // Not `autoPlay`: browsers delay it until they expect to play to the end without a pause.
          onLoadedData={(event) => void event.currentTarget.play().catch(() => {})}
          onError={() => setFailed(true)}
        >
          {subtitlesOf(file, all).map(({ index, url, path }, i) => (
            <track
              key={index}
              kind="subtitles"
              src={`${url}?as=vtt`}
              label={path.split('/').at(-1)}
              default={i === 0}
            />
          ))}
        </video>
      );
    case 'audio':
      return (
        // biome-ignore lint/a11y/useMediaCaption: music has no captions
        <audio className="player-audio" src={file.url} controls autoPlay onError={() => setFailed(true)} />
      );
    case 'image':
      return <img className="player" src={file.url} alt={file.path} onError={() => setFailed(true)} />;
    case 'text':
    case 'subtitles':
      return <TextFile file={file} />;
    default:
      return <p>{text.noPreview}</p>;
  }
}

/** The subtitle files whose names begin like that of the film; without such, the first few. */
function subtitlesOf(film: FileSummary, all: readonly FileSummary[]): FileSummary[] {
  const stem = film.path.replace(/\.\w+$/, '');
  const beside = all.filter(({ kind }) => kind === 'subtitles');
  const named = beside.filter(({ path }) => path.startsWith(stem));
  return named.length > 0 ? named : beside.slice(0, 8);
}

function TextFile({ file }: { readonly file: FileSummary }): ReactNode {
  const text = useText();
  const [words, setWords] = useState<string>();
  useEffect(() => {
    const abort = new AbortController();
    const headers = { range: `bytes=0-${MAX_TEXT_BYTES - 1}` };
    fetch(file.url, { headers, signal: abort.signal })
      .then((answer) => answer.text())
      .then(setWords, () => {});
    return () => abort.abort();
  }, [file.url]);
  if (words === undefined) return <p role="status">{text.buffering}</p>;
  return <pre className="text-file">{words}</pre>;
}
