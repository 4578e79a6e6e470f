/** Reads the handshake of a link that another peer opened, to find its share. Bounded in bytes, time, number. */
import { hostBytesOf, hostKeyOf, isInternetAddress, type PeerAddress } from '../../../../ground/address.ts';
import { concatBytes } from '../../../../ground/bytes.ts';
import { isLocalHost } from '../../../../ground/endpoint.ts';
import type { Clock, Link, LinkReceiver, Timer } from '../../../../ground/ports.ts';
import { isOwnHost } from '../../../../net/link/node/own-addresses.ts';
import { decodeHandshake, HANDSHAKE_LENGTH, type Handshake, isHandshakePrefix } from '../wire/handshake.ts';

const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Links that have not named a share: a flood of them must not eat our descriptors. */
const MAX_UNDECIDED = 200;
/** Of one host: its silence must not keep others out. */
const MAX_UNDECIDED_PER_HOST = 10;

/** A link whose handshake is here. */
export interface IncomingLink {
  readonly link: Link;
  readonly address: PeerAddress;
  readonly handshake: Handshake;
  /** Bytes behind the handshake. */
  readonly rest: Uint8Array;
}

/** Gives the link another receiver; returns false when no share has that info hash. */
export type Route = (incoming: IncomingLink) => boolean;

const NO_BYTES = new Uint8Array(0);

/** Proves that peers outside can reach us: it comes from none of our own network, nor through an overlay. */
function isFromOutside(address: PeerAddress): boolean {
  const bytes = hostBytesOf(address);
  return isInternetAddress(address) && bytes !== undefined && !isLocalHost(bytes) && !isOwnHost(address.host);
}

export class IncomingLinks {
  readonly #clock: Clock;
  readonly #route: Route;
  readonly #undecided = new Set<HandshakeReader>();
  readonly #perHost = new Map<string, number>();
  /** A peer of another network has reached us. */
  wasReached = false;

  constructor(clock: Clock, route: Route) {
    this.#clock = clock;
    this.#route = route;
  }

  accept(link: Link, address: PeerAddress): void {
    const host = hostKeyOf(address);
    const fromHost = this.#perHost.get(host) ?? 0;
    if (this.#undecided.size >= MAX_UNDECIDED || fromHost >= MAX_UNDECIDED_PER_HOST) {
      link.destroy();
      return;
    }
    this.#perHost.set(host, fromHost + 1);
    const reader = new HandshakeReader(link, {
      clock: this.#clock,
      onRead: (handshake, rest) => {
        this.#settle(reader, host);
        if (isFromOutside(address)) this.wasReached = true;
        if (!this.#route({ link, address, handshake, rest })) link.destroy();
      },
      onEnded: () => this.#settle(reader, host),
    });
    this.#undecided.add(reader);
    link.setReceiver(reader);
  }

  close(): void {
    for (const reader of this.#undecided) reader.destroy();
  }

  #settle(reader: HandshakeReader, host: string): void {
    if (!this.#undecided.delete(reader)) return;
    const left = this.#perHost.get(host)! - 1;
    if (left === 0) this.#perHost.delete(host);
    else this.#perHost.set(host, left);
  }
}

interface ReaderOptions {
  readonly clock: Clock;
  readonly onRead: (handshake: Handshake, rest: Uint8Array) => void;
  /** The link ends, or ended, before its handshake was read. */
  readonly onEnded: () => void;
}

/** Hears a link until its handshake is whole. */
class HandshakeReader implements LinkReceiver {
  readonly #link: Link;
  readonly #options: ReaderOptions;
  readonly #timer: Timer;
  #held: Uint8Array = NO_BYTES;

  constructor(link: Link, options: ReaderOptions) {
    this.#link = link;
    this.#options = options;
    this.#timer = options.clock.after(HANDSHAKE_TIMEOUT_MS, () => this.destroy());
  }

  onConnected(): void {}

  onData(chunk: Uint8Array): void {
    const held = this.#held.length === 0 ? chunk : concatBytes([this.#held, chunk]);
    if (!isHandshakePrefix(held)) this.destroy();
    else if (held.length < HANDSHAKE_LENGTH) this.#held = held === chunk ? chunk.slice() : held;
    else {
      this.#timer.cancel();
      this.#options.onRead(decodeHandshake(held)!, held.subarray(HANDSHAKE_LENGTH));
    }
  }

  onClosed(): void {
    this.#timer.cancel();
    this.#options.onEnded();
  }

  destroy(): void {
    this.#timer.cancel();
    this.#options.onEnded();
    this.#link.destroy();
  }
}
