/** What the machines of one swarm share: narrow on purpose, so that each can be tested with a few lines of double. */
import type { Geometry } from '../../../../data/content/geometry.ts';
import type { Metainfo } from '../../../../data/content/metainfo.ts';
import type { Hasher, Prng } from '../../../../ground/ports.ts';
import type { ConnectionId, Instant } from '../../../../ground/units.ts';
import type { RateMeter } from '../../../../ground/rate-meter.ts';
import type { TokenBucket } from '../../../../ground/token-bucket.ts';
import type { Outbox } from '../wire/messages.ts';
import type { Peer } from './peer.ts';
import type { Picker } from './picker.ts';
import type { Blame, SwarmSink } from './sink.ts';

/** Exists once the metadata is known. */
export interface Share {
  readonly metainfo: Metainfo;
  readonly geometry: Geometry;
  readonly picker: Picker;
}

export interface SwarmContext {
  readonly peers: ReadonlyMap<ConnectionId, Peer>;
  readonly sink: SwarmSink;
  readonly prng: Prng;
  readonly hasher: Hasher;
  readonly downloadLimit: TokenBucket;
  readonly uploadLimit: TokenBucket;
  /** Block bytes of all peers. */
  readonly downloaded: RateMeter;
  readonly now: Instant;
  readonly share: Share | undefined;
  /** The outbox of a peer; what is put in leaves at the end of the call. */
  to(peer: Peer): Outbox;
  /** Ends a connection now. */
  close(peer: Peer, blame: Blame): void;
  /** The machine needs `handleTimeout` in so many milliseconds at the latest. */
  wakeIn(ms: number): void;
}
