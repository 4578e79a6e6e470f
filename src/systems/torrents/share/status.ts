/** The status of a share, for people and programs. */
import type { ErrorCode } from '../../../ground/errors.ts';
import type { Geometry } from '../../../data/content/geometry.ts';
import { addressKey, type PeerAddress } from '../../../ground/address.ts';
import type { Carrier } from '../../../ground/ports.ts';
import type { PeerSource } from '../swarm/core/peer-pool.ts';
import type { Blame } from '../swarm/core/sink.ts';
import type { Swarm } from '../swarm/core/swarm.ts';
import type { ConnectionId } from '../../../ground/units.ts';
import type { PayloadEncryption } from '../../../net/encryption/core/policy.ts';
import type { TrackerStatus } from '../../../net/tracker/core/announcer.ts';
import type { LifePhase } from './core/share-life.ts';
import type { DhtFinderStatus } from './dht-finder.ts';
import type { WebSeedStatus } from './core/web-seed-pool.ts';

/** The phase of a share that runs, or has run. A share that a person paused in the daemon has none: it does not run. */
export type SharePhase = LifePhase;

/** A problem of the disk or of a file, for people. */
export interface ShareTrouble {
  readonly code: ErrorCode;
  readonly message: string;
}

export interface PeerStatus {
  readonly address: string;
  /** Where its address came from. */
  readonly source: PeerSource;
  readonly client: string;
  /** What carries the connection. */
  readonly transport: Carrier;
  /** Bytes a second. */
  readonly downloadRate: number;
  readonly uploadRate: number;
  /** Bytes of blocks in this connection. */
  readonly downloadedBytes: number;
  readonly uploadedBytes: number;
  /** 0 to 1: how much of the share it has. */
  readonly progress: number;
  /** It dialled us. */
  readonly isIncoming: boolean;
  /** Plaintext: only the handshake is encrypted. */
  readonly encryption: 'none' | PayloadEncryption;
  /** It has what we want. */
  readonly isInterested: boolean;
  /** It does not serve us at present. */
  readonly isChokingUs: boolean;
  /** It wants what we have. */
  readonly isPeerInterested: boolean;
  /** We do not serve it at present. */
  readonly isChoked: boolean;
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
  /** Web servers (BEP 19), while data is missing. */
  readonly webSeeds: readonly WebSeedStatus[];
  /** Absent without a DHT, and for private shares. */
  readonly dht?: DhtFinderStatus | undefined;
  /** Why the last connection to a peer ended. */
  readonly lastGone?: string | undefined;
}

/** The error of a tracker when none works: one dead tracker beside a working one is no trouble. */
export function trackerTroubleOf(trackers: readonly TrackerStatus[]): string | undefined {
  if (trackers.some(({ state }) => state === 'working')) return undefined;
  const failed = trackers.find(({ state, message }) => state === 'failed' && message !== undefined);
  return failed === undefined ? undefined : `tracker ${failed.url}: ${failed.message}`;
}

/** The error of a web seed when none works. */
export function webSeedTroubleOf(webSeeds: readonly WebSeedStatus[]): string | undefined {
  if (webSeeds.some(({ state }) => state === 'working')) return undefined;
  const failed = webSeeds.find(({ message }) => message !== undefined);
  return failed === undefined ? undefined : `web seed ${failed.url}: ${failed.message}`;
}

