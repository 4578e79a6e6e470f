/** An announce and its answer, over HTTP or UDP (BEP 3, 7, 15, 23, 24, 31, 48). */
import type { Address } from '../../../ground/address.ts';

export type AnnounceEvent = 'started' | 'completed' | 'stopped' | undefined;

export interface AnnounceRequest {
  /** 20 bytes: v1, or v2 truncated (BEP 52). */
  readonly infoHash: Uint8Array;
  readonly peerId: Uint8Array;
  readonly port: number;
  readonly uploaded: number;
  readonly downloaded: number;
  /** Bytes still missing. A large number while the metadata is unknown. */
  readonly left: number;
  readonly event: AnnounceEvent;
  /** The same for the life of a peer, so that a tracker knows it again after its address changed. */
  readonly key: number;
  readonly numWant: number;
  /** Over HTTP: which connections we take, and open (MSE); nothing is said of it when absent, or when they are plain. */
  readonly encryption?: 'off' | 'allowed' | 'preferred' | 'required';
}

export interface AnnounceResponse {
  readonly intervalSeconds: number;
  readonly minIntervalSeconds?: number;
  /** Over HTTP a host may be a name (BEP 3). It is resolved when we connect. */
  readonly peers: readonly Address[];
  readonly seeders?: number;
  readonly leechers?: number;
  readonly warning?: string;
  /** BEP 24: our address as the tracker sees it; 4 or 16 bytes. */
  readonly externalIp?: Uint8Array;
  /** HTTP: to be sent back. */
  readonly trackerId?: string;
}

/** What our own tracker answers over HTTP: peers as it keeps them. */
export interface PackedAnswer {
  readonly intervalSeconds: number;
  readonly minIntervalSeconds: number;
  readonly seeders: number;
  readonly leechers: number;
  /** BEP 24: 4 or 16 bytes. */
  readonly externalIp: Uint8Array;
  /** 6 bytes each (BEP 23). */
  readonly v4: Uint8Array;
  /** 18 bytes each (BEP 7). */
  readonly v6: Uint8Array;
}

/** A tracker's refusal in its own words, with BEP 31's advice when it gives one. */
export interface AnnounceFailure {
  readonly reason: string;
  /** Minutes, or never again. */
  readonly retryInMinutes?: number | 'never';
}

export interface ScrapeEntry {
  readonly infoHash: Uint8Array;
  readonly seeders: number;
  readonly completed: number;
  readonly leechers: number;
}

/** "Left" while the size is not known: anything above 0 says that we are no seed. */
export const LEFT_UNKNOWN = 16_384;
/** Peers asked for; common trackers cap at 200. */
export const NUM_WANT = 100;
/** A tracker may name no interval below this, and none above the other: one keeps it alive, one keeps us alive. */
export const MIN_INTERVAL_SECONDS = 30;
/** Trackers of large swarms name up to some hours; a day is respected, what is beyond it is an accident. */
export const MAX_INTERVAL_SECONDS = 86_400;
/** Where a tracker names none, or one that is no time: 0, a negative number. Common clients use 10 to 30 minutes. */
export const DEFAULT_INTERVAL_SECONDS = 1800;
