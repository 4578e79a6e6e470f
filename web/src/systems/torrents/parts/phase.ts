/** How a share is doing, in plain words. */
import type { ShareSummary } from '../api.ts';
import { formatBytes, formatDuration, formatPercent } from '../../../shell/format.ts';
import type { Messages } from '../texts/index.ts';

export type Tone = 'busy' | 'good' | 'idle' | 'bad';

export function toneOf({ phase, trouble }: ShareSummary): Tone {
  if (phase === 'failed' || phase === 'resting' || trouble !== null) return 'bad';
  if (phase === 'seeding') return 'good';
  return phase === 'paused' || phase === 'waiting' ? 'idle' : 'busy';
}

export function partOf({ totalBytes, doneBytes }: ShareSummary): number {
  return totalBytes === 0 ? 0 : doneBytes / totalBytes;
}

/** Shortens addresses to their hosts, for a line that is cut where it does not fit: the reason behind an address stays in view. */
export function shorten(words: string): string {
  return words.replace(/\b[a-z]+:\/\/(\[[^\]\s]+\]|[^/\s:]+)(:\d+)?[^\s:]*/gi, '$1');
}

/** One line, such as `412 MB of 1.4 GB · 3 min left · from 12 peers`. */
export function describe(share: ShareSummary, text: Messages): string {
  const { phase, totalBytes, doneBytes, secondsLeft, peers, trouble, searchTrouble } = share;
  if (trouble !== null) return trouble;
  const whole = formatBytes(totalBytes);
  const amount = doneBytes >= totalBytes ? whole : text.ofSize(formatBytes(doneBytes), whole);
  const who = phase === 'seeding' ? text.toPeers(peers) : text.fromPeers(peers);
  const isUnnamed =
    phase === 'fetching' || phase === 'seeding' || (phase === 'metadata' && searchTrouble !== null);
  const parts: (string | undefined)[] = [
    isUnnamed ? undefined : text.phaseName[phase],
    totalBytes === 0 ? undefined : amount,
    phase === 'checking' && totalBytes > 0 ? formatPercent(doneBytes / totalBytes) : undefined,
    phase === 'fetching' && secondsLeft !== null ? text.timeLeft(formatDuration(secondsLeft)) : undefined,
    phase === 'fetching' || phase === 'seeding' || phase === 'metadata'
      ? peers === 0
        ? (searchTrouble ?? text.noPeers)
        : who
      : undefined,
  ];
  return parts.filter((part) => part !== undefined).join(' · ');
}
