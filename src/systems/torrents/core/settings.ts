/** The settings of the daemon, and the preferences of each share. */

/** Of files within a share: 1 to 7 as the picker counts. 7 is for the ends of files that come first. */
export const PRIORITIES: Readonly<Record<Priority, number>> = { low: 1, normal: 4, high: 6 };
export type Priority = 'low' | 'normal' | 'high';
export type FilePriority = Priority;

/** What holds at some hours of some days. */
export interface ScheduleEntry {
  /** 0 is Sunday. */
  readonly days: readonly number[];
  /** `HH:MM` of local time; `to` before `from` is on the next day. */
  readonly from: string;
  readonly to: string;
  readonly mode: 'slow' | 'pause';
}

/** What holds for all shares that have a label. */
export interface LabelSettings {
  /** Where what is fetched with it goes. */
  readonly folder?: string | null | undefined;
  /** Bytes a second, of all its shares together. */
  readonly downloadLimit?: number | null | undefined;
  readonly uploadLimit?: number | null | undefined;
  /** Its shares that may fetch at once. */
  readonly maxDownloads?: number | null | undefined;
}

/** The settings of a label; undefined where it has none. Labels may be called as what every object has: `constructor`. */
export function labelOf(labels: Settings['labels'], name: string): LabelSettings | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}

/** What appears in a feed and fits is added. */
export interface Feed {
  readonly url: string;
  /** All of them in the title; behind a minus, none. */
  readonly words: string;
  readonly label: string | null;
}

/** The settings of the daemon. Limits are in bytes a second, of all shares together; null for none. */
export interface Settings {
  readonly startsAdded: boolean;
  readonly downloadLimit: number | null;
  readonly uploadLimit: number | null;
  /** The slow limits hold now. */
  readonly isSlow: boolean;
  readonly slowDownloadLimit: number | null;
  readonly slowUploadLimit: number | null;
  readonly schedule: readonly ScheduleEntry[];
  /** Network interfaces whose traffic costs money, such as `wwan0`. */
  readonly meteredInterfaces: readonly string[];
  readonly onMetered: 'slow' | 'pause';
  /** Shares that may fetch, or seed, at once; null for all. */
  readonly maxDownloads: number | null;
  readonly maxSeeds: number | null;
  /** A share on which nothing moves for so many minutes takes no place; null: it does. */
  readonly stalledMinutes: number | null;
  /**
   * A share is paused that gave back so many times what it took, that has seeded for so many minutes, or of which
   * nothing was asked for so many minutes.
   */
  readonly ratioGoal: number | null;
  readonly seedingGoal: number | null;
  readonly idleGoal: number | null;
  /** Connections, in all and of each share. */
  readonly maxPeers: number | null;
  readonly maxPeersEach: number;
  /** How peers are found, and where they find us: from the next start of the daemon on. */
  readonly usesDht: boolean;
  readonly usesLsd: boolean;
  readonly peerPort: number | null;
  /** By exchange: from the next start of each share on. */
  readonly usesPex: boolean;
  /** MiB for what is sent. */
  readonly cacheSize: number;
  /** Null: as `shoal up` was told. */
  readonly downloadDir: string | null;
  /** Where shares lie while they are fetched; null: where they stay. */
  readonly incompleteDir: string | null;
  /** Where fetched shares go when they are whole; null: they stay. */
  readonly doneDir: string | null;
  /** Torrent files that appear in it are added; null for none. */
  readonly watchDir: string | null;
  /** Those are removed, rather than renamed. */
  readonly removesWatched: boolean;
  /** With less on the disk nothing is fetched. */
  readonly minFreeBytes: number;
  readonly labels: Readonly<Record<string, LabelSettings>>;
  /** Labels that are offered although no share has them, and none of the settings above are theirs. */
  readonly tags: readonly string[];
  readonly feeds: readonly Feed[];
  /** Between two fetches of a feed. */
  readonly feedMinutes: number;
  readonly usesBlocklist: boolean;
  readonly blocklistUrl: string;
  /** Addresses of single peers that are not talked to, besides those. */
  readonly bannedAddresses: readonly string[];
  /** Addresses in our own network may be followed whoever names them: feeds, torrents, redirects. */
  readonly mayReachPrivate: boolean;
}

export const DEFAULT_SETTINGS: Settings = {
  startsAdded: true,
  downloadLimit: null,
  uploadLimit: null,
  isSlow: false,
  slowDownloadLimit: 200 * 1024,
  slowUploadLimit: 50 * 1024,
  schedule: [],
  meteredInterfaces: [],
  onMetered: 'pause',
  maxDownloads: null,
  maxSeeds: null,
  stalledMinutes: 30,
  ratioGoal: null,
  seedingGoal: null,
  idleGoal: null,
  maxPeers: null,
  maxPeersEach: 100,
  usesDht: true,
  usesLsd: true,
  peerPort: null,
  usesPex: true,
  cacheSize: 8,
  downloadDir: null,
  incompleteDir: null,
  doneDir: null,
  watchDir: null,
  removesWatched: false,
  minFreeBytes: 0,
  labels: {},
  tags: [],
  feeds: [],
  feedMinutes: 30,
  usesBlocklist: false,
  blocklistUrl: '',
  bannedAddresses: [],
  mayReachPrivate: false,
};

/** What a person wants of one share. The setting of the daemon holds where a preference is absent. */
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
