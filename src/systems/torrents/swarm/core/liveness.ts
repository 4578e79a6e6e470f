/** How long a connection may be silent, by phase, and when it is our turn to say something (BEP 3). */
import type { Instant } from '../../../../ground/units.ts';
import type { Peer } from './peer.ts';
import type { Blame } from './sink.ts';

const DIAL_TIMEOUT_MS = 15_000;
const HANDSHAKE_TIMEOUT_MS = 20_000;
const KEEP_ALIVE_MS = 100_000;
const SILENCE_MS = 180_000;

/** The reason to close a connection that was silent for too long. */
export function blameSilence(peer: Peer, now: Instant): Blame | undefined {
  const limit =
    peer.phase === 'connecting' ? DIAL_TIMEOUT_MS : peer.isOpen ? SILENCE_MS : HANDSHAKE_TIMEOUT_MS;
  if (now - peer.lastReceivedAt < limit) return undefined;
  const message = `silent for ${limit / 1000} s while ${peer.phase}`;
  return { code: 'peer-silent', message, guilty: 'them' };
}

export function needsKeepAlive(peer: Peer, now: Instant): boolean {
  return peer.isOpen && now - peer.lastSentAt >= KEEP_ALIVE_MS;
}
