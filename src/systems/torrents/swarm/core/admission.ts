/**
 * Whom to let in. A full house is no reason to turn an honest peer away while somebody sits there who neither gives nor
 * takes: of those the one goes whose network has the most of them. One address has few seats, whoever comes.
 */
import { hostBytesOf, hostKeyOf, type PeerAddress } from '../../../../ground/address.ts';
import { isLoopbackHost, networkOf } from '../../../../ground/endpoint.ts';
import type { Instant } from '../../../../ground/units.ts';
import type { SwarmContext } from './context.ts';
import type { Peer } from './peer.ts';
import type { PeerPool } from './peer-pool.ts';
import type { Blame } from './sink.ts';

/** Behind one address may be a household or an office. */
const MAX_PER_HOST = 8;
/** Who has exchanged nothing for so long is not missed: longer where one side at least would like to. */
const IDLE_MS = 60_000;
const WAITING_MS = 5 * 60_000;

/** Why an incoming connection, which is among the peers already, is refused. May send somebody else away for it. */
export function refuseIncoming(
  context: SwarmContext,
  address: PeerAddress,
  maxPeers: number,
): Blame | undefined {
  const { peers, now } = context;
  if (isCrowd(address, peers.values())) {
    const message = `${MAX_PER_HOST} connections from one address are enough`;
    return { code: 'too-many-from-host', message, guilty: 'them' };
  }
  if (peers.size <= maxPeers) return undefined;
  const idle = chooseIdle(peers.values(), now);
  if (idle === undefined)
    return { code: 'too-many-peers', message: `${maxPeers} peers are connected`, guilty: 'us' };
  context.close(idle, { code: 'idle-in-full-house', message: 'it made room for another', guilty: 'nobody' });
  return undefined;
}

/** Ends connections to addresses that were banned meanwhile. */
export function dropBanned(context: SwarmContext, pool: Pick<PeerPool, 'isBanned'>): void {
  for (const peer of [...context.peers.values()]) {
    if (!pool.isBanned(peer.address)) continue;
    context.close(peer, { code: 'banned', message: 'the address is blocked', guilty: 'us' });
  }
}

/** Two that both need nothing have nothing to say to each other (BEP 21): for a swarm that is complete. */
export function dropIfUseless(context: SwarmContext, peer: Peer): void {
  const needsNothing = peer.isSeed || (peer.isUploadOnly && peer.early === undefined);
  if (!needsNothing || !peer.isOpen) return;
  context.close(peer, { code: 'both-complete', message: 'neither side needs anything', guilty: 'nobody' });
}

function isCrowd(address: PeerAddress, peers: Iterable<Peer>): boolean {
  const bytes = hostBytesOf(address);
  // Many programs of one machine are no crowd of strangers.
  if (bytes === undefined || isLoopbackHost(bytes)) return false;
  const host = hostKeyOf(address);
  let count = 0;
  for (const peer of peers) if (!peer.isOutgoing && hostKeyOf(peer.address) === host) count++;
  return count > MAX_PER_HOST;
}

/** Who goes when somebody new comes to a full house; undefined when everybody is of use. */
function chooseIdle(peers: Iterable<Peer>, now: Instant): Peer | undefined {
  const crowds = new Map<number, Peer[]>();
  for (const peer of peers) {
    const isWaiting = peer.isInterested || peer.amInterested;
    if (now - peer.openedAt < (isWaiting ? WAITING_MS : IDLE_MS) || isUseful(peer, now)) continue;
    const host = hostBytesOf(peer.address);
    const network = host === undefined ? -1 : networkOf(host);
    crowds.set(network, [...(crowds.get(network) ?? []), peer]);
  }
  let largest: Peer[] | undefined;
  for (const crowd of crowds.values()) if (crowd.length > (largest?.length ?? 0)) largest = crowd;
  return largest?.[0];
}

function isUseful(peer: Peer, now: Instant): boolean {
  return peer.download.rate(now) > 0 || peer.upload.rate(now) > 0 || peer.requests.length > 0;
}
