/** The targets, judged from the rows of one run. */
import { fold, lateShare, median, type Row, type Target, middleOf, worst, worstDelay } from './report.ts';

export const TUNED = 'libtorrent tuned';
const MAX_RESIDENT_MIB = 150;

const limit = (what: string, goal: number, measured: number, unit: string): Target => ({
  what,
  goal: `≤ ${goal} ${unit}`,
  measured: Number.isFinite(measured) ? `${measured.toFixed(goal < 10 ? 2 : 0)} ${unit}` : '',
  isMet: Number.isFinite(measured) ? measured <= goal : undefined,
});

export function judge(rows: readonly Row[]): Target[] {
  const find = (job: string, who: string): Row | undefined =>
    rows.find((row) => row.job.startsWith(job) && row.who === who && row.runs.length > 0);
  const value = (job: string, who: string): number => middleOf(find(job, who));
  const ratio = (what: string, goal: number, measured: number, unit = '×'): Target => ({
    what,
    goal: `≥ ${goal} ${unit}`,
    measured: Number.isNaN(measured) ? '' : `${measured.toFixed(2)} ${unit}`,
    isMet: Number.isNaN(measured) ? undefined : measured >= goal,
  });
  const cpu = (row: Row | undefined): number =>
    row === undefined
      ? Number.NaN
      : fold(row, (run) => run.cpuSecondsPerGib, median).reduce((a, b) => a + b, 0);
  const large = '1 → 1';
  const small = '16 KiB pieces';
  const slowest = (job: string): number => worst((find(job, 'shoal')?.runs ?? []).map((run) => run.value));
  const limited = (job: string): number => (100 * value(job, 'shoal')) / value(job, 'limit');
  const ours = rows.filter(({ who }) => who === 'shoal');
  const peaks = ours.flatMap((row) => fold(row, (run) => run.peakMib, worst));
  return [
    ratio('1 → 1 over libtorrent tuned', 1.5, value(large, 'shoal') / value(large, TUNED)),
    ratio('1 → 1 of what the machine allows', 70, limited(large), '%'),
    limit(
      '1 → 1 CPU of both sides over libtorrent',
      1,
      cpu(find(large, 'shoal')) / cpu(find(large, TUNED)),
      '×',
    ),
    ratio(
      'Shoal → libtorrent over libtorrent with itself',
      1,
      value(large, `shoal → ${TUNED}`) / value(large, TUNED),
    ),
    ratio(
      'libtorrent → Shoal over libtorrent with itself',
      1,
      value(large, `${TUNED} → shoal`) / value(large, TUNED),
    ),
    ...['4 → 1, 512 MiB', '4 → 1, 2048 MiB'].map((job) =>
      ratio(job, 1.5, value(job, 'shoal') / value(job, TUNED)),
    ),
    ...[`${small}, v1`, `${small}, v2`, `ext4, ${small}`, 'ext4, 1 MiB'].map((job) =>
      ratio(job, 1.2, value(job, 'shoal') / value(job, TUNED)),
    ),
    ratio('one seed, 50 peers', 1.3, value('1 → 50', 'shoal') / value('1 → 50', TUNED)),
    ...['create v1', 'create v2', 'create hybrid', 'verify'].map((job) =>
      ratio(`${job} of what two cores can`, 95, limited(job), '%'),
    ),
    limit('resident peak, every job', MAX_RESIDENT_MIB, worst(peaks), 'MiB'),
    limit('growth from the second to the last quarter of 20 GiB', 5, value('20 GiB', 'shoal'), 'MiB'),
    limit('10,000 idle shares, resident', 300, value('10,000 shares, resident', 'shoal'), 'MiB'),
    limit('10,000 idle shares, start', 5, value('10,000 shares, start', 'shoal'), 's'),
    limit('10,000 idle shares, CPU', 1, value('10,000 shares, CPU', 'shoal'), '%'),
    limit('2,000 idle connections', 10, value('2,000 connections', 'shoal'), 'KiB each'),
    limit('`shoal --help` over bare node', 80, value('start', 'help') - value('start', 'bare node'), 'ms'),
    limit(
      'first packet of `shoal get` over bare node',
      250,
      value('start', 'first packet') - value('start', 'bare node'),
      'ms',
    ),
    limit('the page is usable with 1,000 shares', 1000, value('page, 1,000 shares, usable', 'shoal'), 'ms'),
    limit('a search among them is answered', 100, value('page, 1,000 shares, a search', 'shoal'), 'ms'),
    limit('a frame while 10,000 scroll', 34, value('page, 10,000 shares, a frame', 'shoal'), 'ms'),
    limit('first byte after a seek, the worst', 1000, slowest('seek'), 'ms'),
    limit('event loop held up, 99.9th percentile, worst of all runs', 20, worstDelay(ours), 'ms'),
    limit('event loop later than 20 ms in all runs together', 0.1, lateShare(ours), '% of samples'),
  ];
}
