/**
 * The rows. Only rows in view exist, so that ten thousand shares cost no more than twenty. To screen readers
 * they are a grid with all its rows counted (WAI-ARIA grid pattern, with an active descendant).
 */
import {
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import type { ShareSummary } from '../api.ts';
import { useText } from '../texts/index.ts';
import { go } from '../../../shell/navigate.ts';
import { shareAddress } from '../addresses.ts';
import { askToRemove } from './remove-dialog.tsx';
import { ShareRow } from './share-row.tsx';

interface Props {
  readonly rows: readonly ShareSummary[];
  readonly chosen: ReadonlySet<number>;
  readonly onChoose: (chosen: ReadonlySet<number>) => void;
  readonly openId: number | undefined;
}

/** As in the style sheet. */
const ROW_HEIGHT = 72;
const SPARE_ROWS = 6;

export function ShareGrid({ rows, chosen, onChoose, openId }: Props): ReactNode {
  const text = useText();
  const box = useRef<HTMLDivElement>(null);
  const { top, height, onScroll } = useWindow(box);
  const [activeId, setActiveId] = useState<number>();
  const active = Math.max(
    0,
    rows.findIndex(({ id }) => id === activeId),
  );
  const first = Math.max(0, Math.floor(top / ROW_HEIGHT) - SPARE_ROWS);
  const end = Math.min(rows.length, Math.ceil((top + height) / ROW_HEIGHT) + SPARE_ROWS);
  const anchor = useRef(0);

  const moveTo = (index: number, isExtending: boolean): void => {
    const next = Math.max(0, Math.min(rows.length - 1, index));
    setActiveId(rows[next]?.id);
    reveal(box.current, next);
    if (isExtending) onChoose(new Set(between(rows, anchor.current, next)));
    else anchor.current = next;
  };
  const toggle = (index: number): void => {
    const next = new Set(chosen);
    const { id } = rows[index]!;
    if (!next.delete(id)) next.add(id);
    anchor.current = index;
    onChoose(next);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== box.current) return;
    const page = Math.max(1, Math.floor(height / ROW_HEIGHT) - 1);
    const step = stepOf(event.key, page, rows.length);
    const isAll = event.key === 'a' && (event.ctrlKey || event.metaKey);
    if (step !== undefined) moveTo(active + step, event.shiftKey);
    else if (isAll) onChoose(new Set(rows.map(({ id }) => id)));
    else if (event.key === ' ') toggle(active);
    else if (event.key === 'Enter') openShare(rows[active]!.id);
    else if (event.key === 'Escape') onChoose(new Set());
    else if (event.key === 'Delete') askToRemove(chosen.size > 0 ? [...chosen] : [rows[active]!.id]);
    else return;
    event.preventDefault();
  };

  const onRowClick = (index: number, event: MouseEvent): void => {
    setActiveId(rows[index]!.id);
    if (event.shiftKey) onChoose(new Set(between(rows, anchor.current, index)));
    else if (event.ctrlKey || event.metaKey) toggle(index);
    else {
      anchor.current = index;
      openShare(rows[index]!.id);
    }
  };

  return (
    <div
      ref={box}
      className={chosen.size > 0 ? 'grid is-choosing' : 'grid'}
      role="grid"
      tabIndex={0}
      aria-label={text.shares(rows.length)}
      aria-multiselectable="true"
      aria-rowcount={rows.length}
      aria-activedescendant={
        rows.length > 0 && active >= first && active < end ? `share-${rows[active]!.id}` : undefined
      }
      onKeyDown={onKeyDown}
      onScroll={onScroll}
    >
      <div className="grid-space" role="presentation" style={{ height: rows.length * ROW_HEIGHT }}>
        {rows.slice(first, end).map((share, offset) => (
          <ShareRow
            key={share.id}
            share={share}
            index={first + offset}
            top={(first + offset) * ROW_HEIGHT}
            isActive={first + offset === active}
            isOpen={share.id === openId}
            isChosen={chosen.has(share.id)}
            onClick={onRowClick}
            onToggle={toggle}
          />
        ))}
      </div>
    </div>
  );
}

const openShare = (id: number): void => go(shareAddress(id));

/** How many rows a key moves; the ends stop it. */
function stepOf(key: string, page: number, all: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: page,
    PageUp: -page,
    Home: -all,
    End: all,
  };
  return steps[key];
}

function between(rows: readonly ShareSummary[], a: number, b: number): number[] {
  return rows.slice(Math.min(a, b), Math.max(a, b) + 1).map(({ id }) => id);
}

function reveal(box: HTMLDivElement | null, index: number): void {
  if (box === null) return;
  const [top, bottom] = [index * ROW_HEIGHT, (index + 1) * ROW_HEIGHT];
  if (top < box.scrollTop) box.scrollTop = top;
  else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
}

/** The part of the rows that is in view. */
function useWindow(box: React.RefObject<HTMLDivElement | null>): {
  readonly top: number;
  readonly height: number;
  readonly onScroll: () => void;
} {
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(800);
  useLayoutEffect(() => {
    if (box.current !== null) setHeight(box.current.clientHeight);
  }, [box]);
  useEffect(() => {
    const { current } = box;
    if (current === null) return;
    const observer = new ResizeObserver(() => setHeight(current.clientHeight));
    observer.observe(current);
    return () => observer.disconnect();
  }, [box]);
  return { top, height, onScroll: () => setTop(box.current?.scrollTop ?? 0) };
}
