/** What a person wants of a share, in the terms of the peer that runs it. */
import { parseMagnet } from '../../../data/content/magnet.ts';
import type { FetchManner } from '../share/manner.ts';
import { PRIORITIES, type Wishes } from '../core/settings.ts';
import type { Held } from './held.ts';

export function mannerOf({ isSequential, isOnDemand, isEndsFirst, priorities }: Wishes): FetchManner {
  const byFile = Object.entries(priorities).map(
    ([file, level]) => [Number(file), PRIORITIES[level]] as const,
  );
  return { isSequential, isOnDemand, isEndsFirst: isEndsFirst === true, priorities: new Map(byFile) };
}

/** What it announces to: a person's own tiers, or those that came with it and those that were added. */
export function tiersOf({ entry, metainfo }: Held): readonly (readonly string[])[] {
  const { announce, trackers } = entry.wishes;
  if (announce !== undefined) return announce;
  const link = entry.link === undefined ? undefined : parseMagnet(entry.link);
  const ofLink = link?.ok === true ? link.value.trackers : [];
  return [...(metainfo?.trackers ?? []), ...[...ofLink, ...trackers].map((url) => [url])];
}
