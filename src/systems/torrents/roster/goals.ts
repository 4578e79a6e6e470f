/** When has a share given enough? */
import type { Settings, SharePreferences } from '../core/settings.ts';

export interface Given {
  readonly uploaded: number;
  readonly downloaded: number;
  /** Bytes of what is wanted: what counts for a share that was never fetched. */
  readonly size: number;
  /** In all runs. */
  readonly seedingMinutes: number;
  /** Since somebody last took something, or since it runs. */
  readonly idleMinutes: number;
}

type Goals = Pick<SharePreferences, 'ratioGoal' | 'seedingGoal' | 'idleGoal'>;
type GoalsOfAll = Pick<Settings, 'ratioGoal' | 'seedingGoal' | 'idleGoal'>;

/** What holds for a share: its own goal, which may be none, or that of all. */
export function goalsOf(
  preferences: Goals,
  settings: GoalsOfAll,
): { readonly ratio: number | null; readonly seeding: number | null; readonly idle: number | null } {
  const own = (goal: number | null | undefined, ofAll: number | null): number | null =>
    goal === undefined ? ofAll : goal;
  return {
    ratio: own(preferences.ratioGoal, settings.ratioGoal),
    seeding: own(preferences.seedingGoal, settings.seedingGoal),
    idle: own(preferences.idleGoal, settings.idleGoal),
  };
}

/** Why it is paused; undefined while it goes on. */
export function reachedGoal(given: Given, preferences: Goals, settings: GoalsOfAll): string | undefined {
  const { ratio, seeding, idle } = goalsOf(preferences, settings);
  const taken = given.downloaded > 0 ? given.downloaded : given.size;
  if (ratio !== null && taken > 0 && given.uploaded >= ratio * taken)
    return `it has given back ${ratio} times what it took`;
  if (seeding !== null && given.seedingMinutes >= seeding) return `it has seeded for ${seeding} minutes`;
  if (idle !== null && given.idleMinutes >= idle) return `nobody asked for it in ${idle} minutes`;
  return undefined;
}
