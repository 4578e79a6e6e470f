/**
 * Which web addresses we visit for somebody else. A torrent names trackers and web seeds, and a server may send us on: none
 * of them may use us to reach services of our own machine or network (server-side request forgery). Programs of other
 * makers do the same; trackers at home stay possible, since their paths are known.
 */
import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { parseHost } from '../../ground/address.ts';
import { isLocalHost } from '../../ground/endpoint.ts';
import { ShoalError } from '../../ground/errors.ts';

/**
 * Which hops of a fetch may lead into our own network:
 * - `public`: none. Strangers named the address.
 * - `named`: the first, and redirects from it to the same host. A person typed the address.
 * - `anywhere`: all. A person allowed it in the settings.
 */
export type Reach = 'public' | 'named' | 'anywhere';

/** What services of a home network understand is not among these (BEP 3, BEP 48). */
const TRACKER_PATH = /\/(announce|scrape)[^/]*$/;

/** May a tracker of that address be in our own network? */
export function isTrackerPath(url: string): boolean {
  return TRACKER_PATH.test(new URL(url).pathname);
}

export function isLocalName(host: string): boolean {
  const bytes = parseHost(host.replace(/^\[|\]$/g, ''));
  return bytes !== undefined && (isLocalHost(bytes) || bytes.every((byte) => byte === 0));
}

/** @throws ShoalError private-address */
export function requirePublic(url: string): void {
  const { hostname, host } = new URL(url);
  if (isLocalName(hostname)) throw refusal(host);
}

/** Resolves names, but not to addresses of our own network. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, '', 0);
    const local = addresses.find(({ address }) => isLocalName(address));
    if (local !== undefined) return callback(refusal(hostname), '', 0);
    if (options.all === true) return callback(null, addresses);
    const [first] = addresses;
    callback(null, first!.address, first!.family);
  });
};

function refusal(host: string): ShoalError {
  return new ShoalError('private-address', `${host} is in our own network: nobody else may send us there`);
}
