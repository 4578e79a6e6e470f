/** The part of torrents at the side of the page: filters, uploads, the state of the daemon. */
import { CircleAlert, CloudDownload, Layers, Pause, Plus, Share2, Tag } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import { Button, ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import { api, type ShareSummary } from './api.ts';
import { keys } from './keys.ts';
import { useUploads } from './add/uploads.ts';
import { formatPercent, formatRate, formatBytes } from '../../shell/format.ts';
import { useText } from './texts/index.ts';
import { type Filter, isIn, setView, useView } from './list/view-state.ts';
import { NeedsDaemon } from '../../shell/parts/needs-daemon.tsx';
import { useAnswer } from '../../shell/queries.ts';
import { useDaemon } from '../../shell/connection.ts';
import { go } from '../../shell/navigate.ts';
import { HOME } from './addresses.ts';
import { useSnapshot } from './store.ts';
import { ui } from './ui.ts';

const ICONS = { all: Layers, loading: CloudDownload, sharing: Share2, paused: Pause, attention: CircleAlert };
type Named = keyof typeof ICONS;

export function TorrentSide(): ReactNode {
  const text = useText();
  return (
    <>
      <NeedsDaemon>
        <Button className="button button-primary add-button" onPress={() => ui.openAdd()}>
          <Plus aria-hidden /> {text.add}
        </Button>
      </NeedsDaemon>
      <Filters />
      <Uploads />
      <Health />
    </>
  );
}

function Filters(): ReactNode {
  const text = useText();
  const { shares } = useSnapshot();
  const { filter } = useView();
  const { counts, labels } = useMemo(() => countAll([...shares.values()]), [shares]);
  const choose = (key: string): void => {
    setView({ filter: key as Filter });
    go(HOME);
  };
  return (
    <nav className="filters" aria-label={text.filters}>
      <ToggleButtonGroup
        selectionMode="single"
        disallowEmptySelection
        selectedKeys={[filter]}
        onSelectionChange={(keys) => choose(String([...keys][0] ?? 'all'))}
        className="filter-group"
        orientation="vertical"
        aria-label={text.filters}
      >
        {(Object.keys(ICONS) as Named[]).map((name) => {
          const Icon = ICONS[name];
          if (name === 'attention' && counts.attention === 0 && filter !== name) return null;
          return (
            <ToggleButton key={name} id={name} className="filter">
              <Icon aria-hidden />
              <span className="filter-name">{text[name]}</span>
              <span className="count">{counts[name]}</span>
            </ToggleButton>
          );
        })}
        {[...labels].map(([label, count]) => (
          <ToggleButton key={label} id={`label:${label}`} className="filter">
            <Tag aria-hidden />
            <span className="filter-name">{label}</span>
            <span className="count">{count}</span>
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
    </nav>
  );
}

function countAll(shares: readonly ShareSummary[]): {
  readonly counts: Readonly<Record<Named, number>>;
  readonly labels: ReadonlyMap<string, number>;
} {
  const counts = { all: 0, loading: 0, sharing: 0, paused: 0, attention: 0 };
  const labels = new Map<string, number>();
  for (const share of shares) {
    for (const name of Object.keys(counts) as Named[]) if (isIn(share, name)) counts[name]++;
    for (const label of share.labels) labels.set(label, (labels.get(label) ?? 0) + 1);
  }
  return { counts, labels: new Map([...labels].sort(([a], [b]) => a.localeCompare(b))) };
}

function Uploads(): ReactNode {
  const text = useText();
  const uploads = useUploads();
  return uploads.map(({ id, name, sent, total, stop }) => (
    <div key={id} className="uploading" role="status">
      <span className="break">{text.uploadTitle(name)}</span>
      <span className="row">
        <progress value={sent} max={Math.max(1, total)} aria-label={name} />
        <small>{formatPercent(total === 0 ? 0 : sent / total)}</small>
        <Button className="link-button" onPress={stop}>
          {text.cancel}
        </Button>
      </span>
    </div>
  ));
}

const LOOK_MS = 3000;

function Health(): ReactNode {
  const text = useText();
  const { connection } = useDaemon();
  const { shares } = useSnapshot();
  const status = useAnswer(keys.status, api.status, LOOK_MS);
  let [down, up] = [0, 0];
  for (const { downloadRate, uploadRate } of shares.values()) {
    down += downloadRate;
    up += uploadRate;
  }
  return (
    <div className="health">
      {status?.making.map(({ path, done, total }) => (
        <span key={path} className="uploading" role="status">
          <span className="break">{text.making(path.split('/').at(-1) ?? path)}</span>
          <progress value={done} max={Math.max(1, total)} aria-label={path} />
        </span>
      ))}
      {connection === 'open' ? (
        <span className="health-rates">
          <span className="rate rate-down" title={text.downloading}>
            ↓ {formatRate(down)}
          </span>
          <span className="rate rate-up" title={text.uploading}>
            ↑ {formatRate(up)}
          </span>
        </span>
      ) : null}
      <small>
        <span className={`dot dot-${connection}`} aria-hidden="true" />
        {status?.dhtNodes == null ? null : `${text.dhtNodes(status.dhtNodes)} · `}
        {status?.freeBytes == null ? null : text.freeSpace(formatBytes(status.freeBytes))}
      </small>
    </div>
  );
}
