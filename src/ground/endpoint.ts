/**
 * An address in both of its forms at once: text for sockets and people, compact bytes (BEP 5, 6 or 18) for packets and
 * tables. Where packets fly, converting back and forth would cost more than the rest.
 */
import { type Address, createAddress, encodeCompact, formatHost } from './address.ts';
import { type Bytes, equalBytes, readUint16 } from './bytes.ts';

export class Endpoint implements Address {
  readonly port: number;
  /** 4 or 16 bytes of host, 2 of port. Never changed. */
  readonly compact: Uint8Array;
  /** Written when it is first asked for. */
  #host: string | undefined;

  private constructor(host: string | undefined, port: number, compact: Uint8Array) {
    this.#host = host;
    this.port = port;
    this.compact = compact;
  }

  get host(): string {
    this.#host ??= formatHost(this.hostBytes);
    return this.#host;
  }

  isSame(other: Endpoint): boolean {
    return equalBytes(this.compact, other.compact);
  }

  /** Undefined for host names and port 0. */
  static from(host: string, port: number): Endpoint | undefined {
    const quick = readDottedHost(host);
    if (quick !== undefined && port > 0 && port < 65_536) {
      quick[4] = port >>> 8;
      quick[5] = port;
      return new Endpoint(host, port, quick);
    }
    const address = createAddress(host, port);
    if (address === undefined) return undefined;
    return new Endpoint(address.host, port, encodeCompact(address)!);
  }

  /** From 6 or 18 bytes, which are copied. Undefined for port 0. */
  static fromCompact(bytes: Bytes): Endpoint | undefined {
    const hostLength = bytes.length - 2;
    const port = readUint16(bytes, hostLength);
    if (port === 0) return undefined;
    // An IPv4 address in IPv6 clothes is the IPv4 address.
    if (hostLength === 16 && isMapped(bytes)) return Endpoint.fromCompact(bytes.subarray(12));
    return new Endpoint(undefined, port, new Uint8Array(bytes));
  }

  get family(): 4 | 6 {
    return this.compact.length === 6 ? 4 : 6;
  }

  /** The bytes of the host: 4 or 16. */
  get hostBytes(): Uint8Array {
    return this.compact.subarray(0, this.compact.length - 2);
  }
}

function isMapped(v6: Bytes): boolean {
  for (let i = 0; i < 10; i++) if (v6[i] !== 0) return false;
  return v6[10] === 0xff && v6[11] === 0xff;
}

/** Canonical dotted IPv4 into the first four of six bytes, without garbage: every packet that comes in needs it. */
function readDottedHost(text: string): Uint8Array | undefined {
  const { length } = text;
  if (length < 7 || length > 15) return undefined;
  const out = new Uint8Array(6);
  let [part, value, digits] = [0, 0, 0];
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x2e) {
      if (digits === 0 || part === 3) return undefined;
      out[part++] = value;
      value = 0;
      digits = 0;
    } else {
      if (code < 0x30 || code > 0x39 || (digits > 0 && value === 0)) return undefined;
      value = value * 10 + code - 0x30;
      digits++;
      if (value > 255) return undefined;
    }
  }
  if (part !== 3 || digits === 0) return undefined;
  out[3] = value;
  return out;
}

/**
 * True for hosts that only their neighbours can reach: loopback, private (RFC 1918, RFC 4193), link-local. Rules that
 * tell one owner of addresses from another mean nothing there (BEP 42).
 */
export function isLocalHost(host: Bytes): boolean {
  const [a, b] = [host[0]!, host[1]!];
  if (host.length === 4) {
    return (
      a === 127 ||
      a === 10 ||
      (a === 192 && b === 168) ||
      (a === 172 && (b & 0xf0) === 16) ||
      (a === 169 && b === 254)
    );
  }
  if ((a & 0xfe) === 0xfc || (a === 0xfe && (b & 0xc0) === 0x80)) return true;
  for (let i = 0; i < 15; i++) if (host[i] !== 0) return false;
  return host[15] === 1;
}

export function isLoopbackHost(host: Bytes): boolean {
  return host.length === 4 ? host[0] === 127 : isLocalHost(host) && host[0] === 0;
}

/**
 * The network that a host belongs to, as a number: /24 of IPv4, /48 of IPv6. The owner of one address of it most
 * likely owns them all.
 */
export function networkOf(host: Bytes): number {
  if (host.length === 4) return host[0]! * 65_536 + host[1]! * 256 + host[2]!;
  let value = 0;
  for (let i = 0; i < 6; i++) value = value * 256 + host[i]!;
  return value;
}
