/**
 * Reads the handshake of a link that another peer opened, to find its share. Bounded in bytes, time, number.
 *
 * What does not begin as a plain handshake is taken for an encrypted one, where those are taken: its 20 first bytes decide, and a
 * plain link costs nothing more than without encryption. Both handshakes together have the time of one.
 */
import { hostBytesOf, hostKeyOf, isInternetAddress, type PeerAddress } from '../../../../ground/address.ts';
import { concatBytes } from '../../../../ground/bytes.ts';
import { isLocalHost } from '../../../../ground/endpoint.ts';
import type { Clock, Link, LinkReceiver, Timer } from '../../../../ground/ports.ts';
import { takesEncrypted, takesPlain } from '../../../../net/encryption/core/policy.ts';
import type { EncryptedLink } from '../../../../net/encryption/node/encrypted-link.ts';
import type { Encryption } from '../../../../net/encryption/node/encryption.ts';
import type { EncryptionEngine } from '../../../../net/encryption/node/engine.ts';
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
  /** The share that an encrypted handshake named. */
  readonly skey?: Uint8Array | undefined;
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
  readonly #encryption: Encryption | undefined;
  readonly #undecided = new Set<HandshakeReader>();
  readonly #perHost = new Map<string, number>();
  /** A peer of another network has reached us. */
  wasReached = false;

  /** @param encryption encrypted links are taken, as its policy says */
  constructor(clock: Clock, route: Route, encryption?: Encryption) {
    this.#clock = clock;
    this.#route = route;
    this.#encryption = encryption;
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
      host,
      clock: this.#clock,
      encryption: this.#encryption,
      onRead: (read) => {
        this.#settle(reader, host);
        if (isFromOutside(address)) this.wasReached = true;
        if (!this.#route({ ...read, address })) read.link.destroy();
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
  /** Who opened the link: see `hostKeyOf`. */
  readonly host: string;
  readonly clock: Clock;
  readonly encryption: Encryption | undefined;
  readonly onRead: (read: Omit<IncomingLink, 'address'>) => void;
  /** The link ends, or ended, before its handshake was read. */
  readonly onEnded: () => void;
}

/** Hears a link until its handshake is whole. */
class HandshakeReader implements LinkReceiver {
  readonly #options: ReaderOptions;
  readonly #timer: Timer;
  #link: Link;
  /** What carries the link is heard through it. */
  #encrypted: EncryptedLink | undefined;
  #held: Uint8Array = NO_BYTES;
  #isOver = false;

  constructor(link: Link, options: ReaderOptions) {
    this.#link = link;
    this.#options = options;
    this.#timer = options.clock.after(HANDSHAKE_TIMEOUT_MS, () => this.destroy());
  }

  onConnected(): void {}

  onData(chunk: Uint8Array): void {
    const held = this.#held.length === 0 ? chunk : concatBytes([this.#held, chunk]);
    if (!isHandshakePrefix(held)) this.#takeEncrypted(held);
    else if (held.length < HANDSHAKE_LENGTH) this.#held = held === chunk ? chunk.slice() : held;
    else this.#finish(decodeHandshake(held)!, held.subarray(HANDSHAKE_LENGTH));
  }

  #finish(handshake: Handshake, rest: Uint8Array): void {
    const { encryption, onRead } = this.#options;
    const skey = this.#encrypted?.skey;
    if (skey === undefined && encryption !== undefined && !takesPlain(encryption.policy))
      return this.destroy();
    this.#end();
    onRead({ link: this.#link, handshake, rest, skey });
  }

  /** Hears the same link once more from its first byte, decrypted. */
  #takeEncrypted(first: Uint8Array): void {
    const { encryption } = this.#options;
    if (encryption === undefined || this.#encrypted !== undefined || !takesEncrypted(encryption.policy))
      return this.destroy();
    if (encryption.engine !== undefined) return this.#decrypt(encryption.engine, first);
    // The chunk is the carrier's, and waits longer than this call.
    const copy = first.slice();
    const below = this.#link;
    below.pause();
    encryption.use(
      (engine) => {
        if (this.#isOver) return;
        this.#decrypt(engine, copy);
        below.resume();
      },
      () => this.destroy(),
    );
  }

  #decrypt(engine: EncryptionEngine, first: Uint8Array): void {
    this.#held = NO_BYTES;
    this.#encrypted = engine.accept(this.#link, this, this.#options.host);
    this.#link = this.#encrypted;
    this.#encrypted.onData(first);
  }

  onClosed(): void {
    this.#end();
    this.#options.onEnded();
  }

  destroy(): void {
    this.#end();
    this.#options.onEnded();
    this.#link.destroy();
  }

  #end(): void {
    this.#isOver = true;
    this.#timer.cancel();
  }
}
