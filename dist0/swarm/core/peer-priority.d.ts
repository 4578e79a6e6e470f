/**
 * Canonical peer priority (BEP 40): CRC-32C over both masked addresses, the smaller first. Both ends compute the same
 * number, so connections spread evenly and an attacker can't choose its rank.
 */
import { type Bytes } from '../../ground/bytes.ts';
export declare function crc32c(bytes: Bytes): number;
/** @param hostA, hostB 4 or 16 bytes each, of one family */
export declare function peerPriority(hostA: Bytes, portA: number, hostB: Bytes, portB: number): number;
