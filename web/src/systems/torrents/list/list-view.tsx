/** The list of shares: search, order, actions for several, rows. */
import { Search, SearchX, Sprout } from 'lucide-react';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { Button, Input, SearchField } from 'react-aria-components';
import { useText } from '../texts/index.ts';
import { Choice } from '../../../shell/parts/controls.tsx';
import { NeedsDaemon } from '../../../shell/parts/needs-daemon.tsx';
import { Skeleton } from '../../../shell/parts/skeleton.tsx';
import { useSnapshot } from '../store.ts';
import { ui } from '../ui.ts';
import { BulkBar } from './bulk-bar.tsx';
import { ShareGrid } from './share-grid.tsx';
import { select, SORTS, setView, type Sort, useView } from './view-state.ts';

export function ListView({ openId }: { readonly openId: number | undefined }): ReactNode {
  const text = useText();
  const { shares, isLoaded } = useSnapshot();
  const view = useView();
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const rows = useMemo(() => select(shares.values(), view), [shares, view]);
  const kept = useMemo(() => new Set([...chosen].filter((id) => shares.has(id))), [chosen, shares]);
  const isFiltered = view.search !== '' || view.filter !== 'all';
  return (
    <section className="list-view" aria-label={text.shares(rows.length)}>
      <div className="toolbar">
        <SearchBox />
        <Choice<Sort>
          label={text.sortBy}
          isLabelHidden
          options={
            Object.fromEntries(SORTS.map((name) => [name, sortName(text, name)])) as Record<Sort, string>
          }
          value={view.sort}
          onChange={(sort) => setView({ sort })}
        />
      </div>
      {kept.size > 0 ? (
        <BulkBar ids={kept} onClear={() => setChosen(new Set())} rows={rows} onChoose={setChosen} />
      ) : null}
      {rows.length > 0 ? (
        <ShareGrid rows={rows} chosen={kept} onChoose={setChosen} openId={openId} />
      ) : !isLoaded ? (
        <Skeleton label={text.connecting} />
      ) : isFiltered && shares.size > 0 ? (
        <Empty icon={<SearchX aria-hidden />} title={text.emptyFilter} words={text.emptyFilterText}>
          <Button className="button" onPress={() => setView({ search: '', filter: 'all' })}>
            {text.showAll}
          </Button>
        </Empty>
      ) : (
        <Empty icon={<Sprout aria-hidden />} title={text.emptyTitle} words={text.emptyText}>
          <NeedsDaemon>
            <Button className="button button-primary" onPress={() => ui.openAdd()}>
              {text.addTitle}
            </Button>
          </NeedsDaemon>
        </Empty>
      )}
    </section>
  );
}

function sortName(text: ReturnType<typeof useText>, sort: Sort): string {
  const names = {
    new: text.sortNew,
    name: text.sortName,
    size: text.sortSize,
    progress: text.sortProgress,
    rate: text.sortRate,
  };
  return names[sort];
}

function SearchBox(): ReactNode {
  const text = useText();
  const { search } = useView();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { target } = event;
      const isTyping = target instanceof Element && target.closest('input, textarea, [role=dialog]') !== null;
      if (event.key !== '/' || isTyping) return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  return (
    <SearchField
      className="search"
      aria-label={text.searchShares}
      value={search}
      onChange={(words) => setView({ search: words })}
    >
      <Search aria-hidden />
      <Input ref={input} className="input" placeholder={text.searchShares} />
    </SearchField>
  );
}

interface EmptyProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly words: string;
  readonly children: ReactNode;
}

function Empty({ icon, title, words, children }: EmptyProps): ReactNode {
  return (
    <div className="empty">
      <span className="empty-icon">{icon}</span>
      <h2>{title}</h2>
      <p>{words}</p>
      {children}
    </div>
  );
}
