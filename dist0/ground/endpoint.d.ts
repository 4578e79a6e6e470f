/**
 * An address in both of its forms at once: text for sockets and people, compact bytes (BEP 5, 6 or 18) for packets and
 * tables. Where packets fly, converting back and forth would cost more than the rest.
 */
import { type Address } from './address.ts';
import { type Bytes } from './bytes.ts';
export declare class Endpoint implements Address {
    #private;
    readonly port: number;
    /** 4 or 16 bytes of host, 2 of port. Never changed. */
    readonly compact: Uint8Array;
    private constructor();
    get host(): string;
    isSame(other: Endpoint): boolean;
    /** Undefined for host names and port 0. */
    static from(host: string, port: number): Endpoint | undefined;
    /** From 6 or 18 bytes, which are copied. Undefined for port 0. */
    static fromCompact(bytes: Bytes): Endpoint | undefined;
    get family(): 4 | 6;
    /** The bytes of the host: 4 or 16. */
    get hostBytes(): Uint8Array;
}
/**
 * True for hosts that only their neighbours can reach: loopback, private (RFC 1918, RFC 4193), link-local. Rules that
 * tell one owner of addresses from another mean nothing there (BEP 42).
 */
export declare function isLocalHost(host: Bytes): boolean;
export declare function isLoopbackHost(host: Bytes): boolean;
/**
 * The network that a host belongs to, as a number: /24 of IPv4, /48 of IPv6. Whoever owns one address of it most
 * likely owns them all.
 */
export declare function networkOf(host: Bytes): number;
