/** Comparing folders, and waiting for copies that other programs make. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Program } from './program.ts';
import { waitFor } from './wait.ts';

/**
 * Names a file of `a` that `b` lacks or has otherwise; undefined when all are equal.
 * @param needsEmpty false for clients that make no empty files
 */
export async function firstDifference(a: string, b: string, needsEmpty = true): Promise<string | undefined> {
  const entries = await readdir(a, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const twin = join(b, path.slice(a.length));
    const [left, right] = await Promise.all([readFile(path), readFile(twin).catch(() => undefined)]);
    if (left.length === 0 && right === undefined && !needsEmpty) continue;
    if (right === undefined) return `${twin} is missing`;
    if (!left.equals(right)) return `${twin} differs`;
  }
  return undefined;
}

/** Waits until a copy is whole. */
export async function waitForCopy(
  original: string,
  copy: string,
  program?: Program,
  needsEmpty = true,
): Promise<void> {
  try {
    await waitFor(
      async () => (await firstDifference(original, copy, needsEmpty)) === undefined,
      `copy in ${copy}`,
    );
  } catch (error) {
    const tail = program === undefined ? '' : `\n${program.name}: ${program.output.slice(-3000)}`;
    throw new Error(`${String(error)}: ${await firstDifference(original, copy, needsEmpty)}${tail}`);
  }
}
