/** What the HTTP API gives, as types: `schemas.ts` says the same to programs. Types alone, so that the page can use them. */
import type { ErrorCode } from '../../../ground/errors.ts';
import type { FilePriority, Priority, Settings } from '../core/settings.ts';

export type {
  Feed,
  FilePriority,
  LabelSettings,
  Priority,
  ScheduleEntry,
  Settings,
} from '../core/settings.ts';

/** `resting`: the disk refuses; it goes on by itself. */
export type Phase =
  | 'paused'
  | 'waiting'
  | 'metadata'
  | 'checking'
  | 'fetching'
  | 'resting'
  | 'seeding'
  | 'failed';

export interface ShareSummary {
  readonly id: number;
  readonly hash: string;
  readonly name: string;
  readonly folder: string;
  readonly phase: Phase;
  readonly totalBytes: number;
  readonly doneBytes: number;
  readonly downloadRate: number;
  readonly uploadRate: number;
  readonly downloadedBytes: number;
  readonly uploadedBytes: number;
  readonly peers: number;
  readonly seeds: number;
  readonly secondsLeft: number | null;
  readonly labels: readonly string[];
  readonly downloadLimit: number | null;
  readonly uploadLimit: number | null;
  readonly isSequential: boolean;
  /** The first and the last pieces of each file first. */
  readonly isEndsFirst: boolean;
  readonly isOnDemand: boolean;
  readonly isInPlace: boolean;
  readonly fileCount: number;
  readonly addedAt: string;
  readonly doneAt: string | null;
  readonly priority: Priority;
  readonly place: number;
  readonly isForced: boolean;
  readonly ratioGoal: number | null;
  /** Minutes. */
  readonly seedingGoal: number | null;
  readonly idleGoal: number | null;
  /** Paused because it has reached a goal. */
  readonly isFinished: boolean;
  /** In all runs. */
  readonly fetchingSeconds: number;
  readonly seedingSeconds: number;
  readonly movedAt: string | null;
  readonly magnet: string;
  readonly trouble: string | null;
  readonly troubleCode: ErrorCode | null;
  readonly searchTrouble: string | null;
}

/** What became of a share whose data was to go as well. */
export interface Removed {
  /** False: it was shared in place, and stays. */
  readonly isDataRemoved: boolean;
  /** Where its data lies, or lay. */
  readonly folder: string;
}

export interface FileSummary {
  readonly index: number;
  readonly path: string;
  readonly size: number;
  /** Bytes that are here. */
  readonly done: number;
  readonly isWanted: boolean;
  readonly priority: FilePriority;
  readonly kind: 'video' | 'audio' | 'image' | 'text' | 'subtitles' | 'other';
  readonly url: string;
  /** For a player that can be given nothing else: with a key where the account does not open it. */
  readonly playerUrl: string;
}

export interface PeerSummary {
  readonly address: string;
  readonly client: string;
  /** Bytes a second, from it to us. */
  readonly downloadRate: number;
  readonly uploadRate: number;
  readonly downloadedBytes: number;
  readonly uploadedBytes: number;
  readonly progress: number;
  readonly isIncoming: boolean;
  readonly isInterested: boolean;
  readonly isChokingUs: boolean;
  readonly isPeerInterested: boolean;
  readonly isChoked: boolean;
}

export interface TrackerSummary {
  readonly url: string;
  readonly tier: number;
  readonly state: 'waiting' | 'asking' | 'working' | 'failed';
  readonly message?: string;
  readonly seeders?: number;
  readonly leechers?: number;
}

/** A web server that has the files (BEP 19). */
export interface WebSeedSummary {
  readonly url: string;
  readonly state: 'waiting' | 'asking' | 'working' | 'failed' | 'banned';
  readonly message?: string;
}

export interface BlocklistState {
  /** Of addresses that are not talked to. */
  readonly ranges: number;
  /** Why the list could not be fetched. */
  readonly trouble: string | null;
}

export interface FeedState {
  readonly url: string;
  readonly at: string | null;
  /** What failed, and why. */
  readonly trouble: string | null;
  readonly items: readonly { readonly title: string; readonly link: string }[];
}

export interface Trackers {
  readonly trackers: readonly TrackerSummary[];
  readonly webSeeds: readonly WebSeedSummary[];
  readonly dht: {
    readonly isReady: boolean;
    readonly rounds: number;
    readonly stored: number;
    readonly found: number;
  } | null;
  /** How peers are found besides trackers; all off for private shares. */
  readonly ways: { readonly dht: boolean; readonly pex: boolean; readonly lsd: boolean };
}

