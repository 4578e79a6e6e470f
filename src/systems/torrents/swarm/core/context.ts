/** What the machines of one swarm share: narrow on purpose, so that each can be tested with a few lines of double. */
import type { Hasher, Prng } from '../../../../ground/ports.ts';
import type { ConnectionId, Instant } from '../../../../ground/units.ts';
import type { RateMeter } from '../../../../ground/rate-meter.ts';
import type { TokenBucket } from '../../../../ground/token-bucket.ts';
import type { Outbox } from '../wire/messages.ts';
import type { MixedMode } from './mixed-mode.ts';
import type { Content } from './content.ts';
import type { Peer } from './peer.ts';
import type { Blame, SwarmSink } from './sink.ts';

export interface SwarmContext {
  readonly peers: ReadonlyMap<ConnectionId, Peer>;
  readonly sink: SwarmSink;
  readonly prng: Prng;
  readonly hasher: Hasher;
  readonly downloadLimit: TokenBucket;
  readonly uploadLimit: TokenBucket;
  /** Of all swarms; absent where TCP carries everything. */
  readonly mixed?: MixedMode | undefined;
  /** Block bytes of all peers. */
  readonly downloaded: RateMeter;
  readonly now: Instant;
  /** Known once the metadata is. */
  readonly content: Content | undefined;
  /** The outbox of a peer; what is put in leaves at the end of the call. */
  to(peer: Peer): Outbox;
  /** Ends a connection now. */
  close(peer: Peer, blame: Blame): void;
  /** The machine needs `handleTimeout` in so many milliseconds at the latest. */
  wakeIn(ms: number): void;
}
