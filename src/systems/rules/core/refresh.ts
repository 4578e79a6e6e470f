/** When a source is read again: after its interval, sooner after a failure, later and later while failures go on. */

/** After the first failure; it doubles up to the interval. */
const FIRST_RETRY_MS = 10 * 60_000;

export interface RefreshState {
  /** When it was last tried, in milliseconds since 1970; undefined before the first time. */
  readonly triedAt: number | undefined;
  /** In a row. */
  readonly failures: number;
}

/** In milliseconds since 1970: now or earlier when it is due. */
export function nextRefreshAt({ triedAt, failures }: RefreshState, intervalMs: number, now: number): number {
  if (triedAt === undefined) return now;
  // A clock that was set back must not put it off for years.
  const from = Math.min(triedAt, now);
  if (failures === 0) return from + intervalMs;
  return from + Math.min(intervalMs, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 30));
}
