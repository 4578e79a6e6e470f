/** How long a connection may be silent, by phase, and when it is our turn to say something (BEP 3). */
import type { Instant } from '../../ground/units.ts';
import type { Peer } from './peer.ts';
import type { Blame } from './sink.ts';
/** The reason to close a connection that was silent for too long. */
export declare function blameSilence(peer: Peer, now: Instant): Blame | undefined;
export declare function needsKeepAlive(peer: Peer, now: Instant): boolean;
