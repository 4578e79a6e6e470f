/** When has a share given enough? */
import type { Settings, Wishes } from '../storage/wishes.ts';

export interface Given {
  readonly uploaded: number;
  readonly downloaded: number;
  /** Bytes of what is wanted: what counts for a share that was never fetched. */
  readonly size: number;
  /** Since somebody last took something, or since it runs. */
  readonly idleMinutes: number;
}

/** Why it is paused; undefined while it goes on. */
export function reachedGoal(
  given: Given,
  wishes: Pick<Wishes, 'ratioGoal' | 'idleGoal'>,
  settings: Pick<Settings, 'ratioGoal' | 'idleGoal'>,
): string | undefined {
  const ratio = wishes.ratioGoal === undefined ? settings.ratioGoal : wishes.ratioGoal;
  const idle = wishes.idleGoal === undefined ? settings.idleGoal : wishes.idleGoal;
  const taken = given.downloaded > 0 ? given.downloaded : given.size;
  if (ratio !== null && taken > 0 && given.uploaded >= ratio * taken)
    return `it has given back ${ratio} times what it took`;
  if (idle !== null && given.idleMinutes >= idle) return `nobody asked for it in ${idle} minutes`;
  return undefined;
}
