/** The priorities of files in qBittorrent's numbers: 0 not wanted, 1 normal, 6 high, 7 highest. It knows no low. */
import { ShoalError } from '../../../ground/errors.ts';
import type { RosterEntry } from '../roster/entry.ts';
import type { Roster } from '../roster/roster.ts';
import type { Priority } from '../core/preferences.ts';

const NUMBERS: Readonly<Record<Priority, number>> = { low: 1, normal: 1, high: 6 };
/** 4 is "mixed" of folders, which older versions took for normal. */
const PRIORITIES: Readonly<Record<number, Priority | undefined>> = {
  1: 'normal',
  4: 'normal',
  6: 'high',
  7: 'high',
};

/** @returns undefined for "not wanted" @throws ShoalError bad-argument */
export function priorityOf(number: number): Priority | undefined {
  const priority = PRIORITIES[number];
  if (priority === undefined && number !== 0)
    throw new ShoalError('bad-argument', `${number} is no priority: 0, 1, 6 and 7 are`);
  return priority;
}

export function numberOfFiles({ stored }: RosterEntry): (file: number) => number {
  const unwanted = new Set(stored.preferences.unwanted);
  return (file) => (unwanted.has(file) ? 0 : NUMBERS[stored.preferences.priorities[file] ?? 'normal']);
}

/** @throws ShoalError bad-argument, unsupported */
export async function setFilePriority(
  roster: Roster,
  entry: RosterEntry,
  files: readonly number[],
  number: number,
): Promise<void> {
  const priority = priorityOf(number);
  const count = entry.metainfo?.info.files.length;
  if (count === undefined) throw new ShoalError('unsupported', 'the metadata is not known yet');
  const unwanted = new Set(entry.stored.preferences.unwanted);
  const priorities = { ...entry.stored.preferences.priorities };
  for (const file of files) {
    if (!Number.isSafeInteger(file)) throw new ShoalError('bad-argument', 'files are named by their index');
    if (file < 0 || file >= count) throw new ShoalError('unsupported', `"${entry.name}" has no file ${file}`);
    if (priority === undefined) unwanted.add(file);
    else {
      unwanted.delete(file);
      priorities[file] = priority;
    }
  }
  roster.change(entry, { priorities });
  await roster.select(entry, [...unwanted]);
}
