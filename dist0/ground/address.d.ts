/**
 * Internet addresses: parsing, formatting, and the compact forms of BEP 23 (6 bytes) and BEP 7 (18 bytes).
 * An `Address` is canonical: equal addresses give equal `addressKey`s.
 */
import { type Bytes } from './bytes.ts';
export interface Address {
    /** Dotted IPv4, or IPv6 as RFC 5952 writes it. Never a host name. */
    readonly host: string;
    readonly port: number;
}
export declare function addressKey(address: Address): string;
/** 4 bytes, or undefined. No octal, no short forms: what a person did not mean is refused. */
export declare function parseIpv4(text: string): Uint8Array<ArrayBuffer> | undefined;
/** 16 bytes, or undefined. A zone (`%eth0`) is refused: it means nothing to another machine. */
export declare function parseIpv6(text: string): Uint8Array<ArrayBuffer> | undefined;
/** The bytes of a host, 4 or 16; an IPv4-mapped IPv6 address counts as IPv4. */
export declare function parseHost(text: string): Uint8Array<ArrayBuffer> | undefined;
/** From 4 or 16 bytes to the canonical text. */
export declare function formatHost(bytes: Bytes): string;
/** Canonical form of an address that the system or a peer gave us; undefined when the host is a name or the port 0. */
export declare function createAddress(host: string, port: number): Address | undefined;
/** `HOST:PORT` or `[V6]:PORT`; the host may be a name, which the caller resolves. */
export declare function parseHostPort(text: string): Address | undefined;
/** 6 bytes (BEP 23) or 18 (BEP 7); undefined for a host name. */
export declare function encodeCompact(address: Address): Uint8Array<ArrayBuffer> | undefined;
/** Addresses with port 0 are left out; a tail shorter than an entry is ignored. */
export declare function decodeCompact(bytes: Bytes, family: 4 | 6): Address[];
/** Addresses that no peer can have: unspecified, multicast, broadcast. */
export declare function isUnusable(address: Address): boolean;
