/** Turns peers that are named by host name into addresses. */
import { lookup } from 'node:dns/promises';
import { type Address, createAddress } from '../../../ground/address.ts';
import { ShoalError } from '../../../ground/errors.ts';

/** Names in one list that strangers made (a tracker's answer, a link): each costs a look-up. */
const MAX_NAMES = 20;

/** Peers with addresses, and those with names; trackers (BEP 3) and links may give either. */
export function separateNames(peers: readonly Address[]): {
  readonly known: Address[];
  readonly named: Address[];
} {
  const known: Address[] = [];
  const named: Address[] = [];
  for (const peer of peers) {
    const address = createAddress(peer.host, peer.port);
    if (address !== undefined) known.push(address);
    else named.push(peer);
  }
  return { known, named };
}

/** The same without failures: unknown names, and those over the limit, are left out. */
export async function resolveNames(named: readonly Address[]): Promise<Address[]> {
  const outcomes = await Promise.allSettled(named.slice(0, MAX_NAMES).map((peer) => resolvePeers([peer])));
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
}

/** For peers that a person typed. @throws ShoalError not-found for an unknown name */
export async function resolvePeers(peers: readonly Address[]): Promise<Address[]> {
  const resolved = await Promise.all(
    peers.map(async ({ host, port }) => {
      const direct = createAddress(host, port);
      if (direct !== undefined) return [direct];
      try {
        const found = await lookup(host, { all: true });
        return found
          .map((entry) => createAddress(entry.address, port))
          .filter((address) => address !== undefined);
      } catch (error) {
        throw new ShoalError('not-found', `${host}: no such host name`, error);
      }
    }),
  );
  return resolved.flat();
}
