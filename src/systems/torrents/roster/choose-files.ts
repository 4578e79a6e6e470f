/**
 * Which files of a share are wanted. A person or a link may choose them before the metadata is known: by globs over
 * paths, or by ranges of indexes (BEP 53). A share that runs is told; one that has just learnt what is in it asks.
 */
import { formatCount } from '../../../ground/count.ts';
import { matchesGlob } from 'node:path';
import type { Metainfo } from '../../../data/content/metainfo.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { SharePreferences } from '../core/preferences.ts';
import type { Share } from '../share/share.ts';
import type { RosterEntry } from './entry.ts';
import type { EntryStore } from './entry-store.ts';

/** Globs over the path of a file below the folder of its share, or over its name alone. */
export function isChosen(path: string, globs: readonly string[]): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return globs.some((glob) => matchesGlob(path, glob) || matchesGlob(name, glob));
}

/** @throws ShoalError bad-argument when none matches */
export function chooseFiles({ info }: Metainfo, globs: readonly string[]): Set<number> {
  const wanted = new Set<number>();
  for (const [index, file] of info.files.entries())
    if (!file.isPad && isChosen(file.path.join('/'), globs)) wanted.add(index);
  if (wanted.size === 0) throw noneChosen(info.files.filter(({ isPad }) => !isPad).length);
  return wanted;
}

/** The same of files that are known by their paths. @throws ShoalError bad-argument */
export function chooseAmong<F extends { readonly path: string }>(
  files: readonly F[],
  globs: readonly string[],
): readonly F[] {
  const chosen = files.filter(({ path }) => isChosen(path, globs));
  if (chosen.length === 0) throw noneChosen(files.length);
  return chosen;
}

function noneChosen(count: number): ShoalError {
  return new ShoalError(
    'bad-argument',
    `the selection matches ${count === 1 ? 'not the one file' : `none of the ${formatCount(count, 'file')}`}`,
  );
}

/**
 * The preferences with the choice made: indexes of unwanted files instead of globs or ranges. The same object when there
 * is nothing to choose.
 * @throws ShoalError bad-argument when nothing matches
 */
export function settleChoice<W extends Partial<SharePreferences>>(
  preferences: W,
  metainfo: Metainfo,
): W & Partial<SharePreferences> {
  const { selectGlobs, selectRanges } = preferences;
  if (selectGlobs === undefined && selectRanges === undefined) return preferences;
  const chosen = selectGlobs === undefined ? undefined : chooseFiles(metainfo, selectGlobs);
  const isWanted = (file: number): boolean =>
    chosen?.has(file) ?? selectRanges!.some(([first, last]) => file >= first && file <= last);
  const unwanted = [...metainfo.info.files.keys()].filter((file) => !isWanted(file));
  return { ...preferences, unwanted, selectGlobs: undefined, selectRanges: undefined };
}

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
