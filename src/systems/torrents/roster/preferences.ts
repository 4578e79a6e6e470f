/** The preferences of a share, in the terms of the driver that runs it. */
import { parseMagnet } from '../../../data/content/magnet.ts';
import type { FetchStrategy } from '../share/options.ts';
import { PRIORITIES, type SharePreferences } from '../core/preferences.ts';
import type { RosterEntry } from './entry.ts';

export function strategyOf({
  isSequential,
  isOnDemand,
  isEndsFirst,
  priorities,
}: SharePreferences): FetchStrategy {
  const byFile = Object.entries(priorities).map(
    ([file, level]) => [Number(file), PRIORITIES[level]] as const,
  );
  return { isSequential, isOnDemand, isEndsFirst: isEndsFirst === true, priorities: new Map(byFile) };
}

/** The trackers of a share: the person's own tiers, or those of its torrent and link and those that were added. */
export function tiersOf({ stored, metainfo }: RosterEntry): readonly (readonly string[])[] {
  const { announce, trackers } = stored.preferences;
  if (announce !== undefined) return announce;
  const link = stored.link === undefined ? undefined : parseMagnet(stored.link);
  const ofLink = link?.ok === true ? link.value.trackers : [];
  return [...(metainfo?.trackers ?? []), ...[...ofLink, ...trackers].map((url) => [url])];
}
