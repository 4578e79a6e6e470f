/** What a share tells about itself, for people and programs. */
import type { ErrorCode } from '../ground/errors.ts';
import type { TrackerStatus } from '../tracker/core/announcer.ts';
import type { DhtFinderStatus } from './finders.ts';
/** `paused`: the disk refuses what is fetched; it goes on by itself when the cause is gone. */
export type SharePhase = 'metadata' | 'checking' | 'fetching' | 'paused' | 'seeding' | 'failed' | 'stopped';
/** What is wrong with the disk or the files on it, for people. */
export interface ShareTrouble {
    readonly code: ErrorCode;
    readonly message: string;
}
export interface PeerStatus {
    readonly address: string;
    readonly client: string;
    /** Bytes a second. */
    readonly downloadRate: number;
    readonly uploadRate: number;
    /** 0 to 1: how much of the share it has. */
    readonly progress: number;
}
export interface ShareStatus {
    readonly phase: SharePhase;
    readonly name: string;
    /** Bytes that are wanted, and how many of them are here and proved. 0 while the metadata is unknown. */
    readonly totalBytes: number;
    readonly doneBytes: number;
    /** Bytes a second. */
    readonly downloadRate: number;
    readonly uploadRate: number;
    /** Bytes of blocks since the share was started. */
    readonly downloadedBytes: number;
    readonly uploadedBytes: number;
    readonly peers: number;
    readonly seeds: number;
    /** Addresses known. */
    readonly known: number;
    /** Seconds until all that is wanted is here, at the present rate. */
    readonly secondsLeft: number | undefined;
    readonly pieceCount: number;
    /** Why it rests, and which files are not offered at present. */
    readonly troubles: readonly ShareTrouble[];
    readonly trackers: readonly TrackerStatus[];
    /** Absent without a DHT, and for private shares. */
    readonly dht?: DhtFinderStatus | undefined;
}
export interface ShareResult {
    /** The file or folder. */
    readonly path: string;
    /** Bytes that were wanted. */
    readonly size: number;
    readonly seconds: number;
    readonly downloadBytes: number;
    readonly uploadBytes: number;
}
