/**
 * Which info hashes we announce on the local network, and when (BEP 14): a new share at once, each again every five
 * minutes, never more than one packet a second in all. An announce of a neighbour goes to the share that it names.
 * The caller never hands private shares to this machine.
 *
 * What the rules deny is neither announced nor heard: no info hash, and no neighbour. They are asked at each packet.
 */
import { type Address, createAddress } from '../../../ground/address.ts';
import { toHex } from '../../../ground/bytes.ts';
import { denyHostText, type Filter, NO_FILTER } from '../../../ground/filter.ts';
import type { Instant } from '../../../ground/units.ts';
import { decodeLsd, encodeLsd, type LsdMessage, MAX_HASHES } from '../wire/message.ts';

/** BEP 14: "every 5 minutes", and at most once a minute after changes. */
const REPEAT_MS = 5 * 60_000;
const MIN_GAP_MS = 1000;
/** Packets that are read in a second: more is a flood. */
const MAX_PACKETS_PER_SECOND = 50;

interface Announced {
  readonly infoHash: Uint8Array;
  dueAt: Instant;
}

export class LocalDiscovery {
  readonly #port: number;
  readonly #cookie: string;
  readonly #filter: Filter;
  readonly #shares = new Map<string, Announced>();
  #notBefore: Instant = 0;
  #windowEnd: Instant = 0;
  #packets = 0;

  constructor(port: number, cookie: string, filter: Filter = NO_FILTER) {
    this.#port = port;
    this.#cookie = cookie;
    this.#filter = filter;
  }

  add(now: Instant, infoHash: Uint8Array): void {
    if (this.#denies(infoHash)) return;
    const key = toHex(infoHash);
    if (!this.#shares.has(key)) this.#shares.set(key, { infoHash, dueAt: now });
  }

  delete(infoHash: Uint8Array): void {
    this.#shares.delete(toHex(infoHash));
  }

  /** An interface came up: its neighbours have heard nothing yet. */
  handleNewInterface(now: Instant): void {
    for (const share of this.#shares.values()) share.dueAt = Math.min(share.dueAt, now);
  }

  /** The packet to send now; undefined when there is none. */
  poll(now: Instant): LsdMessage | undefined {
    if (now < this.#notBefore) return undefined;
    const due = [...this.#shares.values()]
      .filter(({ dueAt, infoHash }) => dueAt <= now && !this.#denies(infoHash))
      .slice(0, MAX_HASHES);
    if (due.length === 0) return undefined;
    for (const share of due) share.dueAt = now + REPEAT_MS;
    this.#notBefore = now + MIN_GAP_MS;
    return { infoHashes: due.map((share) => share.infoHash), port: this.#port, cookie: this.#cookie };
  }

  encode(message: LsdMessage, family: 4 | 6): Uint8Array {
    return encodeLsd(message, family);
  }

  nextTimeout(): Instant | undefined {
    let next: Instant | undefined;
    for (const { dueAt, infoHash } of this.#shares.values())
      if ((next === undefined || dueAt < next) && !this.#denies(infoHash)) next = dueAt;
    return next === undefined ? undefined : Math.max(next, this.#notBefore);
  }

  /** A neighbour and our shares that it has; undefined when there are none. `host` has been found to be local. */
  handlePacket(
    now: Instant,
    packet: Uint8Array,
    host: string,
  ): { readonly address: Address; readonly infoHashes: readonly Uint8Array[] } | undefined {
    if (denyHostText(this.#filter, host, 'lsd') !== undefined) return undefined;
    if (now >= this.#windowEnd) {
      this.#windowEnd = now + 1000;
      this.#packets = 0;
    }
    if (++this.#packets > MAX_PACKETS_PER_SECOND) return undefined;
    const decoded = decodeLsd(packet);
    if (!decoded.ok || decoded.value.cookie === this.#cookie) return undefined;
    const infoHashes = decoded.value.infoHashes.filter(
      (hash) => this.#shares.has(toHex(hash)) && !this.#denies(hash),
    );
    const address = createAddress(host, decoded.value.port);
    return infoHashes.length === 0 || address === undefined ? undefined : { address, infoHashes };
  }

  #denies(infoHash: Uint8Array): boolean {
    return !this.#filter.allowsAllHashes && this.#filter.denyHash(infoHash, 'lsd') !== undefined;
  }
}
