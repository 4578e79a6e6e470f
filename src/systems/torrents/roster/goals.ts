/** Goals: a share that has given enough is paused. */
import { formatCount } from '../../../ground/count.ts';
import type { Settings } from '../settings.ts';
import type { SharePreferences } from '../core/preferences.ts';
import { hasReachedRatio } from '../core/ratio.ts';

export interface Given {
  /** Bytes in all runs. */
  readonly uploaded: number;
  /** Wanted bytes. */
  readonly size: number;
  /** In all runs. */
  readonly seedingMinutes: number;
  /** Since data moved last, or since the share started. */
  readonly idleMinutes: number;
}

type Goals = Pick<SharePreferences, 'ratioGoal' | 'seedingGoal' | 'idleGoal'>;
type GoalsOfAll = Pick<Settings, 'ratioGoal' | 'seedingGoal' | 'idleGoal'>;

/** The goals of a share: its own, which may be none, or those of the settings. */
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

/** Below a minute and between two, seconds say more. */
export function describeMinutes(minutes: number): string {
  const isWhole = Number.isInteger(minutes);
  return isWhole ? formatCount(minutes, 'minute') : formatCount(Math.round(minutes * 60), 'second');
}

/** @returns the goal that was reached, in words; undefined while the share goes on */
export function reachedGoal(given: Given, preferences: Goals, settings: GoalsOfAll): string | undefined {
  const { ratio, seeding, idle } = goalsOf(preferences, settings);
  if (ratio !== null && hasReachedRatio(given.uploaded, given.size, ratio))
    return `it has sent ${ratio} times its size`;
  if (seeding !== null && given.seedingMinutes >= seeding)
    return `it has seeded for ${describeMinutes(seeding)}`;
  if (idle !== null && given.idleMinutes >= idle) return `nobody asked for it in ${idle} minutes`;
  return undefined;
}
