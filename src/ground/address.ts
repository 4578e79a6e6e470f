/**
 * Internet addresses: parsing, formatting, and the compact forms of BEP 23 (6 bytes) and BEP 7 (18 bytes).
 * An `Address` is canonical: equal addresses give equal `addressKey`s.
 */
import { type Bytes, readUint16, writeUint16 } from './bytes.ts';

export interface Address {
  /** Dotted IPv4, or IPv6 as RFC 5952 writes it. Never a host name. */
  readonly host: string;
  readonly port: number;
}

/**
 * A place on a network that is laid over the internet: an onion service, a peer behind a relay, an offer of WebRTC. Only the
 * transport of that network knows what the name means.
 */
export interface OverlayAddress {
  /** Lower case, such as `onion`. */
  readonly network: string;
  /** Canonical: equal places have equal names. */
  readonly name: string;
}

/** Where a peer is reached. An internet address serves every transport over IP. */
export type PeerAddress = Address | OverlayAddress;

export function isInternetAddress(address: PeerAddress): address is Address {
  return 'host' in address;
}

/** `HOST:PORT`, or `NETWORK://NAME`: equal for equal addresses, different for different ones. */
export function addressKey(address: PeerAddress): string {
  if (!isInternetAddress(address)) return `${address.network}://${address.name}`;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** 4 bytes, or undefined. No octal, no short forms: what a person did not mean is refused. */
export function parseIpv4(text: string): Uint8Array<ArrayBuffer> | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const out = new Uint8Array(4);
  for (let i = 0; i < 4; i++) {
    const part = parts[i]!;
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    out[i] = Number(part);
  }
  return out;
}

/** 16 bytes, or undefined. A zone (`%eth0`) is refused: it means nothing to another machine. */
export function parseIpv6(text: string): Uint8Array<ArrayBuffer> | undefined {
  let source = text;
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (tail !== null) {
    const v4 = parseIpv4(tail[2]!);
    if (v4 === undefined) return undefined;
    source = `${tail[1]}${readUint16(v4, 0).toString(16)}:${readUint16(v4, 2).toString(16)}`;
  }
  const halves = source.split('::');
  if (halves.length > 2) return undefined;
  const groups = (half: string): number[] | undefined => {
    if (half === '') return [];
    const values: number[] = [];
    for (const group of half.split(':')) {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
      values.push(Number.parseInt(group, 16));
    }
    return values;
  };
  const head = groups(halves[0]!);
  const rest = halves.length === 2 ? groups(halves[1]!) : [];
  if (head === undefined || rest === undefined) return undefined;
  const missing = 8 - head.length - rest.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const out = new Uint8Array(16);
  const all = [...head, ...new Array<number>(Math.max(0, missing)).fill(0), ...rest];
  for (let i = 0; i < 8; i++) writeUint16(out, 2 * i, all[i]!);
  return out;
}

/** The bytes of a host, 4 or 16; an IPv4-mapped IPv6 address counts as IPv4. */
export function parseHost(text: string): Uint8Array<ArrayBuffer> | undefined {
  const v4 = parseIpv4(text);
  if (v4 !== undefined) return v4;
  const v6 = parseIpv6(text);
  if (v6 === undefined) return undefined;
  return isMapped(v6) ? v6.slice(12) : v6;
}

function isMapped(v6: Bytes): boolean {
  for (let i = 0; i < 10; i++) if (v6[i] !== 0) return false;
  return v6[10] === 0xff && v6[11] === 0xff;
}

/** The bytes of an internet address's host, as `parseHost` gives them; undefined for host names and overlay addresses. */
export function hostBytesOf(address: PeerAddress): Uint8Array<ArrayBuffer> | undefined {
  return isInternetAddress(address) ? parseHost(address.host) : undefined;
}

/** The host: the part that all addresses of one machine share. An overlay address stands for itself. */
export function hostKeyOf(address: PeerAddress): string {
  return isInternetAddress(address) ? address.host : addressKey(address);
}

/** Another port of the same host; undefined where there is none: in overlay networks, and port 0. */
export function withPort(address: PeerAddress, port: number): Address | undefined {
  return isInternetAddress(address) ? createAddress(address.host, port) : undefined;
}

/** From 4 or 16 bytes to the canonical text. */
export function formatHost(bytes: Bytes): string {
  if (bytes.length === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`;
  if (isMapped(bytes)) return formatHost(bytes.subarray(12));
  const groups: number[] = [];
  for (let i = 0; i < 8; i++) groups.push(readUint16(bytes, 2 * i));
  let [bestAt, bestLength] = [-1, 1];
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (at + length < 8 && groups[at + length] === 0) length++;
    if (length > bestLength) [bestAt, bestLength] = [at, length];
  }
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  if (bestAt < 0) return text(0, 8);
  return `${text(0, bestAt)}::${text(bestAt + bestLength, 8)}`;
}

/** Canonical form of an address that the system or a peer gave us; undefined when the host is a name or the port 0. */
export function createAddress(host: string, port: number): Address | undefined {
  const bytes = parseHost(host);
  if (bytes === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  return { host: formatHost(bytes), port };
}

/** `HOST:PORT` or `[V6]:PORT`; the host may be a name, which the caller resolves. */
export function parseHostPort(text: string): Address | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  if (port < 1 || port > 65_535) return undefined;
  if (match[1] !== undefined) return createAddress(match[1], port);
  return createAddress(match[2]!, port) ?? { host: match[2]!, port };
}

/** 6 bytes (BEP 23) or 18 (BEP 7); undefined for a host name. */
export function encodeCompact(address: Address): Uint8Array<ArrayBuffer> | undefined {
  const host = parseHost(address.host);
  if (host === undefined) return undefined;
  const out = new Uint8Array(host.length + 2);
  out.set(host);
  writeUint16(out, host.length, address.port);
  return out;
}

/** Addresses with port 0 are left out; a tail shorter than an entry is ignored. */
export function decodeCompact(bytes: Bytes, family: 4 | 6): Address[] {
  const hostLength = family === 4 ? 4 : 16;
  const addresses: Address[] = [];
  for (let at = 0; at + hostLength + 2 <= bytes.length; at += hostLength + 2) {
    const port = readUint16(bytes, at + hostLength);
    if (port !== 0) addresses.push({ host: formatHost(bytes.subarray(at, at + hostLength)), port });
  }
  return addresses;
}

/** Internet addresses that no peer can have: unspecified, multicast, broadcast. */
export function isUnusable(address: PeerAddress): boolean {
  if (!isInternetAddress(address)) return false;
  const host = parseHost(address.host);
  if (host === undefined) return true;
  if (host.length === 4) return host[0] === 0 || host[0]! >= 224;
  return host[0] === 0xff || host.every((byte) => byte === 0);
}
