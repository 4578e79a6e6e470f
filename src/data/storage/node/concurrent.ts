/** Work on many files, some of them side by side. */

/** Runs `work` for each entry, some side by side; the first failure ends it. */
export async function forEachConcurrent<T>(
  entries: readonly T[],
  limit: number,
  work: (entry: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < entries.length) {
      try {
        await work(entries[next++]!);
      } catch (error) {
        next = entries.length;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, entries.length) }, lane));
}
