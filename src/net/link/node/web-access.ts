/**
 * Which web addresses we visit on the word of others. A torrent names trackers and web seeds, and a server may
 * send us on: none of them may use us to reach services of our own machine or network (server-side request
 * forgery). Programs of other makers do the same; trackers at home stay possible, since their paths are known.
 */
import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { parseHost } from '../../../ground/address.ts';
import { isLocalHost } from '../../../ground/endpoint.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { type Denial, denyHostText, describeDenial, type Filter, NO_FILTER } from '../../../ground/filter.ts';

export type { Reach } from '../../../ground/node/fetch.ts';

/** None of these mean anything to services of a home network (BEP 3, BEP 48). */
const TRACKER_PATH = /\/(announce|scrape)[^/]*$/;

/** The setting that allows what is refused here, as the page and the API name it. */
const SETTING = '"Follow links to torrent files in the own network" in the settings (mayReachPrivate)';

/**
 * Names that cannot be owned on the internet: without a dot, or below a top-level domain that is kept free (RFC
 * 6762, 8375).
 */
const HOME_NAME =
  /^[^.]+$|\.(localhost|local|internal|lan|home|home\.arpa|localdomain|intranet|private)\.?$/i;

/**
 * Does the name itself say that it lies in our own network? Other names may lead there today and have led elsewhere when a
 * person typed them (DNS rebinding): what is fetched again and again without a person asks for this.
 */
export function isHomeName(hostname: string): boolean {
  return isLocalName(hostname) || (!hostname.startsWith('[') && HOME_NAME.test(hostname));
}

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

/**
 * Resolves names, but not to addresses of our own network, unless that is allowed, and to none that is denied. Nothing for a
 * connection that needs neither: then the system resolves.
 */
export function lookupFor(mayBeLocal: boolean, filter: Filter): { readonly lookup?: LookupFunction } {
  if (mayBeLocal && filter.allowsAllHosts) return {};
  const lookup: LookupFunction = (hostname, options, callback) => {
    systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 0);
      const local = addresses.find(({ address }) => isLocalName(address));
      if (!mayBeLocal && local !== undefined) return callback(refusal(hostname), '', 0);
      let denial: Denial | undefined;
      const allowed = addresses.filter(({ address }) => {
        const denied = denyHostText(filter, address, 'web');
        denial ??= denied;
        return denied === undefined;
      });
      const [first] = allowed;
      if (first === undefined) return callback(denialError(hostname, denial!), '', 0);
      if (options.all === true) return callback(null, allowed);
      callback(null, first.address, first.family);
    });
  };
  return { lookup };
}

/** The same where nothing is denied. */
export const publicLookup: LookupFunction = lookupFor(false, NO_FILTER).lookup!;

export function denialError(host: string, denial: Denial): ShoalError {
  return new ShoalError('denied', describeDenial(host, denial));
}

export function refusal(host: string): ShoalError {
  const rule = `${host} is in our own network, where only an address that a person typed may lead`;
  return new ShoalError('private-address', `${rule}: type it, or switch on ${SETTING}`);
}
