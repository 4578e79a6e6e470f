/**
 * Which shares may run: all that are not paused, or, where the number of downloads or seeds is limited, the first in the
 * queue. A running share keeps its place; a share on which nothing moves takes none.
 */

export interface Candidate {
  readonly id: number;
  readonly priority: 'low' | 'normal' | 'high';
  readonly position: number;
  readonly isForced: boolean;
  /** All wanted data is here. */
  readonly isWhole: boolean;
  readonly isRunning: boolean;
  /** Nothing moved for a while. */
  readonly isStalled: boolean;
  readonly labels: readonly string[];
}

export interface ActivityLimits {
  readonly maxDownloads: number | null;
  readonly maxSeeds: number | null;
  /** Of downloads, by label. */
  readonly maxOfLabel: ReadonlyMap<string, number>;
  /** No share may run. */
  readonly holdsAll: boolean;
  /** No share may fetch. */
  readonly holdsDownloads: boolean;
}

const RANK: Readonly<Record<Candidate['priority'], number>> = { high: 0, normal: 1, low: 2 };

/** Ids of those that may run. */
export function decide(candidates: readonly Candidate[], limits: ActivityLimits): Set<number> {
  const allowed = new Set<number>();
  if (limits.holdsAll) return allowed;
  const { maxDownloads, maxSeeds, maxOfLabel, holdsDownloads } = limits;
  // Thousands are looked at every few seconds, mostly without any limit.
  if (maxDownloads === null && maxSeeds === null && maxOfLabel.size === 0 && !holdsDownloads)
    return new Set(candidates.map(({ id }) => id));
  const order = [...candidates].sort(
    (a, b) =>
      RANK[a.priority] - RANK[b.priority] ||
      Number(b.isRunning) - Number(a.isRunning) ||
      a.position - b.position ||
      a.id - b.id,
  );
  let downloads = limits.maxDownloads ?? Number.POSITIVE_INFINITY;
  let seeds = limits.maxSeeds ?? Number.POSITIVE_INFINITY;
  const ofLabel = new Map(limits.maxOfLabel);
  for (const { id, isForced, isWhole, isRunning, isStalled, labels } of order) {
    if (!isWhole && limits.holdsDownloads) continue;
    const takesNone = isForced || (isRunning && isStalled);
    if (takesNone) {
      allowed.add(id);
    } else if (isWhole) {
      if (seeds-- > 0) allowed.add(id);
    } else if (downloads > 0 && labels.every((label) => (ofLabel.get(label) ?? 1) > 0)) {
      downloads--;
      for (const label of labels) if (ofLabel.has(label)) ofLabel.set(label, ofLabel.get(label)! - 1);
      allowed.add(id);
    }
  }
  return allowed;
}
