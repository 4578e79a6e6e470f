/** A share as the HTTP API tells it (`SHARE` in `schemas/share.ts`). */
import type { RosterEntry } from '../roster/entry.ts';
import { searchTroubleOf } from '../share/status.ts';
import type { Phase, ShareSummary } from './types.ts';

export function summaryOf(entry: RosterEntry): ShareSummary {
  const { stored, share, totals, times } = entry;
  const status = share?.status();
  const size = entry.size();
  const { preferences } = stored;
  return {
    id: stored.id,
    hash: stored.key,
    name: entry.name,
    folder: entry.downloadDir,
    phase: phaseOf(entry),
    totalBytes: size.total,
    doneBytes: size.done,
    downloadRate: status?.downloadRate ?? 0,
    uploadRate: status?.uploadRate ?? 0,
    downloadedBytes: totals.downloaded,
    uploadedBytes: totals.uploaded,
    peers: status?.peers ?? 0,
    seeds: status?.seeds ?? 0,
    secondsLeft: status?.secondsLeft ?? null,
    labels: preferences.labels,
    downloadLimit: preferences.downloadLimit ?? null,
    uploadLimit: preferences.uploadLimit ?? null,
    isSequential: preferences.isSequential,
    isEndsFirst: preferences.isEndsFirst === true,
    isOnDemand: preferences.isOnDemand,
    usesDht: preferences.usesDht !== false,
    usesLsd: preferences.usesLsd !== false,
    isInPlace: stored.kind === 'place',
    follow: stored.follow ?? null,
    fileCount: entry.fileCount,
    addedAt: stored.addedAt.toISOString(),
    doneAt: stored.doneAt?.toISOString() ?? null,
    priority: preferences.priority,
    place: preferences.position,
    isForced: preferences.isForced,
    ratioGoal: preferences.ratioGoal ?? null,
    seedingGoal: preferences.seedingGoal ?? null,
    idleGoal: preferences.idleGoal ?? null,
    isFinished: preferences.isPaused && preferences.isFinished === true,
    fetchingSeconds: times.fetchingSeconds,
    seedingSeconds: times.seedingSeconds,
    movedAt: times.movedAt?.toISOString() ?? null,
    magnet: entry.magnet,
    trouble: entry.failure?.message ?? status?.troubles[0]?.message ?? null,
    troubleCode: entry.failure?.code ?? status?.troubles[0]?.code ?? null,
    searchTrouble: (status === undefined ? undefined : searchTroubleOf(status)) ?? null,
  };
}

export function phaseOf({ stored, share, failure, isShortOfRoom, isInQueue }: RosterEntry): Phase {
  if (failure !== undefined) return isShortOfRoom ? 'resting' : 'failed';
  if (stored.preferences.isPaused) return 'paused';
  if (isInQueue || share === undefined || share.phase === 'stopped') return 'waiting';
  return share.phase;
}
