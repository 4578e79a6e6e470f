/** Answers of the daemon, as lines for people. */
import { describeMinutes } from '../roster/goals.ts';
import type { FileSummary, PeerSummary, ShareSummary, TrackerSummary, WebSeedSummary } from '../api/types.ts';
import type { Output } from '../../../cli/output.ts';
import { formatBytes, formatRate, formatTimeLeft, printable } from '../../../cli/terminal/format.ts';
import type { Column, Row } from '../../../cli/terminal/table.ts';

const percent = (done: number, total: number): string =>
  total === 0 ? '-' : `${Math.floor((100 * done) / total)} %`;

const rate = (bytesPerSecond: number): string => (bytesPerSecond < 1 ? '' : formatRate(bytesPerSecond));

const SHARES: readonly Column[] = [
  { heading: 'No', isRight: true },
  { heading: 'Done', isRight: true },
  { heading: 'Size', isRight: true, dropsAt: 4 },
  { heading: 'State' },
  { heading: 'Peers', isRight: true, dropsAt: 3 },
  { heading: 'Left', isRight: true, dropsAt: 5 },
  { heading: 'Down', isRight: true, dropsAt: 2 },
  { heading: 'Up', isRight: true, dropsAt: 1 },
  { heading: 'Name' },
];

function shareRow(share: ShareSummary): Row {
  const { id, name, phase, totalBytes, doneBytes, peers, secondsLeft, trouble, searchTrouble } = share;
  const note = trouble ?? searchTrouble;
  return {
    cells: [
      `${id}`,
      percent(doneBytes, totalBytes),
      totalBytes === 0 ? '-' : formatBytes(totalBytes),
      phase,
      `${peers}`,
      secondsLeft === null ? '' : formatTimeLeft(secondsLeft),
      rate(share.downloadRate),
      rate(share.uploadRate),
      printable(name),
    ],
    ...(note === null ? {} : { notes: [printable(note)] }),
  };
}

export function showShares(output: Output, shares: readonly ShareSummary[]): void {
  for (const share of shares) output.event('share', share);
  if (shares.length > 0) output.table(SHARES, shares.map(shareRow));
}

/** One line about a share, after something was done with it. */
export function showShare(output: Output, share: ShareSummary, what: string): void {
  output.event('share', share);
  output.result(`${share.id}  ${printable(share.name)}: ${printable(what)}`);
  const note = share.trouble ?? share.searchTrouble;
  if (note !== null) output.info(`   ${printable(note)}`);
}

export function describeState({ phase, doneBytes, totalBytes }: ShareSummary): string {
  const isPart = totalBytes > 0 && doneBytes < totalBytes;
  return isPart ? `${phase}, ${percent(doneBytes, totalBytes)} of ${formatBytes(totalBytes)}` : phase;
}

export function describeLabels({ labels }: ShareSummary): string {
  return labels.length === 0 ? 'no labels' : `labels ${labels.join(', ')}`;
}

export function describeLimits(limits: {
  readonly downloadLimit: number | null;
  readonly uploadLimit: number | null;
  readonly ratioGoal: number | null;
  readonly seedingGoal: number | null;
  readonly idleGoal: number | null;
}): string {
  const tell = (limit: number | null): string => (limit === null ? 'no limit' : formatRate(limit));
  const { ratioGoal, seedingGoal, idleGoal } = limits;
  const goals: string[] = [];
  if (ratioGoal !== null) goals.push(`sending ${ratioGoal} times its size`);
  if (seedingGoal !== null) goals.push(`${describeMinutes(seedingGoal)} of seeding`);
  if (idleGoal !== null) goals.push(`${idleGoal} minutes without demand`);
  const paused = goals.length === 0 ? '' : `; paused after ${goals.join(', or ')}`;
  return `down ${tell(limits.downloadLimit)}, up ${tell(limits.uploadLimit)}${paused}`;
}