/** Why no peer is found: the troubles of trackers and web seeds, while no peer is connected. */
export function searchTroubleOf({
  phase,
  peers,
  trackers,
  webSeeds,
}: Pick<ShareStatus, 'peers' | 'trackers' | 'webSeeds'> & { readonly phase: string }): string | undefined {
  if (peers > 0 || phase === 'checking' || phase === 'failed' || phase === 'stopped') return undefined;
  const troubles = [trackerTroubleOf(trackers), webSeedTroubleOf(webSeeds)].filter(
    (trouble) => trouble !== undefined,
  );
  return troubles.length === 0 ? undefined : troubles.join('; ');
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

/** Completes a status with the figures of the swarm. */
export function describeSwarm(
  swarm: Swarm,
  own: Pick<
    ShareStatus,
    'phase' | 'name' | 'totalBytes' | 'doneBytes' | 'troubles' | 'trackers' | 'webSeeds' | 'dht' | 'lastGone'
  >,
): ShareStatus {
  const now = performance.now();
  const downloadRate = swarm.downloaded.rate(now);
  const open = [...swarm.peers.values()].filter((peer) => peer.isOpen);
  const isMoving = own.phase === 'fetching' && downloadRate > 0;
  return {
    ...own,
    downloadRate,
    uploadRate: swarm.uploaded.rate(now),
    downloadedBytes: swarm.downloaded.total,
    uploadedBytes: swarm.uploaded.total,
    peers: open.length,
    seeds: open.filter((peer) => peer.isSeed).length,
    known: swarm.pool.size,
    secondsLeft: isMoving ? (own.totalBytes - own.doneBytes) / downloadRate : undefined,
    pieceCount: swarm.content?.geometry.pieceCount ?? 0,
  };
}

/** Why a connection ended. Messages of failed connections name the address already: it is named once. */
export function describeClosed(address: PeerAddress, { message, code }: Blame): string {
  const peer = addressKey(address);
  const reason = message.startsWith(`${peer}: `) ? message.slice(peer.length + 2) : message;
  return `${peer} is gone: ${reason} (${code})`;
}

export function describePeers({ swarm, transportOf, encryptionOf }: DescribedDriver): PeerStatus[] {
  const now = performance.now();
  return [...swarm.peers.values()]
    .filter((peer) => peer.isOpen)
    .map((peer) => ({
      address: addressKey(peer.address),
      source: peer.isOutgoing ? swarm.pool.sourceOf(peer.address) : 'incoming',
      client: peer.extensions.client ?? '',
      transport: transportOf(peer.id),
      downloadRate: peer.download.rate(now),
      uploadRate: peer.upload.rate(now),
      downloadedBytes: peer.download.total,
      uploadedBytes: peer.upload.total,
      progress: peer.have.length === 0 ? 0 : peer.have.count / peer.have.length,
      isIncoming: !peer.isOutgoing,
      encryption: encryptionOf(peer.id) ?? 'none',
      isInterested: peer.amInterested,
      isChokingUs: peer.isChokingUs,
      isPeerInterested: peer.isInterested,
      isChoked: peer.amChoking,
    }));
}

/** What a share's driver knows of its peers. */
export interface DescribedDriver {
  readonly swarm: Swarm;
  readonly transportOf: (id: ConnectionId) => Carrier;
  readonly encryptionOf: (id: ConnectionId) => PayloadEncryption | undefined;
}

export function fileProgressOf({ content }: Swarm): Float64Array {
  if (content === undefined) return new Float64Array(0);
  return bytesOfFiles(content.geometry, (piece) => content.picker.have.has(piece));
}

/** Bytes of each file in pieces that are here. */
export function bytesOfFiles(geometry: Geometry, isHere: (piece: number) => boolean): Float64Array {
  const done = new Float64Array(geometry.files.length);
  for (let piece = 0; piece < geometry.pieceCount; piece++) {
    if (!isHere(piece)) continue;
    for (const { file, length } of geometry.slices(piece, 0, geometry.pieceLength(piece)))
      done[file]! += length;
  }
  return done;
}

/** The cheap part of the status: it is read every second for thousands of shares. */
export interface BriefStatus {
  /** Bytes a second. */
  readonly downloadRate: number;
  readonly uploadRate: number;
  /** Changes whenever the rest of the status does. */
  readonly revision: string;
}

/** @param more part of the revision that does not come from the swarm */
export function briefStatusOf(swarm: Swarm, phase: LifePhase, more: string): BriefStatus {
  const now = performance.now();
  const [downloadRate, uploadRate] = [swarm.downloaded.rate(now), swarm.uploaded.rate(now)];
  const left = swarm.content?.picker.wantedLeft ?? -1;
  // Most of thousands of shares are idle at any moment.
  const isQuiet = swarm.peers.size === 0 && downloadRate === 0 && uploadRate === 0;
  if (isQuiet) return { downloadRate, uploadRate, revision: `${phase} ${left} ${more}` };
  const moved = `${swarm.downloaded.total} ${swarm.uploaded.total} ${Math.round(downloadRate)} ${Math.round(uploadRate)}`;
  const revision = `${phase} ${swarm.peers.size} ${moved} ${left} ${more}`;
  return { downloadRate, uploadRate, revision };
}
