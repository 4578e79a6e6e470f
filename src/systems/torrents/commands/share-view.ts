/** The view of a share on a terminal, never wider than the terminal, and its plain line elsewhere. */
import { formatCount } from '../../../ground/count.ts';
import { decodeHave, type ReportPhase, type ShareReport, wordOf } from '../share/report.ts';
import { trackerTroubleOf, webSeedTroubleOf } from '../share/status.ts';
import { drawBar, drawPieceMap, type Palette } from '../../../cli/terminal/draw.ts';
import type { Output } from '../../../cli/output.ts';
import { GLYPHS } from '../../../cli/terminal/glyphs.ts';
import {
  columnsOf,
  fit,
  fitEnd,
  formatBytes,
  formatDuration,
  formatRate,
  padTo,
  printable,
} from '../../../cli/terminal/format.ts';

const PHASES: Readonly<Record<ReportPhase, string>> = {
  metadata: 'asking for metadata',
  checking: 'checking what is here',
  fetching: 'fetching',
  resting: 'resting',
  paused: 'paused',
  waiting: 'waiting for its turn',
  seeding: 'seeding',
  failed: 'failed',
  stopped: 'stopped',
};

const MAX_TROUBLES = 3;

/** The lines of a view; pure, so that a test can look at it at any width. */
export function renderShare(status: ShareReport, columns: number, palette: Palette): string[] {
  const width = Math.max(20, Math.min(columns, 100));
  const have = decodeHave(status);
  const phase = PHASES[status.phase];
  const name = fit(printable(status.name), Math.max(8, width - phase.length - 1));
  const gap = ' '.repeat(Math.max(1, width - columnsOf(name) - phase.length));
  const lines = [`${palette.bold(name)}${gap}${palette.accent(phase)}`];
  if (status.totalBytes > 0) lines.push(renderBar(status, width, palette));
  lines.push(fit(renderRates(status), width));
  if (have !== undefined && have.length > 1 && status.phase !== 'metadata' && status.phase !== 'checking') {
    const map = padTo(drawPieceMap(have, width - 2), Math.min(width - 2, have.length));
    lines.push(`${GLYPHS.edges[0]}${palette.good(map)}${GLYPHS.edges[1]}`);
  }
  for (const { message } of status.troubles.slice(0, MAX_TROUBLES))
    lines.push(palette.bad(fitEnd(printable(message), width)));
  const trouble = trackerTroubleOf(status.trackers) ?? webSeedTroubleOf(status.webSeeds);
  if (trouble !== undefined) lines.push(palette.bad(fitEnd(printable(trouble), width)));
  const { dht } = status;
  if (
    dht !== undefined &&
    status.peers === 0 &&
    (status.phase === 'metadata' || status.phase === 'fetching')
  ) {
    lines.push(palette.dim(fit(describeSearch(dht), width)));
  }
  return lines;
}

/** The search in the DHT for a share without peers. */
function describeSearch(dht: NonNullable<ShareReport['dht']>): string {
  if (dht.found > 0) return `the DHT names ${formatCount(dht.found, 'peer')}: connecting`;
  if (!dht.isReady) return 'no DHT node has answered yet (see: shoal dht status)';
  return dht.rounds === 0
    ? 'asking the DHT'
    : 'the DHT knows no peer of this share: asking again from time to time';
}

function renderBar(status: ShareReport, width: number, palette: Palette): string {
  const fraction = status.doneBytes / status.totalBytes;
  const percent = `${(Math.floor(fraction * 1000) / 10).toFixed(1)} %`.padStart(8);
  const amount = ` ${formatBytes(status.doneBytes)} of ${formatBytes(status.totalBytes)}`;
  const room = width - percent.length - amount.length;
  const bar = room >= 10 ? drawBar(fraction, room) : '';
  return `${palette.good(bar)}${percent}${room >= 0 ? amount : ''}`;
}

function renderRates(status: ShareReport): string {
  const peers = formatCount(status.peers, 'peer');
  const seeds = status.seeds > 0 ? ` (${formatCount(status.seeds, 'seed')})` : '';
  const parts = [
    `${GLYPHS.down} ${formatRate(status.downloadRate)}`,
    `${GLYPHS.up} ${formatRate(status.uploadRate)}`,
    peers + seeds,
  ];
  if (status.secondsLeft !== undefined) parts.push(`${formatDuration(status.secondsLeft)} left`);
  if (status.phase === 'seeding') parts.push(`${formatBytes(status.uploadedBytes)} given`);
  return parts.join('  ');
}

/** Shows progress: redrawn on a terminal, elsewhere a line from time to time. */
export function showShare(output: Output, status: ShareReport): void {
  output.progress(
    (columns, palette) => renderShare(status, columns, palette),
    () => describeShare(status),
  );
}

function describeShare(status: ShareReport): string {
  const percent =
    status.totalBytes === 0 ? '' : ` ${((100 * status.doneBytes) / status.totalBytes).toFixed(1)} %`;
  const rates = `down ${formatRate(status.downloadRate)}, up ${formatRate(status.uploadRate)}`;
  const phase = status.phase === 'waiting' ? PHASES.waiting : wordOf(status.phase);
  return `${printable(status.name)}: ${phase}${percent}, ${rates}, ${formatCount(status.peers, 'peer')}`;
}
