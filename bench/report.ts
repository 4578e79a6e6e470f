/** What was measured, as tables for people and as JSON for programs; and the targets of the project beside it. */
import type { Delays } from './fleet.ts';
import type { Measured } from './transfers.ts';

export interface Row {
  readonly job: string;
  readonly who: string;
  readonly unit: string;
  readonly runs: Measured[];
}

export interface Target {
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  /** Undefined when it was not measured this time. */
  readonly isMet: boolean | undefined;
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export const worst = (numbers: readonly number[]): number => Math.max(...numbers);

/** One number a side, folded over the runs. */
export function fold(
  row: Row,
  read: (run: Measured) => readonly number[] | undefined,
  by: (numbers: readonly number[]) => number,
): number[] {
  const sides = row.runs.map(read).filter((side) => side !== undefined);
  return (sides[0] ?? []).map((_, side) => by(sides.map((run) => run[side] ?? 0)));
}

export const middleOf = (row: Row | undefined): number =>
  row === undefined ? Number.NaN : median(row.runs.map((run) => run.value));

/** Per cent of all samples that were later than 20 ms. */
export function lateShare(rows: readonly Row[]): number {
  const all = rows.flatMap((row) => row.runs.flatMap((run) => run.delays ?? []));
  const seen = all.filter((delays): delays is Delays => delays !== undefined);
  const count = seen.reduce((sum, delays) => sum + delays.count, 0);
  return count === 0 ? Number.NaN : (100 * seen.reduce((sum, delays) => sum + delays.over, 0)) / count;
}

/** The worst 99.9th percentile over runs and sides, milliseconds. */
export function worstDelay(rows: readonly Row[]): number {
  const all = rows.flatMap((row) => row.runs.flatMap((run) => run.delays ?? []));
  return worst(all.filter((delays): delays is Delays => delays !== undefined).map(({ p999 }) => p999));
}

const digits = (value: number): string => value.toFixed(Math.abs(value) < 10 ? 2 : 0);

export function table(rows: readonly Row[]): string {
  const lines = [
    '| job | who | | lowest, highest | × Shoal | CPU s/GiB | resident MiB | own MiB | loop held ms |',
    '|---|---|---|---|---|---|---|---|---|',
  ];
  for (const row of rows) {
    const values = row.runs.map((run) => run.value);
    if (values.length === 0) continue;
    const own = rows.find(({ job, who }) => job === row.job && who === 'shoal');
    const ratio = own === undefined || own === row ? '' : digits(middleOf(row) / middleOf(own));
    const spread = values.length < 2 ? '' : `${digits(Math.min(...values))}, ${digits(Math.max(...values))}`;
    const cpu = fold(row, (run) => run.cpuSecondsPerGib, median).map((value) => value.toFixed(2));
    const peak = fold(row, (run) => run.peakMib, worst).map((value) => value.toFixed(0));
    const memory = fold(row, (run) => run.ownMib, worst).map((value) => value.toFixed(0));
    const held = worstDelay([row]);
    const facts = [
      cpu.join(' / '),
      peak.join(' / '),
      memory.join(' / '),
      Number.isFinite(held) ? held.toFixed(0) : '',
    ];
    lines.push(
      `| ${row.job} | ${row.who} | ${digits(middleOf(row))} ${row.unit} | ${spread} | ${ratio} | ${facts.join(' | ')} |`,
    );
  }
  return lines.join('\n');
}

export function targetTable(targets: readonly Target[]): string {
  const mark = (isMet: boolean | undefined): string =>
    isMet === undefined ? '–' : isMet ? 'met' : '**missed**';
  const lines = targets.map(
    ({ what, goal, measured, isMet }) => `| ${what} | ${goal} | ${measured} | ${mark(isMet)} |`,
  );
  return ['| target | goal | measured | |', '|---|---|---|---|', ...lines].join('\n');
}
