/** A share as the HTTP API tells it (`SHARE` in `schemas.ts`). */
import type { Held } from '../../session/held.ts';
import type { Phase } from './schemas.ts';

export interface ShareSummary {
  readonly id: number;
  readonly hash: string;
  readonly name: string;
  readonly folder: string;
  readonly phase: Phase;
  readonly totalBytes: number;
  readonly doneBytes: number;
  readonly downloadRate: number;
  readonly uploadRate: number;
  readonly downloadedBytes: number;
  readonly uploadedBytes: number;
  readonly peers: number;
  readonly seeds: number;
  readonly secondsLeft: number | null;
  readonly labels: readonly string[];
  readonly downloadLimit: number | null;
  readonly uploadLimit: number | null;
  readonly isSequential: boolean;
  readonly isOnDemand: boolean;
  readonly isInPlace: boolean;
  readonly fileCount: number;
  readonly addedAt: string;
  readonly doneAt: string | null;
  readonly magnet: string;
  readonly trouble: string | null;
}

export function summaryOf(held: Held): ShareSummary {
  const { entry, share, totals } = held;
  const status = share?.status();
  const size = held.size();
  const { wishes } = entry;
  return {
    id: entry.id,
    hash: entry.key,
    name: held.name,
    folder: held.downloadDir,
    phase: phaseOf(held),
    totalBytes: size.total,
    doneBytes: size.done,
    downloadRate: status?.downloadRate ?? 0,
    uploadRate: status?.uploadRate ?? 0,
    downloadedBytes: totals.downloaded,
    uploadedBytes: totals.uploaded,
    peers: status?.peers ?? 0,
    seeds: status?.seeds ?? 0,
    secondsLeft: status?.secondsLeft ?? null,
    labels: wishes.labels,
    downloadLimit: wishes.downloadLimit ?? null,
    uploadLimit: wishes.uploadLimit ?? null,
    isSequential: wishes.isSequential,
    isOnDemand: wishes.isOnDemand,
    isInPlace: entry.kind === 'place',
    fileCount: held.fileCount,
    addedAt: entry.addedAt.toISOString(),
    doneAt: entry.doneAt?.toISOString() ?? null,
    magnet: held.magnet,
    trouble: held.failure?.message ?? status?.troubles[0]?.message ?? null,
  };
}

function phaseOf({ entry, share, isWaiting, failure }: Held): Phase {
  if (failure !== undefined) return 'failed';
  if (entry.wishes.isPaused) return 'paused';
  if (isWaiting || share === undefined || share.phase === 'stopped') return 'waiting';
  return share.phase === 'paused' ? 'resting' : share.phase;
}
