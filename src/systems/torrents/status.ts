/** What `shoal status` and the page say of the torrents system. */
import { formatCount } from '../../ground/count.ts';
import type { SystemStatus } from '../../host/system.ts';
import { formatRate } from '../../cli/terminal/format.ts';
import { summaryOf } from './api/summary.ts';
import type { Roster } from './roster/roster.ts';

export function statusOf({ all, peer }: Pick<Roster, 'all' | 'peer'>): SystemStatus {
  const shares = all.map(summaryOf);
  const sum = (read: (share: (typeof shares)[number]) => number): number =>
    shares.reduce((total, share) => total + read(share), 0);
  const phases: Record<string, number> = {};
  for (const { phase } of shares) phases[phase] = (phases[phase] ?? 0) + 1;
  const downloadRate = sum((share) => share.downloadRate);
  const uploadRate = sum((share) => share.uploadRate);
  const peers = sum((share) => share.peers);
  const counts = Object.entries(phases).map(([phase, count]) => `${count} ${phase}`);
  const parts = [
    `${formatCount(shares.length, 'share')}${counts.length === 0 ? '' : ` (${counts.join(', ')})`}`,
    formatCount(peers, 'peer'),
    `down ${formatRate(downloadRate)}, up ${formatRate(uploadRate)}`,
    `port ${peer.port}`,
  ];
  return {
    line: parts.join('; '),
    facts: { shares: shares.length, phases, peers, downloadRate, uploadRate, peerPort: peer.port },
  };
}
