/** Preferences: what a person wants of one share. */

/** Of files within a share: 1 to 7 as the picker counts. 7 is for the ends of files that come first. */
export const PRIORITIES: Readonly<Record<Priority, number>> = { low: 1, normal: 4, high: 6 };
export type Priority = 'low' | 'normal' | 'high';
export type FilePriority = Priority;

/** The setting of the daemon holds where a preference is absent. */
export interface SharePreferences {
  readonly isPaused: boolean;
  /** It was paused because it had reached a goal. */
  readonly isFinished?: boolean | undefined;
  /** Among those that wait; the lowest first. */
  readonly position: number;
  /** Before the position, and where a limit is shared. */
  readonly priority: Priority;
  /** Does not wait for others. */
  readonly isForced: boolean;
  readonly labels: readonly string[];
  /** Bytes a second. */
  readonly downloadLimit?: number | undefined;
  readonly uploadLimit?: number | undefined;
  /** The limits of all do not hold for it. */
  readonly ignoresLimits: boolean;
  /** Null for none, whatever the settings say. */
  readonly ratioGoal?: number | null | undefined;
  /** Minutes, also parts of one. */
  readonly seedingGoal?: number | null | undefined;
  readonly idleGoal?: number | null | undefined;
  readonly maxPeers?: number | undefined;
  /** Indexes of files that are not wanted. */
  readonly unwanted: readonly number[];
  /** Which files are wanted, while it is not known what is in it: globs over paths, or ranges of indexes (BEP 53). */
  readonly selectGlobs?: readonly string[] | undefined;
  readonly selectRanges?: readonly (readonly [number, number])[] | undefined;
  /** By index of the file; normal when absent. */
  readonly priorities: Readonly<Record<number, Priority>>;
  /** In order, rather than the rarest first. */
  readonly isSequential: boolean;
  /** The first and the last pieces of each file before the others. */
  readonly isEndsFirst?: boolean | undefined;
  /** What it is called in lists; its files keep their names. */
  readonly name?: string | undefined;
  /** Only what somebody reads is fetched. */
  readonly isOnDemand: boolean;
  /** The daemon made the files itself, of what somebody sent it: they go when data is removed. */
  readonly isCopy?: boolean | undefined;
  /** Where it goes when it is whole. */
  readonly doneDir?: string | undefined;
  /** Announce URLs besides those of the torrent or the link. */
  readonly trackers: readonly string[];
  /** Instead of all of those: tiers of announce URLs. */
  readonly announce?: readonly (readonly string[])[] | undefined;
  /** Absent: its peers are looked for there when the daemon uses it. From the next start of the share on. */
  readonly usesDht?: boolean | undefined;
  readonly usesLsd?: boolean | undefined;
  /** It shows each peer one piece at a time (BEP 16). */
  readonly isSuperSeeding?: boolean | undefined;
}

export const DEFAULT_PREFERENCES: SharePreferences = {
  isPaused: false,
  position: 0,
  priority: 'normal',
  isForced: false,
  labels: [],
  ignoresLimits: false,
  unwanted: [],
  priorities: {},
  isSequential: false,
  isOnDemand: false,
  trackers: [],
};
