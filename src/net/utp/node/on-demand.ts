/**
 * uTP that is loaded when the first packet of it comes, or when the first peer is dialled over it: a start costs no more than
 * before. The port `Datagrams` is open anyway, for the DHT and for trackers.
 */
import { copyBytes } from '../../../ground/bytes.ts';
import type { Endpoint } from '../../../ground/endpoint.ts';
import type { Acceptor, Link, LinkReceiver, Transport } from '../../../ground/ports.ts';
import { assert } from '../../../ground/assert.ts';
import { isInternetAddress, type PeerAddress } from '../../../ground/address.ts';
import type { UtpOptions } from './options.ts';
import type { UtpTransport } from './transport.ts';

/** Packets that came while it was loaded. Whoever has sent more sends them again. */
const MAX_EARLY_PACKETS = 64;

export class UtpOnDemand implements Transport {
  readonly #options: UtpOptions;
  #acceptor: Acceptor | undefined;
  #transport: UtpTransport | undefined;
  #waiting: (() => void)[] | undefined;
  #early: { readonly packet: Uint8Array; readonly from: Endpoint }[] = [];
  #isClosed = false;
  /** It could not be loaded. */
  #isBroken = false;

  constructor(options: UtpOptions) {
    this.#options = options;
  }

  get isLoaded(): boolean {
    return this.#transport !== undefined;
  }

  reaches(address: PeerAddress): boolean {
    if (this.#isBroken || !isInternetAddress(address)) return false;
    return this.#options.datagrams.families.includes(address.host.includes(':') ? 6 : 4);
  }

  /** After `prepare`. */
  dial(address: PeerAddress, receiver: LinkReceiver): Link {
    assert(this.#transport !== undefined, 'uTP is dialled before it is loaded');
    return this.#transport.dial(address, receiver);
  }

  setAcceptor(acceptor: Acceptor | undefined): void {
    this.#acceptor = acceptor;
    if (this.#transport !== undefined) this.#transport.setAcceptor(acceptor);
    else this.#options.datagrams.setReceiver(acceptor && ((packet, from) => this.#takeEarly(packet, from)));
  }

  /** Calls `then` when it can be used: within the call when it is loaded already; never when it cannot be loaded. */
  prepare(then: () => void): void {
    if (this.#isBroken) return;
    if (this.#transport !== undefined) then();
    else if (this.#waiting !== undefined) this.#waiting.push(then);
    else {
      this.#waiting = [then];
      // When its file is gone, as after an update of a program that runs, peers are reached without uTP.
      import('./transport.ts').then(
        ({ UtpTransport }) => this.#start(new UtpTransport(this.#options)),
        () => this.#fail(),
      );
    }
  }

  /** Ends all connections. */
  close(): void {
    this.#isClosed = true;
    this.#options.datagrams.setReceiver(undefined);
    this.#transport?.close();
  }

  #takeEarly(packet: Uint8Array, from: Endpoint): void {
    if (this.#isBroken || this.#early.length >= MAX_EARLY_PACKETS) return;
    this.#early.push({ packet: copyBytes(packet), from });
    this.prepare(() => {});
  }

  #fail(): void {
    this.#isBroken = true;
    this.#waiting = undefined;
    this.#early = [];
  }

  #start(transport: UtpTransport): void {
    if (this.#isClosed) return transport.close();
    this.#transport = transport;
    transport.setAcceptor(this.#acceptor);
    for (const { packet, from } of this.#early.splice(0)) transport.handlePacket(packet, from);
    for (const then of this.#waiting!.splice(0)) then();
  }
}
