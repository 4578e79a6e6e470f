/** The targets, judged from the rows of one run. A rival's row is that of the faster libtorrent. */
import { fold, lateShare, median, type Row, type Target, middleOf, worst, worstDelay } from './report.ts';

const LIBTORRENTS: readonly string[] = ['libtorrent', 'libtorrent new'];
const MAX_RESIDENT_MIB = 150;

/** How many times as fast as the faster libtorrent, by MiB. */
const SPEED: readonly (readonly [number, number])[] = [
  [16, 0.8],
  [128, 1],
  [512, 1.2],
  [2048, 1.2],
];

const atMost = (what: string, goal: number, measured: number, unit: string): Target => ({
  what,
  goal: `≤ ${goal} ${unit}`,
  measured: Number.isFinite(measured) ? `${measured.toFixed(goal < 10 ? 2 : 0)} ${unit}` : '',
  isMet: Number.isFinite(measured) ? measured <= goal : undefined,
});

const atLeast = (what: string, goal: number, measured: number, unit = '×'): Target => ({
  what,
  goal: `≥ ${goal} ${unit}`,
  measured: Number.isNaN(measured) ? '' : `${measured.toFixed(2)} ${unit}`,
  isMet: Number.isNaN(measured) ? undefined : measured >= goal,
});

const find = (rows: readonly Row[], job: string, who: string): Row | undefined =>
  rows.find((row) => row.job === job && row.who === who && row.runs.length > 0);

export function judge(rows: readonly Row[]): Target[] {
  const value = (job: string, who = 'shoal'): number => middleOf(find(rows, job, who));
  const rivalOf = (job: string): string =>
    LIBTORRENTS.reduce((best, who) => (value(job, who) > value(job, best) ? who : best), 'libtorrent');
  const overRival = (job: string): number => value(job) / value(job, rivalOf(job));
  const ofLimit = (job: string): number => (100 * value(job)) / value(job, 'limit');
  const cpu = (row: Row | undefined): number =>
    row === undefined
      ? Number.NaN
      : fold(row, (run) => run.cpuSecondsPerGib, median).reduce((a, b) => a + b, 0);
  /** Where the machine itself allows less than the goal, what it allows is the goal. */
  const speed = (job: string, goal: number): Target => {
    const target = atLeast(`${job}, over ${rivalOf(job)}`, goal, overRival(job));
    const allowed = value(job, 'limit') / value(job, rivalOf(job));
    if (Number.isNaN(allowed) || allowed >= goal) return target;
    return {
      ...target,
      goal: `${target.goal}; the machine allows ${allowed.toFixed(2)} ×`,
      isMet: overRival(job) >= allowed,
    };
  };
  const largest = '1 → 1, 2048 MiB';
  return [
    ...['1 → 1', 'warm'].flatMap((kind) => SPEED.map(([mib, goal]) => speed(`${kind}, ${mib} MiB`, goal))),
    ...[largest, 'warm, 2048 MiB'].map((job) =>
      atLeast(`${job}, of what the machine allows`, 90, ofLimit(job), '%'),
    ),
    ...[16, 128].map((mib) => {
      const job = `whole command, ${mib} MiB`;
      return atMost(`${job}, over aria2`, 1, value(job) / value(job, 'aria2'), '×');
    }),
    atMost(
      '1 → 1, 2048 MiB, CPU of both sides over libtorrent',
      1,
      cpu(find(rows, largest, 'shoal')) / cpu(find(rows, largest, rivalOf(largest))),
      '×',
    ),
    ...['shoal → libtorrent', 'libtorrent → shoal'].map((who) =>
      atLeast(
        `1 → 1, 2048 MiB, ${who} over libtorrent with itself`,
        1,
        value(largest, who) / value(largest, 'libtorrent'),
      ),
    ),
    ...['4 → 1, 512 MiB', '4 → 1, 2048 MiB'].map((job) => atLeast(job, 1.3, overRival(job))),
    ...['16 KiB pieces, v1', '16 KiB pieces, v2', 'ext4, 16 KiB pieces', 'ext4, 1 MiB pieces'].map((job) =>
      atLeast(job, 1.2, overRival(job)),
    ),
    atLeast(
      'uTP, 1 → 1, 512 MiB, over libtorrent with the same buffers',
      1,
      value('uTP, 1 → 1, 512 MiB', 'shoal uTP') / value('uTP, 1 → 1, 512 MiB', 'libtorrent uTP'),
    ),
    atLeast('one seed, 50 peers', 1.3, overRival('1 → 50, 64 MiB each')),
    ...['create v1', 'create v2', 'create hybrid', 'verify'].map((job) =>
      atLeast(`${job}, of what the machine allows`, 95, ofLimit(job), '%'),
    ),
    atLeast("RC4 alone, over OpenSSL's", 0.75, value('RC4 alone') / value('RC4 alone', 'openssl')),
    ...judgeCosts(rows),
  ];
}

/** What it takes of memory and of a person's time. */
function judgeCosts(rows: readonly Row[]): Target[] {
  const value = (job: string, who = 'shoal'): number => middleOf(find(rows, job, who));
  const seeks = find(rows, 'seek', 'shoal')?.runs ?? [];
  // RC4 is computed on the thread of the event loop, which the policy of the other jobs spares it.
  const ours = rows.filter(({ who, job }) => who === 'shoal' && !job.startsWith('RC4'));
  const peaks = ours.flatMap((row) => fold(row, (run) => run.peakMib, worst));
  return [
    atMost('resident peak, every job', MAX_RESIDENT_MIB, worst(peaks), 'MiB'),
    atMost('growth from the second to the last quarter of 20 GiB', 5, value('20 GiB, growth'), 'MiB'),
    atMost('10,000 idle shares, resident', 300, value('10,000 shares, resident'), 'MiB'),
    atMost('10,000 idle shares, start', 5, value('10,000 shares, start'), 's'),
    atMost('10,000 idle shares, CPU', 1, value('10,000 shares, CPU'), '%'),
    atMost('2,000 idle connections', 10, value('2,000 connections'), 'KiB each'),
    atMost('`shoal --help` over bare node', 3, value('start', 'help') / value('start', 'bare node'), '×'),
    atMost(
      'first packet of `shoal get` after bare node',
      250,
      value('start', 'first packet') - value('start', 'bare node'),
      'ms',
    ),
    atMost('the page is usable with 1,000 shares', 1000, value('page, 1,000 shares, usable'), 'ms'),
    atMost('a search among them is answered', 100, value('page, 1,000 shares, a search'), 'ms'),
    atMost('a frame while 10,000 scroll', 34, value('page, 10,000 shares, a frame'), 'ms'),
    atMost('first byte after a seek, the worst', 1000, worst(seeks.map((run) => run.value)), 'ms'),
    atMost('event loop held up, 99.9th percentile, worst of all runs', 20, worstDelay(ours), 'ms'),
    atMost('event loop later than 20 ms in all runs together', 0.1, lateShare(ours), '% of samples'),
  ];
}
