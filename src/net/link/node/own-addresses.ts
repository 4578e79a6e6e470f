/** Our addresses, as far as a link may carry them. */
import { networkInterfaces } from 'node:os';
import { type Address, createAddress, parseHost } from '../../../ground/address.ts';
import { equalBytes } from '../../../ground/bytes.ts';

const MAX_LINK_ADDRESSES = 4;

/** Interfaces change seldom, and thousands of shares ask. */
const KNOWN_MS = 10_000;
let known: { readonly hosts: readonly string[]; readonly at: number } | undefined;

/** As machines of the same network can use them; loopback when there is no network. */
export function ownAddresses(port: number): Address[] {
  const now = performance.now();
  if (known === undefined || now - known.at > KNOWN_MS) known = { hosts: ownHosts(), at: now };
  return known.hosts.map((host) => createAddress(host, port)!);
}

/** An address of one of our interfaces. */
export function isOwnHost(host: string): boolean {
  const bytes = parseHost(host);
  if (bytes === undefined) return false;
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return all.some(({ address }) => {
    const own = parseHost(address);
    return own !== undefined && equalBytes(own, bytes);
  });
}

function ownHosts(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  const outside = all.filter((entry) => !entry.internal && isLinkable(entry.address));
  const hosts = outside.length > 0 ? outside.map((entry) => entry.address) : ['127.0.0.1'];
  return hosts.slice(0, MAX_LINK_ADDRESSES);
}

/** True for addresses that a link may carry: no link-local ones, which need a zone. */
export function isLinkable(host: string): boolean {
  const bytes = parseHost(host);
  return bytes !== undefined && !(bytes.length === 16 && bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80);
}
