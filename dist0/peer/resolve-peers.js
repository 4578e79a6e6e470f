/** Turns the peers that a person named into addresses. */
import { lookup } from 'node:dns/promises';
import { createAddress } from '../ground/address.js';
import { ShoalError } from '../ground/errors.js';
/** @throws ShoalError not-found for a name that nobody knows */
export async function resolvePeers(peers) {
    const resolved = await Promise.all(peers.map(async ({ host, port }) => {
        const direct = createAddress(host, port);
        if (direct !== undefined)
            return [direct];
        try {
            const found = await lookup(host, { all: true });
            return found
                .map((entry) => createAddress(entry.address, port))
                .filter((address) => address !== undefined);
        }
        catch (error) {
            throw new ShoalError('not-found', `${host}: no such host name`, error);
        }
    }));
    return resolved.flat();
}
