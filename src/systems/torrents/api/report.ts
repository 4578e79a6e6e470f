/** The report on a roster entry: see `share/report.ts`. */
import type { RosterEntry } from '../roster/entry.ts';
import { encodeHave, type ShareReport } from '../share/report.ts';
import { phaseOf } from './summary.ts';

/** @param hasMap with the map of pieces */
export function reportOf(entry: RosterEntry, hasMap: boolean): ShareReport {
  const { share, totals, failure, isShortOfRoom, stored } = entry;
  const status = share?.status();
  const size = entry.size();
  const phase = phaseOf(entry);
  const { isPaused, isFinished } = stored.preferences;
  const trouble = failure === undefined ? [] : [{ code: failure.code, message: failure.message }];
  // It is at its place only when `doneAt` is set: a share that is whole may be moved first.
  const isHere = stored.doneAt !== undefined && (phase === 'seeding' || (isPaused && isFinished === true));
  return {
    downloadRate: 0,
    uploadRate: 0,
    peers: 0,
    seeds: 0,
    known: 0,
    secondsLeft: undefined,
    pieceCount: 0,
    trackers: [],
    webSeeds: [],
    ...status,
    phase,
    name: entry.name,
    totalBytes: status?.totalBytes ?? size.total,
    doneBytes: status?.doneBytes ?? size.done,
    downloadedBytes: totals.downloaded,
    uploadedBytes: totals.uploaded,
    troubles: isShortOfRoom ? trouble : (status?.troubles ?? []),
    webSeedCount: share?.webSeedCount ?? entry.metainfo?.webSeeds.length ?? 0,
    isDone: isHere,
    isFinished: isPaused && isFinished === true,
    failure: isShortOfRoom ? undefined : trouble[0],
    have: hasMap ? encodeHave(share?.pieceMap()) : undefined,
  };
}
