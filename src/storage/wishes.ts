/** What a person wants: of the peer as a whole, and of each share. */

/** What a person wants of the peer as a whole. */
export interface Settings {
  readonly startsAdded: boolean;
  /** Bytes a second, of all shares together; null for none. */
  readonly downloadLimit: number | null;
  readonly uploadLimit: number | null;
}

/** Of files within a share: 1 to 7 as the picker counts. */
export const PRIORITIES: Readonly<Record<FilePriority, number>> = { low: 1, normal: 4, high: 7 };
export type FilePriority = 'low' | 'normal' | 'high';

/** What a person wants of a share. Absent: the peer's own way. */
export interface Wishes {
  readonly isPaused: boolean;
  /** Among those that wait; the lowest first. */
  readonly position: number;
  readonly labels: readonly string[];
  /** Bytes a second. */
  readonly downloadLimit?: number | undefined;
  readonly uploadLimit?: number | undefined;
  /** Indexes of files that are not wanted. */
  readonly unwanted: readonly number[];
  /** By index of the file; normal when absent. */
  readonly priorities: Readonly<Record<number, FilePriority>>;
  /** In order, rather than the rarest first. */
  readonly isSequential: boolean;
  /** Only what somebody reads is fetched. */
  readonly isOnDemand: boolean;
  /** Announce URLs besides those of the torrent or the link. */
  readonly trackers: readonly string[];
}
