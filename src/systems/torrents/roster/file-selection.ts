/** Which files of a share are wanted: told to a share that runs, and asked by one that has just learnt what is in it. */
import type { Metainfo } from '../../../data/content/metainfo.ts';
import type { Share } from '../share/share.ts';
import { settleChoice } from './choose-files.ts';
import type { RosterEntry } from './entry.ts';
import type { EntryStore } from './entry-store.ts';

interface WantedFilesOptions {
  readonly entry: RosterEntry;
  readonly metainfo: Metainfo;
  readonly entries: Pick<EntryStore, 'update'>;
}

/**
 * The files that the preferences name; globs and ranges among these become indexes, and are written.
 * @throws ShoalError bad-argument when they name what is not there
 */
export function wantedFilesOf({ entry, metainfo, entries }: WantedFilesOptions): ReadonlySet<number> {
  const { preferences } = entry.stored;
  const settled = settleChoice(preferences, metainfo);
  if (settled !== preferences) entries.update(entry, { preferences: settled });
  return allBut(metainfo, settled.unwanted);
}

/** Tells a share which files its preferences leave. @throws ShoalError */
export async function applySelection(entry: RosterEntry): Promise<void> {
  const { share } = entry;
  // Without metadata, the share asks which files are wanted when that has come.
  if (share?.metainfo === undefined) return;
  if (share.phase !== 'checking') return selectNow(entry, share);
  // It has asked already: it is told when it knows what is here. A person does not wait for that.
  share
    .whenKnown()
    .then(() => selectNow(entry, share))
    .catch((error: unknown) => entry.log.add(`the files were not chosen: ${(error as Error).message}`));
}

async function selectNow({ stored }: RosterEntry, share: Share): Promise<void> {
  const { metainfo } = share;
  if (metainfo !== undefined) await share.select(allBut(metainfo, stored.preferences.unwanted));
}

function allBut({ info }: Metainfo, unwanted: readonly number[]): Set<number> {
  const not = new Set(unwanted);
  return new Set([...info.files.keys()].filter((file) => !not.has(file)));
}
