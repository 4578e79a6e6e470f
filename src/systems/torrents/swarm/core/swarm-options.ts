/** What a swarm is made with. */
import type { Hasher, Prng } from '../../../../ground/ports.ts';
import type { TokenBucket } from '../../../../ground/token-bucket.ts';
import type { ConnectionBudget } from './budget.ts';
import type { DialsEncrypted } from './peer-pool.ts';
import type { MixedMode } from './mixed-mode.ts';
import type { SwarmSink } from './sink.ts';

export interface SwarmOptions {
  readonly sink: SwarmSink;
  readonly prng: Prng;
  readonly hasher: Hasher;
  readonly peerId: Uint8Array;
  readonly clientName: string;
  /** 20 bytes; a hybrid share has both. */
  readonly infoHashV1?: Uint8Array | undefined;
  /** 32 bytes. */
  readonly infoHashV2?: Uint8Array | undefined;
  /** The info dictionary is to be fetched from peers (BEP 9); else the driver brings it. */
  readonly needsMetadata: boolean;
  readonly listenPort: number;
  /** UDP port of our DHT node, told to peers (BEP 5); undefined when there is none. */
  readonly dhtPort?: number | undefined;
  readonly downloadLimit: TokenBucket;
  readonly uploadLimit: TokenBucket;
  /** Of all swarms together: TCP and uTP on one uplink. */
  readonly mixed?: MixedMode | undefined;
  readonly maxPeers: number;
  /** Of all swarms together. */
  readonly budget?: ConnectionBudget;
  /** Addresses that are not to be talked to. */
  readonly isBlocked?: (host: string) => boolean;
  readonly usesPex?: () => boolean;
  /** How dials begin, now; plain by default. */
  readonly dialsEncrypted?: DialsEncrypted;
  readonly uploadSlots: number;
  /** Memory for pieces that are being fetched. */
  readonly pieceMemoryBytes: number;
  readonly isSequential?: boolean;
  readonly isSuperSeeding?: boolean;
}
