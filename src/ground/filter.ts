/**
 * The Filter port: what a person chose not to fetch, serve or talk to. The host hands one to every driver; who decides is not
 * known below it. `net` asks it about addresses and info hashes at each door, and tells it at which, for the person's log.
 *
 * Invariant: an answer holds at the moment of asking. A part that must stop when rules change listens for changes.
 */
import { hostBytesOf, parseHost, type PeerAddress } from './address.ts';
import type { Bytes } from './bytes.ts';

/** Why something is denied. */
export interface Denial {
  /** The list that names it. */
  readonly list: string;
  /** The comment that the list gives; '' without one. */
  readonly reason: string;
}

/** Where something that may be denied turned up:
 * - `add`: a person or a program adds a share
 * - `share`: a share runs, or is about to
 * - `handshake`: a peer asks for a share
 * - `peer`: a peer's address, dialled or accepted
 * - `datagram`: a packet, of any protocol over UDP
 * - `web`: an address that is fetched from over HTTP: web seeds, HTTP trackers, feeds, torrent files
 * - `tracker`: an announce or scrape at our own tracker
 * - `dht`: a query that our DHT node answers or stores, or a lookup of our own
 * - `lsd`: an announce in the local network
 */
export type Occasion =
  | 'add'
  | 'share'
  | 'handshake'
  | 'peer'
  | 'datagram'
  | 'web'
  | 'tracker'
  | 'dht'
  | 'lsd';

export interface Filter {
  /** True while no address is denied: a caller with many packets can skip the question. */
  readonly allowsAllHosts: boolean;
  /** No info hash is denied. */
  readonly allowsAllHashes: boolean;
  /** @param host 4 or 16 bytes, as `parseHost` gives them */
  denyHost(host: Bytes, occasion: Occasion): Denial | undefined;
  /** @param infoHash 20 bytes: v1, or v2 truncated; or the 32 bytes of v2 */
  denyHash(infoHash: Bytes, occasion: Occasion): Denial | undefined;
  /** Calls after the rules changed. @returns stop calling */
  listen(onChange: () => void): () => void;
}

/** Denies nothing, for ever. */
export const NO_FILTER: Filter = {
  allowsAllHosts: true,
  allowsAllHashes: true,
  denyHost: () => undefined,
  denyHash: () => undefined,
  listen: () => () => {},
};

/** Overlay addresses and host names are never denied: only what they lead to on the internet is. */
export function denyAddress(filter: Filter, address: PeerAddress, occasion: Occasion): Denial | undefined {
  if (filter.allowsAllHosts) return undefined;
  const host = hostBytesOf(address);
  return host === undefined ? undefined : filter.denyHost(host, occasion);
}

/** The same for the text of a host, in brackets or not, with or without a zone. A name is not denied. */
export function denyHostText(filter: Filter, host: string, occasion: Occasion): Denial | undefined {
  if (filter.allowsAllHosts) return undefined;
  const bytes = parseHost(host.replace(/^\[|\]$/g, '').replace(/%.*$/, ''));
  return bytes === undefined ? undefined : filter.denyHost(bytes, occasion);
}

/** A share has up to two info hashes: one that is denied is enough. */
export function denyHashes(
  filter: Filter,
  infoHashes: readonly (Bytes | undefined)[],
  occasion: Occasion,
): Denial | undefined {
  if (filter.allowsAllHashes) return undefined;
  for (const infoHash of infoHashes) {
    const denial = infoHash === undefined ? undefined : filter.denyHash(infoHash, occasion);
    if (denial !== undefined) return denial;
  }
  return undefined;
}

/** For people: `the rules deny it: REASON (list NAME)`. */
export function describeDenial(what: string, { list, reason }: Denial): string {
  return `the rules deny ${what}: ${reason === '' ? 'no reason given' : reason} (list "${list}")`;
}
