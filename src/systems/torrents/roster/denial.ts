/** What the rules deny does not start, whoever asks for it. */
import type { ShoalPeer } from '../share/peer.ts';
import type { RosterEntry } from './entry.ts';

/** @throws ShoalError denied */
export function requireAllowed(
  peer: Pick<ShoalPeer, 'denialOf'>,
  { hashBytes }: Pick<RosterEntry, 'hashBytes'>,
): void {
  const denial = peer.denialOf(hashBytes, 'share');
  if (denial !== undefined) throw denial;
}
