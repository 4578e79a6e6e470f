/** The priorities of files in qBittorrent's numbers: 0 not wanted, 1 normal, 6 high, 7 highest. It knows no low. */
import type { Held } from '../../session/held.ts';
import type { Session } from '../../session/session.ts';
import type { Priority } from '../../storage/wishes.ts';

const NUMBERS: Readonly<Record<Priority, number>> = { low: 1, normal: 1, high: 6 };

export function mannerOfFiles({ entry }: Held): (file: number) => number {
  const unwanted = new Set(entry.wishes.unwanted);
  return (file) => (unwanted.has(file) ? 0 : NUMBERS[entry.wishes.priorities[file] ?? 'normal']);
}

export async function setFilePriority(
  session: Session,
  held: Held,
  files: readonly number[],
  number: number,
): Promise<void> {
  const count = held.metainfo?.info.files.length ?? 0;
  const chosen = files.filter((file) => file < count);
  const unwanted = new Set(held.entry.wishes.unwanted);
  const priorities = { ...held.entry.wishes.priorities };
  for (const file of chosen) {
    if (number === 0) unwanted.add(file);
    else unwanted.delete(file);
    if (number > 0) priorities[file] = number > 1 ? 'high' : 'normal';
  }
  session.change(held, { priorities });
  await session.select(held, [...unwanted]);
}
