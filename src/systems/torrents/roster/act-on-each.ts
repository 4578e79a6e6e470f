/** What a program asks for several shares: one that is refused keeps no other from it. */
import type { RosterEntry } from './entry.ts';

/** @throws what the first of them was refused with, after all were tried */
export async function actOnEach(
  entries: readonly RosterEntry[],
  act: (entry: RosterEntry) => unknown,
): Promise<void> {
  const failures: unknown[] = [];
  for (const entry of entries) {
    try {
      await act(entry);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