const FILES: readonly Column[] = [
  { heading: 'No', isRight: true },
  { heading: 'Done', isRight: true },
  { heading: 'Size', isRight: true, dropsAt: 2 },
  { heading: 'Priority', dropsAt: 1 },
  { heading: 'Path' },
];

export function showFiles(output: Output, files: readonly FileSummary[]): void {
  for (const file of files) output.event('file', file);
  if (files.length === 0) return output.info('its files are not known yet: no peer has sent the metadata');
  const rows = files.map(({ index, size, done, isWanted, priority, path }) => ({
    cells: [
      `${index}`,
      size === 0 ? '100 %' : percent(done, size),
      formatBytes(size),
      isWanted ? priority : 'skip',
      printable(path),
    ],
  }));
  output.table(FILES, rows);
}

const PEERS: readonly Column[] = [
  { heading: 'Has', isRight: true },
  { heading: 'Down', isRight: true, dropsAt: 2 },
  { heading: 'Up', isRight: true, dropsAt: 1 },
  { heading: 'Over', dropsAt: 3 },
  { heading: 'Address' },
  { heading: 'Encryption', dropsAt: 3 },
  { heading: 'Program' },
];

const CARRIERS = { tcp: 'TCP', utp: 'uTP' } as const;

export function showPeers(output: Output, peers: readonly PeerSummary[], share: ShareSummary): void {
  for (const peer of peers) output.event('peer', peer);
  if (peers.length === 0) return output.info(printable(whyNobody(share)));
  const rows = peers.map(
    ({ progress, downloadRate, uploadRate, transport, address, encryption, client }) => ({
      cells: [
        `${Math.floor(100 * progress)} %`,
        rate(downloadRate),
        rate(uploadRate),
        CARRIERS[transport],
        address,
        encryption,
        printable(client),
      ],
    }),
  );
  output.table(PEERS, rows);
}

function whyNobody({ phase, id, isFinished, searchTrouble }: ShareSummary): string {
  if (isFinished) return `no peer is connected: share ${id} has reached its goal, and is paused`;
  if (phase === 'paused') return `no peer is connected: share ${id} is paused`;
  if (phase === 'waiting') return `no peer is connected: share ${id} waits for its turn`;
  return searchTrouble === null ? 'no peer is connected' : `no peer is connected: ${searchTrouble}`;
}

const TRACKERS: readonly Column[] = [
  { heading: 'State' },
  { heading: 'Have it', isRight: true, dropsAt: 2 },
  { heading: 'Want it', isRight: true, dropsAt: 1 },
  { heading: 'Address' },
];

export function showTrackers(output: Output, trackers: readonly TrackerSummary[], share: ShareSummary): void {
  for (const tracker of trackers) output.event('tracker', tracker);
  if (trackers.length === 0) {
    const isRunning = share.phase !== 'paused' && share.phase !== 'waiting';
    return output.info(
      isRunning ? 'it has no trackers' : `share ${share.id} does not run: no tracker is asked`,
    );
  }
  const rows = trackers.map(({ state, url, message, seeders, leechers }) => ({
    cells: [state, `${seeders ?? '-'}`, `${leechers ?? '-'}`, printable(url)],
    ...(message === undefined ? {} : { notes: [printable(message)] }),
  }));
  output.table(TRACKERS, rows);
}

const WEB_SEEDS: readonly Column[] = [{ heading: 'State' }, { heading: 'Web seed' }];

export function showWebSeeds(output: Output, webSeeds: readonly WebSeedSummary[]): void {
  for (const webSeed of webSeeds) output.event('web-seed', webSeed);
  if (webSeeds.length === 0) return;
  const rows = webSeeds.map(({ state, url, message }) => ({
    cells: [state, printable(url)],
    ...(message === undefined ? {} : { notes: [printable(message)] }),
  }));
  output.table(WEB_SEEDS, rows);
}
