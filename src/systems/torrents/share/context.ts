/** Resources that all shares of one peer use. */
import type { FileHandles } from '../../../data/disk/file-handles.ts';
import type { PiecePool } from '../../../data/disk/piece-pool.ts';
import type { Filter } from '../../../ground/filter.ts';
import type { Fetch } from '../../../ground/node/fetch.ts';
import type { Clock, Transport } from '../../../ground/ports.ts';
import type { TokenBucket } from '../../../ground/token-bucket.ts';
import type { StateDb } from '../state/state-db.ts';
import type { ShareStorage } from '../../../data/storage/node/share-storage.ts';
import type { StorageOptions } from '../../../data/storage/node/storage-options.ts';
import type { ConnectionBudget } from '../swarm/core/budget.ts';
import type { SwarmOptions } from '../swarm/core/swarm.ts';
import type { FrameCache } from '../swarm/node/frame-cache.ts';
import type { Encryption } from '../../../net/encryption/node/encryption.ts';
import type { TransportChoice } from '../../../net/link/core/raced.ts';
import type { DhtService } from '../../../net/dht/node/service.ts';
import type { LsdService } from '../../../net/lsd/node/service.ts';
import type { TrackerClient } from '../../../net/tracker/node/client.ts';

/** How many peers there may be, and by which ways, in all shares together; may change at any time. */
export interface PeerGuards {
  /** Shares that start from now on exchange peers (BEP 11). */
  usesPex: boolean;
  /** Trackers, web seeds and redirects may lead into our own network (`web-access.ts`). */
  mayReachPrivate: boolean;
  readonly budget: ConnectionBudget;
}

export interface PeerContext {
  readonly clock: Clock;
  readonly transport: Transport;
  /** Of the links that it carries; its policy may change at any time. */
  readonly encryption: Encryption;
  /** Over what peers are reached and reach us; may change at any time. */
  readonly carriers: { choice: TransportChoice };
  readonly fetch: Fetch;
  readonly pool: PiecePool;
  readonly frames: FrameCache;
  readonly handles: FileHandles;
  /** See `ShareStorage.open`. */
  openStorage(options: Omit<StorageOptions, 'context'>): Promise<ShareStorage>;
  readonly state: StateDb;
  readonly trackers: TrackerClient;
  readonly dht: DhtService | undefined;
  readonly lsd: LsdService | undefined;
  readonly port: number;
  readonly downloadLimit: TokenBucket;
  readonly uploadLimit: TokenBucket;
  readonly swarmOptions: Pick<
    SwarmOptions,
    | 'prng'
    | 'hasher'
    | 'peerId'
    | 'clientName'
    | 'listenPort'
    | 'dhtPort'
    | 'maxPeers'
    | 'budget'
    | 'isBlocked'
    | 'mixed'
    | 'usesPex'
    | 'dialsEncrypted'
    | 'uploadSlots'
    | 'pieceMemoryBytes'
  >;
  readonly guards: PeerGuards;
  /** What is not fetched, served or talked to. */
  readonly filter: Filter;
  /** The share has stopped. */
  forget(share: object): void;
}
