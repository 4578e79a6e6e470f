/** A share as the HTTP API tells it (`SHARE` in `schemas.ts`). */
import type { Held } from '../roster/held.ts';
import { searchTroubleOf } from '../share/status.ts';
import type { Phase, ShareSummary } from './types.ts';

export const PHASES: readonly Phase[] = [
  'paused',
  'waiting',
  'metadata',
  'checking',
  'fetching',
  'resting',
  'seeding',
  'failed',
];

export function summaryOf(held: Held): ShareSummary {
  const { entry, share, totals, times } = held;
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
    isEndsFirst: wishes.isEndsFirst === true,
    isOnDemand: wishes.isOnDemand,
    isInPlace: entry.kind === 'place',
    fileCount: held.fileCount,
    addedAt: entry.addedAt.toISOString(),
    doneAt: entry.doneAt?.toISOString() ?? null,
    priority: wishes.priority,
    place: wishes.position,
    isForced: wishes.isForced,
    ratioGoal: wishes.ratioGoal ?? null,
    seedingGoal: wishes.seedingGoal ?? null,
    idleGoal: wishes.idleGoal ?? null,
    isFinished: wishes.isPaused && wishes.isFinished === true,
    fetchingSeconds: times.fetchingSeconds,
    seedingSeconds: times.seedingSeconds,
    movedAt: times.movedAt?.toISOString() ?? null,
    magnet: held.magnet,
    trouble: held.failure?.message ?? status?.troubles[0]?.message ?? null,
    troubleCode: held.failure?.code ?? status?.troubles[0]?.code ?? null,
    searchTrouble: (status === undefined ? undefined : searchTroubleOf(status)) ?? null,
  };
}

export function phaseOf({ entry, share, isWaiting, isQueued, failure, isShortOfRoom }: Held): Phase {
  if (failure !== undefined) return isShortOfRoom ? 'resting' : 'failed';
  if (entry.wishes.isPaused) return 'paused';
  if (isWaiting || isQueued || share === undefined || share.phase === 'stopped') return 'waiting';
  return share.phase === 'paused' ? 'resting' : share.phase;
}
