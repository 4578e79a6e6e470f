/** How a share fetches: in which order, and whether all of it or only what somebody reads. */
import type { Geometry } from '../../../data/content/geometry.ts';
import type { Instant } from '../../../ground/units.ts';
import { piecePriorities } from '../../../data/storage/selection.ts';
import type { Swarm } from '../swarm/core/swarm.ts';

export interface FetchManner {
  /** In order, rather than the rarest first. */
  readonly isSequential: boolean;
  /** Only what somebody reads is fetched. */
  readonly isOnDemand: boolean;
  /** The first and the last pieces of each file before the others: players and previews need those. */
  readonly isEndsFirst: boolean;
  /** Which files come first: 1 low, 4 normal, 6 high; normal when absent. */
  readonly priorities: ReadonlyMap<number, number>;
}

/** @param files given when the selection or priorities changed */
export function applyManner(
  swarm: Swarm,
  now: Instant,
  { isSequential, isOnDemand, isEndsFirst, priorities }: FetchManner,
  files: { readonly geometry: Geometry; readonly wanted: ReadonlySet<number> } | undefined,
): void {
  if (swarm.share === undefined) return;
  const { picker } = swarm.share;
  picker.isSequential = isSequential;
  picker.isOnDemand = isOnDemand;
  swarm.downloads.hasNews = true;
  if (files !== undefined)
    swarm.handlePriorities(now, piecePriorities(files.geometry, files.wanted, priorities, isEndsFirst));
}
