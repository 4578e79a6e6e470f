/** Tables for people: headings, columns as wide as their cells, and never wider than the terminal. */
import { columnsOf, fit, padTo } from './format.ts';

export interface Column {
  readonly heading: string;
  readonly isRight?: boolean;
  /** Left out first where there is too little room; absent: never. */
  readonly dropsAt?: number;
}

export interface Row {
  readonly cells: readonly string[];
  /** Lines below the row, such as an error. */
  readonly notes?: readonly string[];
}

/** The last column keeps at least this, before others are left out for it. */
const MIN_LAST = 16;
const GAP = '  ';
const NOTE_INDENT = 6;

/**
 * @param width columns of the terminal; infinite where nothing is to be cut. The last column takes what is left, and is
 * cut where that is too little.
 */
export function renderTable(columns: readonly Column[], rows: readonly Row[], width: number): string[] {
  const widths = columns.map(({ heading }, at) =>
    Math.max(columnsOf(heading), ...rows.map(({ cells }) => columnsOf(cells[at]!))),
  );
  const last = columns.length - 1;
  const needed = (shown: readonly number[]): number =>
    shown.reduce((sum, at) => sum + (at === last ? Math.min(widths[at]!, MIN_LAST) : widths[at]!), 0) +
    GAP.length * (shown.length - 1);
  // Columns that say nothing go before all others.
  const isEmpty = (at: number): boolean => rows.every(({ cells }) => cells[at] === '');
  const dropRank = (at: number): number => columns[at]!.dropsAt! - (isEmpty(at) ? columns.length : 0);
  let shown = columns.map((_, at) => at);
  const droppable = shown
    .filter((at) => columns[at]!.dropsAt !== undefined)
    .sort((a, b) => dropRank(a) - dropRank(b));
  for (const at of droppable) {
    if (needed(shown) <= width) break;
    shown = shown.filter((other) => other !== at);
  }
  const render = (cells: readonly string[]): string => {
    const parts = shown.map((at) => {
      const cell = cells[at]!;
      if (at === last) return cell;
      return columns[at]!.isRight === true
        ? ' '.repeat(widths[at]! - columnsOf(cell)) + cell
        : padTo(cell, widths[at]!);
    });
    return fit(parts.join(GAP), width).trimEnd();
  };
  const lines = [render(columns.map(({ heading }) => heading))];
  for (const { cells, notes } of rows) {
    lines.push(render(cells));
    for (const note of notes ?? []) lines.push(...wrap(note, width, NOTE_INDENT));
  }
  return lines;
}

/** Breaks a text between words; a word that is wider than a line is cut into pieces. */
export function wrap(text: string, width: number, indent = 0): string[] {
  const room = Math.max(10, width - indent);
  const lines: string[] = [];
  let line = '';
  const push = (): void => {
    if (line !== '') lines.push(' '.repeat(indent) + line);
    line = '';
  };
  for (let word of text.split(' ')) {
    if (line !== '' && columnsOf(line) + 1 + columnsOf(word) > room) push();
    while (columnsOf(word) > room) {
      const head = fit(word, room + 1).slice(0, -1);
      lines.push(' '.repeat(indent) + head);
      word = word.slice(head.length);
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  push();
  return lines;
}
