/**
 * Which web addresses we visit for somebody else. A torrent names trackers and web seeds, and a server may send us on: none
 * of them may use us to reach services of our own machine or network (server-side request forgery). Programs of other
 * makers do the same; trackers at home stay possible, since their paths are known.
 */
import { lookup as systemLookup } from 'node:dns';
import { parseHost } from '../../ground/address.js';
import { isLocalHost } from '../../ground/endpoint.js';
import { ShoalError } from '../../ground/errors.js';
/** What services of a home network understand is not among these (BEP 3, BEP 48). */
const TRACKER_PATH = /\/(announce|scrape)[^/]*$/;
/** May a tracker of that address be in our own network? */
export function isTrackerPath(url) {
    return TRACKER_PATH.test(new URL(url).pathname);
}
export function isLocalName(host) {
    const bytes = parseHost(host.replace(/^\[|\]$/g, ''));
    return bytes !== undefined && (isLocalHost(bytes) || bytes.every((byte) => byte === 0));
}
/** @throws ShoalError refused */
export function requirePublic(url) {
    const { hostname, host } = new URL(url);
    if (isLocalName(hostname))
        throw refusal(host);
}
/** Resolves names, but not to addresses of our own network. */
export const publicLookup = (hostname, options, callback) => {
    systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
        if (error !== null)
            return callback(error, '', 0);
        const local = addresses.find(({ address }) => isLocalName(address));
        if (local !== undefined)
            return callback(refusal(hostname), '', 0);
        if (options.all === true)
            return callback(null, addresses);
        const [first] = addresses;
        callback(null, first.address, first.family);
    });
};
function refusal(host) {
    return new ShoalError('refused', `${host} is in our own network: nobody else may send us there`);
}