export interface Pieces {
  readonly pieceCount: number;
  readonly pieceLength: number;
  readonly have: readonly number[];
  readonly availability: readonly number[];
}

export interface Rates {
  readonly secondsEach: number;
  readonly download: readonly number[];
  readonly upload: readonly number[];
}

export interface LogLine {
  readonly at: string;
  readonly text: string;
}

export interface PeerState {
  readonly version: string;
  readonly peerPort: number;
  readonly downloadDir: string;
  readonly freeBytes: number | null;
  readonly dhtNodes: number | null;
  readonly downloadRate: number;
  readonly uploadRate: number;
  readonly downloadedBytes: number;
  readonly uploadedBytes: number;
  /** Files and folders that are being read to be shared. */
  readonly making: readonly { readonly path: string; readonly done: number; readonly total: number }[];
  readonly upSeconds: number;
  /** What holds now, whatever is set for the next start. */
  readonly inEffect: {
    readonly usesDht: boolean;
    readonly usesLsd: boolean;
    readonly usesPex: boolean;
    readonly peerPort: number;
    readonly decidedAtStart: readonly ('usesDht' | 'usesLsd' | 'peerPort')[];
  };
}

export type PeerSettings = Settings;

/** One of `link`, `torrent` and `path`. */
export interface AddRequest {
  readonly link?: string;
  /** A torrent file, in base64. */
  readonly torrent?: string;
  readonly path?: string;
  readonly folder?: string;
  /** With `torrent`: its data lies there, whole, and is shared in place. */
  readonly dataFolder?: string;
  /** With `path`: how its torrent is made. */
  readonly version?: 'v1' | 'v2' | 'hybrid';
  readonly pieceLength?: number;
  readonly isPrivate?: boolean;
  /** With `path`, also when it is shared already: other content takes the place of what is there. */
  readonly rereads?: boolean;
  readonly isSuperSeeding?: boolean;
  /** `HOST:PORT`: asked besides those that are found. */
  readonly peers?: readonly string[];
  /** Announce URLs besides its own. */
  readonly trackers?: readonly string[];
  readonly usesDht?: boolean;
  readonly usesLsd?: boolean;
  readonly ratioGoal?: number | null;
  readonly seedingGoal?: number | null;
  readonly isPaused?: boolean;
  readonly isOnDemand?: boolean;
  readonly isSequential?: boolean;
  readonly downloadLimit?: number | null;
  readonly uploadLimit?: number | null;
  /** Globs over paths or names of files. */
  readonly select?: readonly string[];
  readonly labels?: readonly string[];
}

/** What is absent stays as it is. */
export interface ChangeRequest {
  readonly isPaused?: boolean;
  readonly labels?: readonly string[];
  readonly downloadLimit?: number | null;
  readonly uploadLimit?: number | null;
  readonly isSequential?: boolean;
  readonly isEndsFirst?: boolean;
  /** What it is called in lists; null for its own name. */
  readonly name?: string | null;
  readonly isOnDemand?: boolean;
  readonly priority?: Priority;
  readonly isForced?: boolean;
  readonly place?: number;
  readonly ratioGoal?: number | null;
  readonly seedingGoal?: number | null;
  readonly idleGoal?: number | null;
  readonly maxPeers?: number | null;
  readonly announce?: readonly (readonly string[])[] | null;
  readonly files?: readonly FileChange[];
  readonly folder?: string;
}

export interface FileChange {
  readonly index: number;
  readonly isWanted?: boolean;
  readonly priority?: Priority;
}

/** What the daemon publishes under a key. */
export interface PublicationSummary {
  readonly id: number;
  readonly name: string;
  /** The public key, in hex. */
  readonly key: string;
  readonly keyName: string;
  /** The same for every version. */
  readonly link: string;
  readonly sequence: number | null;
  /** Number of the share that it names. */
  readonly share: number | null;
  readonly path: string | null;
  readonly size: number;
  /** Nodes of the DHT that keep it. */
  readonly stored: number | null;
  readonly isSuperseded: boolean;
  readonly putAt: string | null;
  readonly trouble: string | null;
}

/** What the daemon follows. */
export interface FollowSummary {
  readonly id: number;
  readonly link: string;
  readonly name: string;
  readonly key: string;
  readonly folder: string;
  readonly everySeconds: number;
  readonly state: 'looking' | 'fetching' | 'shown' | 'failed';
  readonly sequence: number | null;
  readonly path: string | null;
  /** Of the version that is being fetched. */
  readonly totalBytes: number;
  readonly doneBytes: number;
  readonly trouble: string | null;
  /** Told so far, in this run of the daemon. */
  readonly events: number;
}
