/**
 * Network address translators as they are met at home and on phones (RFC 4787, with the older names of RFC 3489): what
 * they map, whom they let in, and when they forget.
 */
import { Endpoint } from '../../src/ground/endpoint.ts';
import type { Prng } from '../../src/ground/ports.ts';
import type { Instant } from '../../src/ground/units.ts';

export type NatKind = 'full-cone' | 'restricted' | 'port-restricted' | 'symmetric';
export const NAT_KINDS: readonly NatKind[] = ['full-cone', 'restricted', 'port-restricted', 'symmetric'];

/** Home routers keep a UDP mapping for half a minute to some minutes after the last packet out. */
const MAPPING_MS = 120_000;

interface Mapping {
  readonly inside: string;
  readonly insidePort: number;
  readonly outside: Endpoint;
  expiresAt: Instant;
  /** Hosts, or hosts and ports, to which packets went. */
  readonly allowed: Set<string>;
}

export class Nat {
  readonly host: string;
  readonly kind: NatKind;
  readonly #prng: Prng;
  readonly #byInside = new Map<string, Mapping>();
  readonly #byPort = new Map<number, Mapping>();

  constructor(host: string, kind: NatKind, prng: Prng) {
    this.host = host;
    this.kind = kind;
    this.#prng = prng;
  }

  /** A packet leaves: under which address others see it. */
  translateOut(now: Instant, inside: string, insidePort: number, to: Endpoint): Endpoint {
    const key =
      this.kind === 'symmetric' ? `${inside}:${insidePort}>${to.host}:${to.port}` : `${inside}:${insidePort}`;
    let mapping = this.#byInside.get(key);
    if (mapping === undefined || mapping.expiresAt <= now) {
      if (mapping !== undefined) this.#byPort.delete(mapping.outside.port);
      let port = 1024 + this.#prng.below(64_000);
      while (this.#byPort.has(port)) port = 1024 + this.#prng.below(64_000);
      mapping = {
        inside,
        insidePort,
        outside: Endpoint.from(this.host, port)!,
        expiresAt: 0,
        allowed: new Set(),
      };
      this.#byInside.set(key, mapping);
      this.#byPort.set(port, mapping);
    }
    mapping.expiresAt = now + MAPPING_MS;
    if (this.kind === 'restricted') mapping.allowed.add(to.host);
    else if (this.kind !== 'full-cone') mapping.allowed.add(`${to.host}:${to.port}`);
    return mapping.outside;
  }

  /** A packet arrives: for whom inside; undefined when it is dropped. */
  translateIn(
    now: Instant,
    port: number,
    from: Endpoint,
  ): { readonly host: string; readonly port: number } | undefined {
    const mapping = this.#byPort.get(port);
    if (mapping === undefined || mapping.expiresAt <= now) return undefined;
    if (this.kind === 'restricted' && !mapping.allowed.has(from.host)) return undefined;
    const isStrict = this.kind === 'port-restricted' || this.kind === 'symmetric';
    if (isStrict && !mapping.allowed.has(`${from.host}:${from.port}`)) return undefined;
    return { host: mapping.inside, port: mapping.insidePort };
  }
}
